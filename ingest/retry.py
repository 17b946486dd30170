"""`fupan quarantine retry`: the original bytes of landing once more, under the contract of today, with the same load id.

Everything is made in a workshop beside the home (its ledger and raw are links to the home's), passes the landing gate there, and
only a result that is no worse is taken over. Taking over is a redo log: what is to be put in place is gathered under
ledger/retries/<load_id>/ by one rename, then put in place piece by piece, the ledger row last. A run that dies between the pieces
leaves the folder, and the next build, retry or look finishes it first.
"""

from __future__ import annotations

import filecmp
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from ingest import ledger
from ingest.clock import beijing_now, run_name
from ingest.contract import contract_files, load_contract
from ingest.durable import flush, flush_folder, remove, remove_folder, rename
from ingest.errors import Refused
from ingest.given import Given
from ingest.home import landing, quarantine_object, raw_object, replacing
from ingest.landing import Landing
from ingest.ledger import Load
from ingest.locks import exclusive, scratch_folder
from ingest.quarantine import refused_copies
from ingest.typing_sql import literal
from ingest.unpack import unpacked

_ROWS, _ASIDE, _ROW = "rows.parquet", "quarantine.parquet", "load.parquet"
_ORIGINAL = "original.parquet"  # only where a person was taken out of it (ingest/withdraw.py)


@dataclass(frozen=True)
class Retried:
    """outcome: changed | unchanged | kept (worse than before, so what was loaded stays) | nothing (nothing waits) | gone (no bytes)."""

    before: Load
    after: Load
    outcome: str
    why: str = ""


def journal(home: Path) -> Path:
    """ledger/retries: one folder per retry that is being taken over; none when no retry was cut off."""
    return home / "ledger" / "retries"


def pending(home: Path) -> list[Path]:
    """Retries that were cut off while they were taken over."""
    return sorted(p for p in journal(home).glob("*") if p.is_dir())


def finish_retries(home: Path) -> int:
    """Put in place what cut-off retries had ready; how many there were. Call under the warehouse lock."""
    cut_off = pending(home)
    for folder in cut_off:
        take_over(home, folder)
    return len(cut_off)


def retry(home: Path, loads: list[Load], *, wait_seconds: float = 10) -> list[Retried]:
    """Load these again, source by source; returns what came of each, in the order in which they were landed first.

    Raises Busy when another run holds the source's or the warehouse's lock for longer than `wait_seconds`, OSError for a full disk.
    """
    with exclusive(home, "warehouse", wait_seconds=wait_seconds):
        finish_retries(home)
    results: list[Retried] = []
    for source in sorted({x.source for x in loads}):
        with exclusive(home, f"pull-{source}", wait_seconds=wait_seconds):
            mine = [ledger.find_load(home, x.load_id) or x for x in loads if x.source == source]
            results += _retry_source(home, sorted(mine, key=lambda x: (x.loaded_at, x.load_id)), wait_seconds)
    return results


def _retry_source(home: Path, loads: list[Load], wait_seconds: float) -> list[Retried]:
    results, work = [], []
    known = {(p.parent.name, p.name.removesuffix(".odcs.yaml")) for p in contract_files()}
    for load in loads:
        if load.status != "refused" and not load.rows_quarantined:
            why = load.reason if load.status == "duplicate" else f"all its {load.rows_loaded:,} rows were loaded"
            results.append(Retried(load, load, "nothing", why))
        elif (load.source, load.dataset) not in known:
            results.append(
                Retried(load, load, "gone", f"there is no contract for {load.source}.{load.dataset} any more")
            )
        elif (original := original_of(home, load)) is None:
            results.append(Retried(load, load, "gone", "its original is not in landing any more; export it again"))
        else:
            work.append((load, original))
    if not work:
        return results
    with scratch_folder(home, "retry") as shop:
        _furnish(shop, home, [load for load, _ in work])
        made = [(load, again(shop, load, original)) for load, original in work]
        made = _gated(shop, home, made)
        results += _swap(shop, home, made, wait_seconds)
    return sorted(results, key=lambda r: (r.before.loaded_at, r.before.load_id))


def original_of(home: Path, load: Load) -> Path | None:
    """The bytes that a load was made from, as landing has them; None when they are not there any more."""
    files = sorted(p for p in landing(home, load.source, load.dataset, load.load_id).glob("*") if p.is_file())
    return files[0] if files else None


