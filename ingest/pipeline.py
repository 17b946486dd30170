"""One source, one business day: fetch its API, land every waiting file, pass the landing gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest import ledger
from ingest.connectors.credentials import given_credentials
from ingest.contract import load_contract
from ingest.durable import remove
from ingest.errors import FetchFailed
from ingest.files import done_mark, safe_name
from ingest.given import Given
from ingest.home import copy_file, fupan_home, move_in_place, raw_object, replacing
from ingest.landing import Landing
from ingest.ledger import Load
from ingest.locks import exclusive, scratch_folder
from ingest.protect import masked
from ingest.registry import Source, find_source
from ingest.unpack import unpacked
from ingest.waiting import waiting_files
from ingest.withdraw import withdraw_suppressed

Progress = Callable[[Load], None]


@dataclass
class PullResult:
    """What a pull did: one ledger row per file, in the order of landing, and the gate's results."""

    source: str
    business_day: dt.date | None
    loads: list[Load] = field(default_factory=list)
    checks: list = field(default_factory=list)

    @property
    def refused(self) -> list[Load]:
        """The files that were refused whole, by the reader or by a blocking check of the landing gate."""
        return [x for x in self.loads if x.status == "refused"]


def pull(
    source: str,
    business_day: dt.date,
    *,
    home: Path | None = None,
    since: dt.date | None = None,
    progress: Progress | None = None,
    drops: Mapping[str, Mapping[str, Any]] | None = None,
    credentials: Mapping[str, Mapping[str, Any]] | None = None,
    say: Callable[[str], None] | None = None,
) -> PullResult:
    """Fetch (APIs that are set up, drops on servers), land and check. Idempotent: a second run finds nothing new.

    since: first day to ask the API for (default: the source's look-back). drops: {what an error calls it: fields of a drop}, besides
    those of drops.json; credentials: {api: fields} instead of the files; say: told how far a long transfer is. Raises FetchFailed
    when an API gives no whole answer or a drop cannot be read; the files that wait in the inbox are landed all the same, before it
    is raised.
    """
    row, home = find_source(source), fupan_home(home)
    problem: Exception | None = None
    with exclusive(home, f"pull-{source}"):
        try:
            with given_credentials(credentials or {}):
                _fetch(row, business_day, since, home, drops or {}, say)
        except Exception as failure:  # raised again below, once the waiting files are safe
            problem = failure
        try:
            result = land_inbox(source, home=home, business_day=business_day, progress=progress)
        except FetchFailed as too_full:
            if problem:
                problem.args = (f"{problem}\nBesides, {too_full}",)
            raise (problem or too_full) from None
    if problem:
        if result.refused:  # the next attempt finds an empty inbox, so this one has to name them
            named = "; ".join(f"{x.dataset}/{x.file_name}: {x.reason}" for x in result.refused)
            problem.args = (f"{problem}\nBesides, {len(result.refused)} file(s) were refused: {named}",)
        raise problem
    return result


def _fetch(
    source: Source,
    business_day: dt.date,
    since: dt.date | None,
    home: Path,
    drops: Mapping[str, Mapping[str, Any]],
    say: Callable[[str], None] | None,
) -> None:
    """Fill the inbox; an API that fails does not keep the drops from being read, nor the other way round."""
    from ingest.connectors import fetch
    from ingest.connectors.drop import each
    from ingest.connectors.drops import fetch_drops

    apis = ("", lambda: iter(fetch(source, business_day, since, home)))
    list(each(apis, ("", lambda: iter(fetch_drops(source, home, drops, say)))))


def land_inbox(
    source: str, *, home: Path, business_day: dt.date | None = None, progress: Progress | None = None
) -> PullResult:
    """Land every waiting file of a source, clear it from the inbox, and gate what was landed.

    A zip or gz is taken apart, and each of its members is a load of its own; it leaves the inbox when all of them are landed.
    Raises FetchFailed when the inbox holds more than may be looked at.
    """
    result = PullResult(source, business_day)
    waiting: dict[str, list[Path]] = {}
    for dataset, path in waiting_files(home, source):
        waiting.setdefault(dataset, []).append(path)
    with Landing(home) as room:
        for dataset, paths in waiting.items():
            inbox_files = _Unpacking(paths, room.scratch)
            for given, load in room.land_all(inbox_files, load_contract(source, dataset)):
                _clear(given, load, home)
                inbox_files.landed(given)
                result.loads.append(load)
                if progress:
                    progress(load)
            inbox_files.clear_archives()
    result.checks = gate(home, source)
    verdicts = {x.load_id: x for x in ledger.read_loads(home)} if result.checks else {}
    result.loads = [verdicts.get(x.load_id, x) for x in result.loads]
    return result


