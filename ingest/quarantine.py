"""What waits for a person: refused files and rows set aside, by reason; and the decision that they are no data.

A load waits when it was refused, or was loaded with rows in quarantine, until it is retried with success (ingest/retry.py) or
dropped. Everything that is shown is masked already where it was written.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ingest import ledger
from ingest.durable import remove
from ingest.home import quarantine_object
from ingest.ledger import Load
from ingest.protect import masked
from ingest.typing_sql import literal

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_CHECK = re.compile(r"landing gate: (\w+) failed on")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*%?")
_PLACE = re.compile(r"\((?:line|column|sheet) [^()]*\)")

#: what to do about a kind of reason; {column}, {dataset} and {contract} are filled in. Every kind ends in a retry or a drop
_ADVICE = {
    "missing": "fill {column} at the platform and export again, or take `required` from the column in {contract} and retry",
    "mangled_id": "export again without opening the file in a spreadsheet, then drop this load",
    "unreadable": "export again; if these lines are notes and no data, drop them",
    "not_a_row": "look at the lines (`show`); if they are no data, drop them",
}
_TYPED = "mend the column's kind, nullTokens or format in {contract} and retry, or correct the file and drop this load"
_REFUSED = "mend the contract ({contract}) and retry, or export again and drop this load"


@dataclass(frozen=True)
class Reason:
    """One reason that things wait: its kind, the column, how many rows and refused files, since when, and what to do."""

    dataset: str
    kind: str
    column: str
    reason: str
    rows: int
    refused_files: int
    loads: tuple[str, ...]
    since: dt.datetime
    next_step: str

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


def is_waiting(load: Load) -> bool:
    """Whether a person has still to do something about this load."""
    return not load.dropped_at and (load.status == "refused" or (load.status == "loaded" and load.rows_quarantined > 0))


def waiting(home: Path, source: str | None = None, dataset: str | None = None) -> list[Load]:
    """The loads that wait, oldest first."""
    return [
        x for x in ledger.read_loads(home)
        if is_waiting(x) and source in (None, x.source) and dataset in (None, x.dataset)
    ]  # fmt: skip


def find_loads(home: Path, name: str) -> list[Load]:
    """The loads that `name` means: a load id or the beginning of one (6 signs), else a file name. Empty when there is none."""
    wanted = Path(name).name.removesuffix(".reason.txt")
    loads = ledger.read_loads(home)
    by_id = [x for x in loads if x.load_id == wanted]
    if copied := re.match(r"([0-9a-f]{12})_", wanted):  # a copy in quarantine/.../refused: <first 12 of the id>_<name>
        by_id = [x for x in loads if x.load_id.startswith(copied[1])]
    if not by_id and len(wanted) >= 6:
        by_id = [x for x in loads if x.load_id.startswith(wanted)]
    return by_id or [x for x in loads if wanted in (x.file_name, x.file_name.rpartition("/")[2]) or name == x.file_name]


def quarantined_rows(home: Path, loads: Iterable[Load], limit: int | None = None) -> list[dict[str, Any]]:
    """Rows set aside, by file and line: load_id, source_file, line, column, header, value (masked), reason, kind."""
    import duckdb

    objects = [quarantine_object(home, x.source, x.dataset, x.load_id) for x in loads]
    files = ", ".join(literal(str(p)) for p in objects if p.exists())
    if not files:
        return []
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select * from read_parquet([{files}], union_by_name = true) order by source, dataset, source_file, load_id, line"
            + (f" limit {int(limit)}" if limit else "")
        )
        names = [d[0] for d in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def shape(reason: str) -> str:
    """A refusal's sentence without what differs from file to file: quoted values, places and numbers."""
    if checks := _CHECK.findall(reason):
        return f"landing gate: {', '.join(dict.fromkeys(checks))} failed"
    sentence = _PLACE.sub("", reason.split(" Next: ")[0].split("; ")[0])
    return re.sub(r"\s+", " ", _NUMBER.sub("N", _QUOTED.sub("…", sentence))).strip()