def _furnish(shop: Path, home: Path, loads: list[Load]) -> None:
    """Links to the home's key, ledger rows and raw objects, all but those of the loads that are made again."""
    (home / "state").mkdir(parents=True, exist_ok=True)
    (shop / "state").symlink_to(home / "state")
    again = {x.load_id for x in loads}
    kinds = [ledger.folder(home), *dict.fromkeys(raw_object(home, x.source, x.dataset, "x").parent for x in loads)]
    for folder in kinds:
        linked = shop / folder.relative_to(home)
        linked.mkdir(parents=True, exist_ok=True)
        for item in folder.glob("*.parquet"):
            if item.stem not in again:
                (linked / item.name).symlink_to(item)


def again(shop: Path, load: Load, original: Path) -> Load:
    """Land the original in the workshop, and give what came of it the name, the id and the place in time that it had."""
    given = given_again(load, original, _unread(shop, original))
    with Landing(shop) as room:
        made = room.land(given, load_contract(load.source, load.dataset))
    return named_as_before(shop, load, made)


def given_again(load: Load, original: Path, refusal: Refused | None = None) -> Given:
    """The original as it was given: landing's own copy has a plainer name, and the moment of the export may be in an archive's."""
    left = tuple(n for n in load.notes.split("; ") if n.startswith("left in the archive"))
    return Given(original, load.file_name, left, refusal)


def named_as_before(shop: Path, load: Load, made: Load) -> Load:
    """Give what was made of an original in a workshop the id, the name and the place in time that the load had."""
    undated = made.exported_at == made.loaded_at  # nothing said when it was written: the moment of landing stood for it
    renamed = replace(
        made, load_id=load.load_id, file_name=load.file_name, loaded_at=load.loaded_at,
        exported_at=load.loaded_at if undated else made.exported_at, rewritten_at=load.rewritten_at, rewritten_hash=load.rewritten_hash,
    )  # fmt: skip
    # landing shortens very long names; and what was the newest in a file may have been the row of somebody who is forgotten
    if (load.is_dated and not made.is_dated) or load.rewritten_at:
        renamed = replace(renamed, exported_at=load.exported_at, is_dated=load.is_dated)
    if (made.load_id, made.file_name) != (load.load_id, load.file_name):
        stamp = f"{literal(load.load_id)} as _load_id, {literal(load.file_name)} as _source_file"
        _rewrite(raw_object(shop, made.source, made.dataset, made.load_id), load.load_id, stamp)
        stamp = f"{literal(load.load_id)} as load_id, {literal(load.file_name)} as source_file"
        _rewrite(quarantine_object(shop, made.source, made.dataset, made.load_id), load.load_id, stamp)
    if made.load_id != load.load_id:
        (ledger.folder(shop) / f"{made.load_id}.parquet").unlink()
    ledger.write_load(shop, renamed)
    return renamed


def _unread(shop: Path, original: Path) -> Refused | None:
    """Why an original is not read: it is an archive, and those are unpacked only on their way in."""
    first = next(unpacked(original, shop / "unpacked"))
    if first.is_member:
        return Refused(
            "an archive is unpacked only on its way in", hint="put it into the inbox once more, and drop this load"
        )
    return first.refusal


def _rewrite(path: Path, load_id: str, stamp: str) -> None:
    """The same rows under another id and name of the file."""
    import duckdb

    if not path.exists():
        return
    with replacing(path.with_name(f"{load_id}.parquet")) as temporary, duckdb.connect() as connection:
        connection.execute(
            f"copy (select * replace ({stamp}) from read_parquet({literal(str(path))})) to {literal(str(temporary))} (format parquet)"
        )
    if path.stem != load_id:
        path.unlink()


def _gated(shop: Path, home: Path, made: list[tuple[Load, Load]]) -> list[tuple[Load, Load]]:
    """Pass what was loaded through the landing gate, in the workshop; its results and records are kept in the home."""
    loaded = [after for _, after in made if after.status == "loaded"]
    if not loaded:
        return made
    from expectations.landing_gate import LandingLoad, run_landing_gate
    from expectations.result import blocking, format_failures
    from ingest.quality import keep_results

    objects = [
        LandingLoad(x.source, x.dataset, x.load_id, raw_object(shop, x.source, x.dataset, x.load_id)) for x in loaded
    ]
    # a name of its own: the results of the first try hold those of the other files of its pull
    run_id = run_name("retry")
    results = run_landing_gate(objects, home=shop, run_id=run_id)
    keep_results(home, run_id, results)
    if (shop / "reports").is_dir():
        shutil.copytree(shop / "reports", home / "reports", dirs_exist_ok=True)
    failed = {r.subject for r in blocking(results)}

    def judged(load: Load) -> Load:
        if load.status != "loaded":
            return load
        if load.load_id not in failed:
            return replace(load, gate="passed")
        raw_object(shop, load.source, load.dataset, load.load_id).unlink()
        reason = format_failures([r for r in results if r.subject == load.load_id and r.blocks])
        return replace(load, gate="failed", status="refused", reason=f"landing gate: {reason}")

    return [(before, judged(after)) for before, after in made]


