"""A candidate build: raw views over the loads that passed the landing gate, then dbt, in one process."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest import ledger
from ingest.contract import Contract, all_contracts
from ingest.durable import remove, step
from ingest.home import put_in_place, raw_object, replacing
from ingest.limits import more_memory
from ingest.typing_sql import literal
from warehouse import continuing
from warehouse.bundles import ROW, as_bundled
from warehouse.dbt_build import Node, build
from warehouse.errors import BuildFailed
from warehouse.layout import building_file, candidate_file
from warehouse.site_models import is_site_model, offer_site

#: kinds of dbt nodes that a build leaves out; seeds too when it continues, since only a rebuild follows another seed
LEFT_OUT = ["unit_test"]
#: what a test or a bench leaves out that asks for the models alone: dbt's tests take half of the time and change no row
BUT_MODELS = ["unit_test", "test"]
_STAMPS = "_load_id varchar, _source_file varchar, _row_number bigint, _exported_at timestamp, _loaded_at timestamp, _tiebreak_at timestamp"


@dataclass(frozen=True)
class Built:
    """What dbt did: nodes by status, and the loads that went in."""

    run_id: str
    nodes: int
    seconds: float
    loads: int
    rebuilt_because: str | None = None  # None: it continued the last build


def visible_loads(home: Path) -> list[ledger.Load]:
    """The loads that the build may read: loaded, and passed by the landing gate."""
    return [x for x in ledger.read_loads(home) if x.status == "loaded" and x.gate == "passed"]


def make_candidate(
    home: Path,
    run_id: str,
    as_of: dt.date | None,
    progress: Callable[[str], None] | None = None,
    *,
    rebuild: bool = False,
) -> Built:
    """Build a candidate: on a copy of the last build from the loads that it has not read, else (or `rebuild`) afresh from all.

    Raises BuildFailed naming the models and tests that failed.
    """
    path, target = building_file(home), candidate_file(home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in (path, path.with_name(path.name + ".wal"), target):
        if stale.exists():
            remove(stale)
    shutil.rmtree(path.with_name(path.name + ".tmp"), ignore_errors=True)  # where the engine of a killed build spilled
    loads = visible_loads(home)
    why = "it was asked for" if rebuild else continuing.why_not(home, loads, as_of)
    try:
        new = continuing.start(path, home, run_id, loads, as_of, continues=why is None)
        _make_raw_views(path, home, new)
        built, keys = _run_dbt(home, path, run_id, as_of, len(loads), progress, continues=why is None)
        continuing.finish(path, keys)
        return replace(built, rebuilt_because=why)
    finally:
        if path.exists():
            put_in_place(path, target)  # a failed build too, for a look


def _make_raw_views(path: Path, home: Path, loads: list[ledger.Load]) -> None:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create or replace table raw.loads (load_id varchar, exported_at timestamp, loaded_at timestamp, tiebreak_at timestamp)"
        )
        # of two files of one age the later loaded wins only where the platform did not say when it wrote them
        told = [(x.load_id, x.exported_at, x.loaded_at, None if x.is_dated else x.loaded_at) for x in loads]
        connection.execute(
            "insert into raw.loads select unnest(?), unnest(?::timestamp[]), unnest(?::timestamp[]), unnest(?::timestamp[])",
            [list(column) for column in zip(*told, strict=True)] or [[]] * 4,
        )
        for contract in all_contracts():
            files = [
                raw_object(home, x.source, x.dataset, x.load_id)
                for x in loads
                if (x.source, x.dataset) == (contract.source, contract.dataset)
            ]
            files = as_bundled(home, contract.source, contract.dataset, files)
            try:
                connection.execute(f'create or replace view raw."{contract.table}" as {_raw_view(contract, files)}')
            except duckdb.Error as problem:
                told = str(problem).splitlines()[0]
                raise BuildFailed(
                    f"an object of raw {contract.source}.{contract.dataset} cannot be read: {told}\n"
                    "Next: remove the row of its load id from ledger/loads, put the original from landing/ into the inbox, and run again; "
                    "the last publication stays"
                ) from problem
    step("after commit of the raw views")


def _raw_view(contract: Contract, files: list[Path]) -> str:
    """The contract's columns with their types, whatever the objects of older contracts lack; stamps from the ledger."""
    columns = ", ".join(f'"{c.name}"' for c in contract.kept)
    if not files:
        nulls = ", ".join(f'null::{c.type} as "{c.name}"' for c in contract.kept)
        stamps = ", ".join(f"null::{kind} as {name}" for name, kind in (s.split() for s in _STAMPS.split(", ")))
        return f"select {nulls}, null::varchar as _extra, {stamps} where false"
    listed = ", ".join(literal(str(f)) for f in files)
    empty = ", ".join(f'null::{c.type} as "{c.name}"' for c in contract.kept)
    # the empty branch gives every column its type, and its existence in objects written under an older contract
    return (
        f"select {columns}, _extra, _load_id, _source_file, coalesce({ROW}, file_row_number) + 1 as _row_number, l.exported_at as _exported_at, l.loaded_at as _loaded_at, l.tiebreak_at as _tiebreak_at "
        f"from (select {empty}, null::varchar as _extra, null::varchar as _load_id, null::varchar as _source_file, null::bigint as {ROW}, null::bigint as file_row_number where false "
        f"union all by name select * from read_parquet([{listed}], union_by_name = true, file_row_number = true)) as r "
        "join raw.loads as l on l.load_id = r._load_id"
    )