def contract_path(source: str, dataset: str) -> str:
    """The contract's file, as short as it can be named."""
    from ingest.site import contract_folders

    for folder in contract_folders():
        path = folder / source / f"{dataset}.odcs.yaml"
        if path.is_file():
            return "/".join(path.parts[-3:])
    return f"contracts/{source}/{dataset}.odcs.yaml"


def advice(kind: str, column: str, source: str, dataset: str) -> str:
    """The next step for a kind of reason, with the command that ends it."""
    text = _REFUSED if kind in ("refused", "gate") else _ADVICE.get(kind, _TYPED)
    return text.format(column=column or "it", dataset=f"{source}.{dataset}", contract=contract_path(source, dataset))


def reasons(home: Path, loads: list[Load]) -> list[Reason]:
    """The waiting loads' reasons, counted by dataset, kind and column; the oldest first."""
    by_id = {x.load_id: x for x in loads}
    grouped: dict[tuple, list] = {}
    for load in loads:
        if load.status == "refused":
            kind = "gate" if load.gate == "failed" else "refused"
            grouped.setdefault((load.source, load.dataset, kind, "", shape(load.reason)), []).append((load, 0))
    for load_id, kind, header, reason, rows in _row_counts(home, [x for x in loads if x.status == "loaded"]):
        load = by_id[load_id]
        grouped.setdefault((load.source, load.dataset, kind, header or "", reason), []).append((load, rows))
    found = [
        Reason(
            f"{source}.{dataset}", kind, column, reason, sum(n for _, n in members),
            len(members) if kind in ("refused", "gate") else 0, tuple(dict.fromkeys(x.load_id for x, _ in members)),
            min(x.loaded_at for x, _ in members), advice(kind, column, source, dataset),
        )
        for (source, dataset, kind, column, reason), members in grouped.items()
    ]  # fmt: skip
    return sorted(found, key=lambda r: (r.since, r.dataset, r.kind, r.column, r.reason))


def _row_counts(home: Path, loads: list[Load]) -> list[tuple]:
    """(load_id, kind, header, reason, rows) of the rows set aside, counted by DuckDB."""
    import duckdb

    objects = [quarantine_object(home, x.source, x.dataset, x.load_id) for x in loads]
    files = ", ".join(literal(str(p)) for p in objects if p.exists())
    if not files:
        return []
    with duckdb.connect() as connection:
        return connection.execute(
            f"select load_id, kind, header, min(reason), count(*) from read_parquet([{files}], union_by_name = true) "
            "group by load_id, kind, header order by all"
        ).fetchall()


def refused_copies(home: Path, load: Load) -> list[Path]:
    """The file that a person finds in quarantine/<source>/<dataset>/refused, and the reason beside it."""
    return sorted((home / "quarantine" / load.source / load.dataset / "refused").glob(f"{load.load_id[:12]}_*"))


def drop(home: Path, load: Load, reason: str, *, now: dt.datetime) -> Load:
    """Keep as a fact that a person took what was set aside of this load for no data; it is listed no more.

    The original stays in landing until its retention; the copy in quarantine/.../refused goes. reason: why, in words (people in
    it are masked). now: Beijing wall time. Call under the source's pull lock. Raises ValueError when nothing of it waits.
    """
    if not reason.strip():
        raise ValueError("a reason is needed. Next: --reason 'test export of the platform, no orders in it'")
    if not is_waiting(load):
        told = f"dropped already, at {load.dropped_at:%Y-%m-%d %H:%M}" if load.dropped_at else "nothing of it waits"
        raise ValueError(f"{load.load_id}: {told}")
    dropped = replace(load, dropped_at=now, dropped_reason=masked(" ".join(reason.split()), limit=200))
    ledger.write_load(home, dropped)
    for copy in refused_copies(home, load):
        remove(copy)
    return dropped