def _swap(shop: Path, home: Path, made: list[tuple[Load, Load]], wait_seconds: float) -> list[Retried]:
    """Take over what changed, under the lock of those who read raw."""
    results = []
    with exclusive(home, "warehouse", wait_seconds=wait_seconds):
        for before, after in made:
            if before.status == "loaded" and after.status == "refused":
                results.append(Retried(before, before, "kept", after.reason))
            elif _same(shop, home, before, after):
                results.append(
                    Retried(before, before, "unchanged", before.reason or "the same rows are set aside again")
                )
            else:
                after = replace(after, retried_at=beijing_now())
                take_over(home, gathered_in_journal(shop, home, after))
                results.append(Retried(before, after, "changed", after.reason))
    return results


def _same(shop: Path, home: Path, before: Load, after: Load) -> bool:
    told = (
        "status",
        "reason",
        "rows_read",
        "rows_loaded",
        "rows_quarantined",
        "rows_non_data",
        "exported_at",
        "gate",
        "notes",
    )
    if any((getattr(before, name) or "") != (getattr(after, name) or "") for name in told) or before.dropped_at:
        return False
    names = (before.source, before.dataset, before.load_id)
    for place in (raw_object, quarantine_object):
        old, new = place(home, *names), place(shop, *names)
        if old.exists() != new.exists() or (old.exists() and not filecmp.cmp(old, new, shallow=False)):
            return False
    return True


def gather(shop: Path, after: Load, original: Path | None = None) -> Path:
    """Everything that belongs to a load in one folder of the workshop, durably; what is not there is marked as such.

    original: what is to stand in landing from now on, where it is not the same.
    """
    gathered = shop / "log" / after.load_id
    gathered.mkdir(parents=True)
    names = (after.source, after.dataset, after.load_id)
    pieces = {_ORIGINAL: original} if original else {}
    pieces |= {
        _ROWS: raw_object(shop, *names),
        _ASIDE: quarantine_object(shop, *names),
        _ROW: ledger.write_load(shop, after),
    }
    for name, piece in pieces.items():
        if piece.exists() and not (name == _ROWS and after.status != "loaded"):
            rename(piece, gathered / name)
            flush(gathered / name)
        else:
            (gathered / f"{name}.none").touch()
    flush_folder(gathered)
    return gathered


def gathered_in_journal(shop: Path, home: Path, after: Load, original: Path | None = None) -> Path:
    """Gather what belongs to a load and rename it into the journal: from here on it is done, whoever finishes it."""
    gathered = gather(shop, after, original)
    journal(home).mkdir(parents=True, exist_ok=True)
    target = journal(home) / after.load_id
    rename(gathered, target)
    flush_folder(target.parent)
    return target


def _replace_original(written: Path, kept: Path) -> None:
    """Put what was rewritten into a landing folder, and take out what was there; its name may have been the person's."""
    kept.mkdir(parents=True, exist_ok=True)
    target = kept / "rewritten.parquet"
    rename(written, target)
    for other in kept.iterdir():
        if other != target:
            remove(other)
    flush_folder(kept)


def take_over(home: Path, folder: Path) -> None:
    """Put every piece of a gathered folder in its place, the ledger row last; may be done again from any point."""
    row = folder / _ROW
    load = ledger.find_load(home, folder.name) if not row.exists() else ledger.read_row(row)
    names = (load.source, load.dataset, load.load_id)
    if (folder / _ORIGINAL).exists():
        _replace_original(folder / _ORIGINAL, landing(home, *names))
    places = {
        _ASIDE: quarantine_object(home, *names),
        _ROWS: raw_object(home, *names),
        _ROW: ledger.folder(home) / f"{load.load_id}.parquet",
    }
    for name, place in places.items():
        if (folder / f"{name}.none").exists():
            remove(place)
        elif (folder / name).exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            rename(folder / name, place)
            flush_folder(place.parent)
    for copy in refused_copies(home, load):
        if load.status != "refused":
            remove(copy)
        elif copy.name.endswith(".reason.txt"):
            with replacing(copy) as temporary:
                temporary.write_text(load.reason + "\n", encoding="utf-8")
    remove_folder(folder)
