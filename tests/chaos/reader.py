"""What a reader finds at any moment: no publication yet, or a whole one whose numbers agree with each other."""

from __future__ import annotations

import hashlib
from pathlib import Path

#: of ops: what tells about the data. A file that was landed twice, because its first run died before it was taken out of the
#: inbox, has a second row of status `duplicate`: reading is at least once, and that row says so
SAME = {
    "ops.freshness": "from ops.freshness",
    "ops.quarantine": "select * exclude (set_aside_at) from ops.quarantine",
    "ops.loads": "select * exclude (loaded_at, seconds, retried_at, dropped_at) from ops.loads where status <> 'duplicate'",
}
#: name -> SQL that counts what breaks it
INVARIANTS = {
    "rows read = loaded + quarantined + non-data": """
        select count(*) from ops.loads where rows_read <> rows_loaded + rows_quarantined + rows_non_data""",
    "every row set aside is in ops.quarantine": """
        select abs((select coalesce(sum(rows_quarantined), 0) from ops.loads where status = 'loaded')
            - (select count(*) from ops.quarantine join ops.loads using (load_id) where status = 'loaded'))""",
    "credits conserve: shares are 1 and money the order's": """
        with orders as (
            select platform, order_id, sum(gmv_cny) as gmv, sum(net_cny) as net from marts.fct_order_lines
            where paid_date is not null group by all
        ), credited as (
            select platform, order_id, model, sum(credit_share) as share, sum(credit_gmv_cny) as gmv, sum(credit_net_cny) as net
            from marts.attribution_credits group by all
        ), models as (select distinct model from marts.attribution_credits)
        select count(*) from (orders cross join models) as o full join credited as c using (platform, order_id, model)
        where c.share is distinct from 1 or o.gmv is distinct from c.gmv or o.net is distinct from c.net""",
    "every paid order has credits": """
        select count(*) from marts.fct_order_lines where paid_date is not null and (platform, order_id) not in
            (select (platform, order_id) from marts.attribution_credits)""",
}


def facts(version: Path) -> dict[str, str]:
    """Table -> hash of what it says, for all marts and for what ops tells about the data."""
    import duckdb

    from warehouse.hashes import publication_hashes

    found = publication_hashes(version, ("marts",))
    with duckdb.connect(str(version), read_only=True) as connection:
        for name, sql in SAME.items():
            rows = connection.execute(f"select x::varchar from ({sql}) as x order by all").fetchall()
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def violations(version: Path, home: Path) -> list[str]:
    """What is wrong inside one publication, or between it and raw; empty when it is sound."""
    import duckdb
    import pyarrow.parquet as pq

    from ingest.home import raw_object

    wrong = []
    with duckdb.connect(str(version), read_only=True) as connection:
        for name, sql in INVARIANTS.items():
            if count := connection.execute(sql).fetchone()[0]:
                wrong.append(f"{name}: {count} break it")
        told = connection.execute("select version, models, rows from ops.publications order by fence desc").fetchone()
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        rows = sum(connection.execute(f"select count(*) from marts.{t}").fetchone()[0] for (t,) in tables)
        if told != (version.stem.removeprefix("marts_"), len(tables), rows):
            wrong.append(f"ops.publications says {told}, and {version.name} has {len(tables)} tables with {rows} rows")
        loads = connection.execute(
            "select source, dataset, load_id, rows_loaded from ops.loads where status = 'loaded'"
        ).fetchall()
    for source, dataset, load_id, loaded in loads:
        rows = pq.read_metadata(raw_object(home, source, dataset, load_id)).num_rows
        if rows != loaded:
            wrong.append(f"raw {source}.{dataset} {load_id} has {rows} rows, and ops.loads says {loaded}")
    return wrong


def litter(home: Path) -> list[str]:
    """What a killed run left that matters: halves, scratch folders, candidates, retries that nobody finished."""
    halves = [p for kind in ("landing", "raw", "quarantine", "warehouse", "serve") for p in (home / kind).rglob(".*")]
    others = [*(home / "warehouse").glob("candidate_*"), *(home / "warehouse").glob("building*")]
    retries = home / "ledger" / "retries"
    others += retries.glob("*") if retries.is_dir() else []
    return sorted(str(p.relative_to(home)) for p in [*halves, *others])
