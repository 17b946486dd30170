"""A version that readers no longer need is brought up to the next one: publishing a day then writes the day, not the history.

The version that pruning would remove is kept beside the others as the spare. What every publication changed since then is noted in
warehouse/changed/<run>.duckdb: the keys of each table, and the rows that it put in for them. Where the chain of notes is whole, the
next version is the spare with these keys replaced; else, or when a reader still has the spare open, or when it is small, it is a copy
of the version before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.durable import remove, rename
from ingest.home import put_in_place
from ingest.typing_sql import literal
from warehouse import layout
from warehouse.layout import changed_file, spare_version
from warehouse.spare_build import rows_put_in

if TYPE_CHECKING:
    import duckdb


def note_changes(home: Path, candidate: Path, run_id: str, tables: list[tuple[str, str]]) -> None:
    """Write down the keys that a candidate's build changed in these tables (schema, table), their rows, and which run it continued."""
    import duckdb

    target = changed_file(home, run_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    writing = target.with_name(f".{target.name}.tmp")
    for stale in target.parent.glob(".*"):
        remove(stale)
    with duckdb.connect(str(writing)) as connection:
        connection.execute(f"attach {literal(str(candidate))} as candidate (read_only)")
        connection.execute("create schema keys; create schema rows")
        connection.execute("create table run as select continued_run_id from candidate.raw.run where continues")
        for schema, table in tables:
            key = key_of(connection, table)
            if key is not None:
                columns = f"distinct {key}" if key else "distinct 1 as whole"
                changed = f'select {columns} from candidate.changes."{table}"'
                connection.execute(f'create table keys."{schema}.{table}" as {changed}')
            if key and connection.execute(f'select count(*) from keys."{schema}.{table}"').fetchone()[0]:
                rows = rows_put_in(connection, "candidate", schema, table, key)
                connection.execute(f'create table rows."{schema}.{table}" as {rows}')
        connection.execute("detach candidate")
    put_in_place(writing, target)


def key_of(connection: duckdb.DuckDBPyConnection, table: str) -> str | None:
    """The columns that group a table's rows in the attached candidate; '' when it is computed whole, None when that is not known."""
    found = connection.execute("select key from candidate.raw.model_keys where model = ?", [table]).fetchone()
    return found[0] if found else None


def take_spare(home: Path, path: Path, continued: str) -> list[Path] | None:
    """Move the spare to `path`; returns the notes that lead from it to the version of the run `continued`. None: it cannot be used."""
    import duckdb

    spare = spare_version(home)
    if spare is None:
        return None
    notes = chain(home, continued, spare.stem.removeprefix("marts_"))
    if notes is None:
        return None
    rename(spare, path)
    try:
        with duckdb.connect(str(path)):
            return notes  # nobody has it open: a reader in another process would have kept the lock from being taken
    except duckdb.Error:
        remove(path)
        return None


def keep_spare(home: Path, pruned: Path | None, run_id: str) -> None:
    """After a publication: the version that was pruned is the spare, and only the notes between it and the run are kept.

    pruned: the newest of those that are to be removed, if there are any.
    """
    there = spare_version(home)
    oldest = pruned or there
    if oldest is not None and oldest.stat().st_size < layout.WORTH_SPARING:
        drop_spare(home)
        return
    kept = chain(home, run_id, oldest.stem.removeprefix("marts_") if oldest else None)
    if pruned is not None and kept is not None:
        place = home / "serve" / "spare" / pruned.name
        place.parent.mkdir(parents=True, exist_ok=True)
        rename(pruned, place)
    if there is not None and (pruned is not None or kept is None):
        remove(there)  # a newer one has its place, or it comes from before a rebuild
    needed = kept or chain(home, run_id, None)
    for note in changed_file(home, run_id).parent.glob("*.duckdb"):
        if note not in needed:
            remove(note)


def drop_spare(home: Path) -> None:
    """Take the spare and all notes away."""
    for path in [*(home / "serve" / "spare").glob("*"), *(home / "warehouse" / "changed").glob("*")]:
        remove(path)


def chain(home: Path, run_id: str, until: str | None) -> list[Path] | None:
    """The notes of the run, of the one that it continued, and so on to the one that continued `until`; None when one is missing.

    until None: as far as the notes go.
    """
    notes: list[Path] = []
    while run_id != until:
        note = changed_file(home, run_id)
        before = _continued(note)
        if before is None or note in notes:
            return notes if until is None else None
        notes.append(note)
        run_id = before
    return notes


def _continued(note: Path) -> str | None:
    import duckdb

    if not note.exists():
        return None
    try:
        with duckdb.connect(str(note), read_only=True) as connection:
            found = connection.execute("from run").fetchone()
            return found[0] if found else None
    except duckdb.Error:
        return None
