"""Raw and quarantine made once more from the original bytes in landing: what `fupan rebuild` begins with.

The ledger stays what it is: which files were loaded, in which order, what was decided about them. Each load's original is read in
a workshop under the contract of today. Where that gives what the ledger says, raw and quarantine are put in place if they are
missing or have other bytes; where contract or readers have changed since, the load is taken over as a retry is (ingest/retry.py).
"""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from ingest import ledger
from ingest.clock import beijing_now
from ingest.contract import contract_files, load_contract
from ingest.durable import remove
from ingest.home import put_in_place, quarantine_object, raw_object
from ingest.landing import Landing
from ingest.ledger import Load
from ingest.locks import exclusive, scratch_folder
from ingest.retry import finish_retries, gathered_in_journal, given_again, named_as_before, original_of, take_over

#: loads of one dataset that share a workshop
_AT_ONCE = 200
#: what the ledger tells of a load that must come out again
_TOLD = ("status", "rows_read", "rows_loaded", "rows_quarantined", "rows_non_data", "exported_at")


@dataclass(frozen=True)
class Rederived:
    """outcome: same | restored (missing, or other bytes) | changed (contract or readers differ now) | kept (refused today, so what was
    loaded stays) | gone (its original is not in landing any more, so what was loaded stays) | lost (gone, and not in raw either)."""

    load: Load
    outcome: str
    why: str = ""


def rederive(
    home: Path, target: Path | None = None, progress: Callable[[Rederived], None] | None = None
) -> list[Rederived]:
    """Make raw and quarantine of every loaded file again; one result per load, by source and dataset.

    target: the home that they are put into (default: `home` itself); it shares the originals, the key and the ledger's rows.
    Raises Busy when another run is at work, OSError for a full disk.
    """
    target = target or home
    with exclusive(home, "warehouse"):
        finish_retries(home)
    loads = sorted((x for x in ledger.read_loads(home) if x.status == "loaded"), key=lambda x: (x.source, x.dataset))
    results = []
    for source, of_source in groupby(loads, key=lambda x: x.source):
        with exclusive(home, f"pull-{source}"):
            for dataset, group in groupby(of_source, key=lambda x: x.dataset):
                for one in _dataset(home, target, source, dataset, list(group)):
                    results.append(one)
                    if progress:
                        progress(one)
    return results


def _dataset(home: Path, target: Path, source: str, dataset: str, loads: list[Load]) -> Iterator[Rederived]:
    known = {(p.parent.name, p.name.removesuffix(".odcs.yaml")) for p in contract_files()}
    originals = [(load, original_of(home, load)) for load in loads]
    work = [(load, path) for load, path in originals if path and (source, dataset) in known]
    for load, path in originals:
        if path is None or (source, dataset) not in known:
            why = "its original is not in landing any more" if path is None else "its contract is not there any more"
            there = raw_object(target, source, dataset, load.load_id).exists()
            yield Rederived(load, "gone" if there else "lost", why)
    for start in range(0, len(work), _AT_ONCE):
        yield from _together(target, work[start : start + _AT_ONCE])


def _together(home: Path, work: list[tuple[Load, Path]]) -> Iterator[Rederived]:
    """Loads of one dataset in one workshop; those that come out otherwise than the ledger says once more, each alone."""
    contract = load_contract(work[0][0].source, work[0][0].dataset)
    alone = []
    with _workshop(home) as shop:
        given = [given_again(load, path) for load, path in work]
        of = {id(one): pair for one, pair in zip(given, work, strict=True)}
        with Landing(shop) as room:
            made = [(*of[id(one)], load) for one, load in room.land_all(given, contract)]
        for load, path, again in made:
            if (
                again.status == "loaded"
                and (after := named_as_before(shop, load, again))
                and not _differing(load, after)
            ):
                yield _put_back(shop, home, load)
            else:  # beside others it may have been taken for a copy of one of them
                alone.append((load, path))
    for load, path in alone:
        with _workshop(home) as shop:
            with Landing(shop) as room:
                after = named_as_before(shop, load, room.land(given_again(load, path), contract))
            yield _changed(shop, home, load, after)


class _workshop:
    """A scratch folder with the home's key."""

    def __init__(self, home: Path) -> None:
        self._home, self._folder = home, scratch_folder(home, "rebuild")

    def __enter__(self) -> Path:
        shop = self._folder.__enter__()
        (shop / "state").symlink_to(self._home / "state")
        return shop

    def __exit__(self, *problem: object) -> None:
        self._folder.__exit__(*problem)


def _differing(load: Load, after: Load) -> list[str]:
    return [f"{n}: {getattr(load, n)} -> {getattr(after, n)}" for n in _TOLD if getattr(load, n) != getattr(after, n)]


def _put_back(shop: Path, home: Path, load: Load) -> Rederived:
    """Raw and quarantine of a load that came out as the ledger says."""
    names, restored = (load.source, load.dataset, load.load_id), []
    for kind, place in (("quarantine", quarantine_object), ("raw", raw_object)):
        old, new = place(home, *names), place(shop, *names)
        if new.exists() and not (old.exists() and filecmp.cmp(old, new, shallow=False)):
            restored.append(f"{kind} {'had other bytes' if old.exists() else 'was missing'}")
            put_in_place(new, old)
        elif old.exists() and not new.exists():
            restored.append(f"{kind} had rows of an older contract")
            remove(old)
    return Rederived(load, "restored" if restored else "same", ", ".join(restored))


def _changed(shop: Path, home: Path, load: Load, after: Load) -> Rederived:
    """A load that contract or readers of today make something else of; the landing gate looks at it again."""
    if not (differing := _differing(load, after)):
        return _put_back(shop, home, load)
    if after.status != "loaded":
        there = raw_object(home, load.source, load.dataset, load.load_id).exists()
        return Rederived(load, "kept" if there else "lost", after.reason)
    with exclusive(home, "warehouse"):
        take_over(home, gathered_in_journal(shop, home, replace(after, gate="", retried_at=beijing_now())))
    return Rederived(load, "changed", "; ".join(differing))
