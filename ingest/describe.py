"""What is told of a load: its id, its ledger row, where its original is kept, and its rows in quarantine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.clock import beijing_now
from ingest.contract import Contract
from ingest.counting import Outcome
from ingest.durable import remove
from ingest.files import content_hash
from ingest.given import Given
from ingest.home import landing, quarantine_object, replacing
from ingest.ledger import Load
from ingest.protect import masked


def identify(given: Given, contract: Contract) -> str:
    """The load id: of the bytes, the dataset, and the moment in the name.

    The same bytes in another dataset are another load (mostly one that is refused), and so are the same bytes exported at
    another time: an unchanged stock is a new fact, and an export that is back to an older state is the newest version. A member
    that cannot be unpacked has no bytes of its own: its name stands for them.
    """
    named = given.named_time(contract)
    salts = [contract.name, *([named.isoformat()] if named else []), *([given.name] if given.refusal else [])]
    return content_hash(given.path, *salts)


def kept_path(home: Path, load: Load, given: Given) -> Path:
    """Where the original bytes are kept."""
    return landing(home, load.source, load.dataset, load.load_id) / given.kept_name


def blank(contract: Contract, load_id: str, given: Given) -> Load:
    """The ledger row of a file of which nothing is known yet but its bytes."""
    now = beijing_now()
    return Load(
        load_id=load_id, source=contract.source, dataset=contract.dataset, file_name=masked(given.name, limit=200), status="loaded",
        rows_read=0, rows_loaded=0, rows_quarantined=0, rows_non_data=0, encoding="", exported_at=None, loaded_at=now, seconds=0.0,
        bytes=given.path.stat().st_size, first_data_date=None, last_data_date=None, reason="", notes="; ".join(given.notes),
    )  # fmt: skip


def described(load: Load, outcome: Outcome, given: Given, contract: Contract, facts: tuple[Any, ...]) -> Load:
    """The ledger row with the counts and what the rows say; facts: a row of `facts_sql`."""
    _, newest, first, last = facts
    return replace(
        load, rows_read=outcome.records, rows_loaded=outcome.loaded, rows_quarantined=len(outcome.quarantined), rows_non_data=outcome.non_data,
        encoding=outcome.encoding, exported_at=given.export_time(newest, contract) or load.loaded_at,
        is_dated=given.named_time(contract) is not None, first_data_date=first, last_data_date=last,
        notes="; ".join([*outcome.notes, *given.notes]),
    )  # fmt: skip


def as_twin(load: Load, twin: Load) -> Load:
    """The ledger row of a file whose rows were all loaded from another one."""
    return replace(
        load, status="duplicate", rows_read=0, rows_loaded=0, rows_quarantined=0, rows_non_data=0,
        reason=f"the same rows were loaded from {twin.file_name} ({twin.load_id})",
    )  # fmt: skip


def facts_sql(contract: Contract) -> str:
    """SQL of four aggregates over the rows: how many, the latest moment inside, the first and the last data date."""
    moments = [f'max("{c}")' for c in contract.options.get("contentTime", ())]
    newest = f"greatest({', '.join(moments)})" if moments else "null::timestamp"
    day = contract.options.get("dataDate")
    span = f'min("{day}"), max("{day}")' if day else "null::timestamp, null::timestamp"
    # count(*) makes it one row also where the contract names no moment
    return f"count(*), {newest}, {span}"


def write_quarantine(home: Path, load: Load, rows: list[dict[str, Any]]) -> None:
    """quarantine/<source>/<dataset>/<load_id>.parquet: load_id, source_file, line, column, header, value (masked), reason, kind."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = quarantine_object(home, load.source, load.dataset, load.load_id)
    if not rows:
        if target.exists():  # of an older contract, or of a try that was cut off
            remove(target)
        return
    named = [
        {"load_id": load.load_id, "source": load.source, "dataset": load.dataset, "source_file": load.file_name, **r}
        for r in rows
    ]
    texts = ("load_id", "source", "dataset", "source_file")
    schema = pa.schema(
        [
            *((n, pa.string()) for n in texts),
            ("line", pa.int64()),
            *((n, pa.string()) for n in ("column", "header", "value", "reason", "kind")),
        ]
    )
    with replacing(target) as parquet:
        pq.write_table(pa.Table.from_pylist(named, schema=schema), parquet)