class _Unpacking:
    """The waiting files in order, archives taken apart one member after the other; knows when an archive is done with."""

    def __init__(self, paths: list[Path], scratch: Path) -> None:
        self._paths, self._scratch = paths, scratch
        self._archive_of: dict[str, Path] = {}
        self._open: dict[Path, int] = {}
        self._whole: set[Path] = set()

    def __iter__(self) -> Iterator[Given]:
        for number, path in enumerate(self._paths):
            for given in unpacked(path, self._scratch / f"archive{number}"):
                if given.is_member:
                    self._archive_of[given.name] = path
                    self._open[path] = self._open.get(path, 0) + 1
                yield given
            self._whole.add(path)

    def landed(self, given: Given) -> None:
        """A file is in the ledger."""
        archive = self._archive_of.pop(given.name, None)
        if archive is not None:
            self._open[archive] -= 1
            self.clear_archives()

    def clear_archives(self) -> None:
        """Take the archives out of the inbox of which every member is landed."""
        for archive in [a for a, left in self._open.items() if not left and a in self._whole]:
            del self._open[archive]
            _remove(archive)


def _clear(given: Given, load: Load, home: Path) -> None:
    """Take a file out of the inbox: its bytes are in landing. A refused one is put where a person finds it, with its reason."""
    if load.status == "refused":
        folder = home / "quarantine" / load.source / load.dataset / "refused"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{load.load_id[:12]}_{safe_name(masked(given.kept_name, limit=200))}"
        with replacing(target.with_name(target.name + ".reason.txt")) as temporary:  # first: no file without its reason
            temporary.write_text(load.reason + "\n", encoding="utf-8")
        if given.is_member and given.refusal:  # its bytes are the archive's, which others may still come out of
            copy_file(given.path, target)
        else:
            move_in_place(given.path, target)
    if not (given.is_member and given.refusal):
        _remove(given.path)


def _remove(path: Path) -> None:
    remove(path)
    if mark := done_mark(path):
        remove(mark)


def gate(home: Path, source: str | None = None) -> list:
    """Pass every landed load that has no verdict yet through the landing gate; a blocking failure refuses the load.

    Returns the check results, which are also kept for ops.quality_results. Does nothing (and imports nothing) when no load waits.
    """
    loads = [
        x
        for x in ledger.read_loads(home)
        if x.status == "loaded" and not x.gate and (source is None or x.source == source)
    ]
    if not loads:
        return []
    if withdrawn := withdraw_suppressed(home, loads):
        after = {x.load.load_id: x.load for x in withdrawn}
        loads = [after.get(x.load_id, x) for x in loads]
    import duckdb

    from expectations.landing_gate import LandingLoad, run_landing_gate
    from expectations.result import blocking, format_failures
    from ingest.quality import keep_results

    run_id = f"landing_{loads[0].load_id[:16]}"
    results = run_landing_gate(
        [LandingLoad(x.source, x.dataset, x.load_id, raw_object(home, x.source, x.dataset, x.load_id)) for x in loads],
        home=home,
        run_id=run_id,
    )
    keep_results(home, run_id, results)
    reasons: dict[str, list] = {}
    for failure in blocking(results):
        reasons.setdefault(failure.subject, []).append(failure)
    told = [_verdict(x, format_failures(reasons.get(x.load_id, ()))) for x in loads]
    # the ledger first: a load that it names and that has no rows would fail every run after a crash in between
    with scratch_folder(home, "load") as scratch, duckdb.connect(config={"threads": 1}) as connection:
        ledger.write_loads(home, told, scratch / "ledger", connection)
    for load in told:
        if load.status == "refused":
            remove(raw_object(home, load.source, load.dataset, load.load_id))
    return results


def _verdict(load: Load, failures: str) -> Load:
    """The ledger row with the landing gate's verdict; failures: what blocks it, as text."""
    if not failures:
        return replace(load, gate="passed")
    return replace(load, gate="failed", status="refused", reason=f"landing gate: {failures}")


def land_given(path: Path, source: str, dataset: str, *, home: Path | None = None) -> list[Load]:
    """Land one file from anywhere (`fupan load`), or the members of an archive; it stays where it is. The next run gates them."""
    contract = load_contract(source, dataset)
    home = fupan_home(home)
    with exclusive(home, f"pull-{source}"), Landing(home) as room:
        return [load for _, load in room.land_all(unpacked(path, room.scratch / "archive"), contract)]
