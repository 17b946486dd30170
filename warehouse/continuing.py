"""Whether a build may continue the last one, and the file that it continues in (docs/incremental.md).

A build continues when the last one was made by the same models under the same contracts from loads that are all still there,
unchanged, and reaches at least as far. Everything else is rebuilt from raw: the same rows come out, only later.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

from enrich.run import OF_A_RUN
from enrich.step import code_files, library_versions
from ingest.contract import contract_files
from ingest.durable import remove, step
from ingest.home import copy_bytes, share_blocks
from ingest.ledger import Load
from warehouse.layout import DBT, build_file
from warehouse.site_models import plain_models, site_files
from warehouse.spare_build import take_spare

#: raised when what a build file holds besides its models changes: a build of another format is not continued but made again
FORMAT = 2
_STATE = "raw.processed (load_id varchar, facts varchar)"


def model_files() -> list[Path]:
    """The files that give rows their meaning, the company's own among them."""
    models = sorted(p for p in DBT.rglob("*") if p.suffix in (".sql", ".yml", ".csv") and "target" not in p.parts)
    return [*models, *code_files(), *site_files()]


def models_fingerprint() -> str:
    """What the rows of a build depend on besides its loads: models, macros, seeds, inference, contracts, and what ran them."""
    import duckdb

    digest = hashlib.sha256(f"{duckdb.__version__} {library_versions()}".encode())
    for path in [*model_files(), *contract_files()]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def facts(load: Load) -> str:
    """What would make the rows of a load other rows, or other versions, than those that a build has seen."""
    return json.dumps(
        [load.exported_at, load.loaded_at, load.is_dated, load.rows_loaded, load.rewritten_at], default=str
    )


def why_not(home: Path, loads: list[Load], as_of: dt.date | None) -> str | None:
    """Why the last build cannot be continued, in words for the log; None when it can."""
    import duckdb

    if plain := plain_models():
        return f"{plain[0].name} is kept in none of the ways that continue (docs/incremental.md)"
    last = build_file(home)
    if not last.exists():
        return "there is no build yet"
    try:
        with duckdb.connect(str(last), read_only=True) as connection:
            fingerprint, asked, reached, made = connection.execute(
                "select fingerprint, asked, as_of, format from raw.run"
            ).fetchone()
            processed = dict(connection.execute("select load_id, facts from raw.processed").fetchall())
    except duckdb.Error:
        return "the last build is of an older Fupan or cannot be read"
    if made != FORMAT:
        return f"the last build has format {made}, this Fupan writes {FORMAT}"
    if fingerprint != models_fingerprint():
        return "models, seeds or contracts have changed"
    present = {x.load_id: facts(x) for x in loads}
    if gone := [x for x, told in processed.items() if present.get(x) != told]:
        return f"{len(gone)} load(s) that it had read were taken away or loaded again"
    if (as_of is None and asked is not None) or reached is None or (as_of and as_of < reached):
        return f"it reached {reached}, which this run may fall behind"
    return None


def start(
    path: Path, home: Path, run_id: str, loads: list[Load], as_of: dt.date | None, *, continues: bool
) -> list[Load]:
    """Make the file that the build is written in; returns the loads that it has not read yet.

    path: a fresh file, or one that holds what the last build does.
    """
    import duckdb

    if continues:
        _begin(home, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists raw")
        for schema in OF_A_RUN:  # of the run before
            connection.execute(f"drop schema if exists {schema} cascade")
            connection.execute(f"create schema {schema}")
        connection.execute(f"create table if not exists {_STATE}")
        connection.execute("create or replace table raw.model_keys (model varchar, key varchar)")
        before = connection.execute("select run_id from raw.run").fetchone()[0] if continues else None
        known = {x for (x,) in connection.execute("select load_id from raw.processed").fetchall()}
        new = [x for x in loads if x.load_id not in known]
        if new:
            told = [[x.load_id for x in new], [facts(x) for x in new]]
            connection.execute("insert into raw.processed select unnest(?), unnest(?)", told)
        connection.execute(
            "create or replace table raw.run as select ?::boolean as continues, ?::varchar as fingerprint, ?::date as asked, null::date as as_of, ?::varchar as run_id, ?::varchar as continued_run_id, ?::integer as format",
            [continues, models_fingerprint(), as_of, run_id, before, FORMAT],
        )
    step("after commit of what the build reads")
    return new


def _begin(home: Path, path: Path) -> None:
    """Have the last build at `path`. Nothing need be durable yet: a build that is cut off begins anew."""
    if not share_blocks(build_file(home), path):
        remove(path)
        if not take_spare(home, path):
            copy_bytes(build_file(home), path)


def finish(path: Path, keys: dict[str, str]) -> None:
    """Note in the finished build how far it reached, which a later build must not fall behind, and by which keys its tables changed.

    keys: model -> the columns that group its rows, as SQL; '' for a table that is computed whole.
    """
    import duckdb

    with duckdb.connect(str(path)) as connection:
        told = [list(keys), list(keys.values())]
        connection.execute("insert into raw.model_keys select unnest(?), unnest(?)", told)
        connection.execute("update raw.run set as_of = (select as_of from intermediate.int_data_span)")
    step("after commit of how far the build reached")