def _run_dbt(
    home: Path,
    path: Path,
    run_id: str,
    as_of: dt.date | None,
    loads: int,
    progress: Callable[[str], None] | None,
    *,
    continues: bool,
) -> tuple[Built, dict[str, str]]:
    # dbt parses the whole project again (6 s) when its profile or --vars changed since the last run: so every run builds in
    # a file of the same name, and the day comes by the environment, which costs only the one model that reads it
    os.environ["FUPAN_AS_OF"] = as_of.isoformat() if as_of else ""
    offer_site(home)
    scratch = home / "tmp" / "dbt"
    try:
        outcome = build(
            path,
            scratch,
            left_out=[*LEFT_OUT, *(["seed"] if continues else [])],
            continues=continues,
            progress=progress,
        )
    finally:
        os.environ.pop("FUPAN_AS_OF", None)
    if outcome.exception is not None:
        raise BuildFailed(f"dbt did not run: {outcome.exception}. Next: see {scratch / 'logs' / 'dbt.log'}")
    _keep_model_runs(home, run_id, outcome.nodes)
    if outcome.failed or not outcome.nodes:
        raise BuildFailed(_failures(outcome.failed) if outcome.failed else "dbt selected nothing to build")
    _keep_docs(home, path, outcome.manifest)
    built = Built(run_id, len(outcome.nodes), round(sum(n.seconds for n in outcome.nodes), 3), loads)
    return built, _keys(outcome.manifest)


def _keys(manifest: Any) -> dict[str, str]:
    models = [n for n in manifest.nodes.values() if n.resource_type == "model"]
    return {n.name: ", ".join(n.config.get("key") or []) for n in models}


def _failures(failed: list[Node]) -> str:
    lines = [f"{node.kind} {node.name}: {node.message}" for node in failed[:10]]
    more = f"\n... and {len(failed) - 10} more" if len(failed) > 10 else ""
    todo = "mend the model or the data it names"
    if any("Out of Memory" in (node.message or "") for node in failed):
        todo = more_memory()
    return (
        "the build failed:\n" + "\n".join(lines) + more + f"\nNext: {todo}, then run again; the last publication stays"
    )


def _keep_model_runs(home: Path, run_id: str, nodes: list[Node]) -> None:
    """ledger/model_runs/<run_id>.parquet: one row per node with its time, rows and outcome."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            "run_id": run_id, "node_type": n.kind, "node_name": n.name, "status": n.status, "seconds": n.seconds,
            "failures": n.failures, "started_at": n.started_at, "message": n.message,
        }
        for n in nodes
    ]  # fmt: skip
    schema = pa.schema(
        [("run_id", pa.string()), ("node_type", pa.string()), ("node_name", pa.string()), ("status", pa.string()), ("seconds", pa.float64()),
         ("failures", pa.int64()), ("started_at", pa.timestamp("us")), ("message", pa.string())]
    )  # fmt: skip
    with replacing(home / "ledger" / "model_runs" / f"{run_id}.parquet") as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)


def _keep_docs(home: Path, path: Path, manifest: Any) -> None:
    """warehouse/docs.json: description of every published table (schema.name) and column, set as comments at publishing.

    Published are the marts, and the staging models of the company's own folder, which raw.site_staging names.
    """
    import duckdb

    models = [n for n in manifest.nodes.values() if n.resource_type == "model"]
    staged = [n for n in models if n.schema == "staging" and is_site_model(n.original_file_path)]
    docs = {
        f"{n.schema}.{n.name}": {
            "description": n.description,
            "columns": {c: d.description for c, d in n.columns.items()},
        }
        for n in [*(m for m in models if m.schema == "marts"), *staged]
    }
    with duckdb.connect(str(path)) as connection:
        names = ", ".join(literal(n.name) for n in staged)
        connection.execute(
            f"create or replace table raw.site_staging as select unnest([{names}]::varchar[]) as table_name"
        )
    with replacing(home / "warehouse" / "docs.json") as temporary:
        temporary.write_text(json.dumps(docs, ensure_ascii=False), encoding="utf-8")
