"""How long things are kept: FUPAN_HOME/retention.json, in days, read by `fupan maintain` and the DAG `maintain`.

{"landing_days": 400, "refused_days": 90, "versions": 5, "log_days": 30, "result_days": 400}

Originals are kept for ever unless `landing_days` says otherwise: without them a load cannot be read again, by a rebuild from
landing or a retry. Their rows stay in raw.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import dataclass, fields
from pathlib import Path

from ingest import ledger
from ingest.durable import remove, remove_folder
from ingest.home import landing
from ingest.quarantine import refused_copies
from warehouse.layout import building_file
from warehouse.publication import KEPT_VERSIONS

_DAY = 86_400
_OLDEST_SCRATCH = 2  # days; a run that is at work is younger


@dataclass(frozen=True)
class Retention:
    """landing_days: originals (None: for ever); refused_days: refused files and the copies of them; versions: publications;
    log_days: logs; result_days: ledger rows of duplicates, results of checks and of models."""

    landing_days: int | None = None
    refused_days: int | None = 90
    versions: int = KEPT_VERSIONS
    log_days: int = 30
    result_days: int = 400


def retention_of(home: Path) -> Retention:
    """The company's own, else the usual. ValueError naming the file, the field and the value for what is no number of days."""
    path = home / "retention.json"
    if not path.is_file():
        return Retention()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as problem:
        raise ValueError(f'{path}: not JSON (line {problem.lineno}). Next: write {{"landing_days": 400}}') from None
    known = {f.name for f in fields(Retention)}
    for name, value in told.items() if isinstance(told, dict) else [("", told)]:
        if name not in known:
            raise ValueError(
                f"{path}: unknown field {name!r}; known: {', '.join(sorted(known))}. Next: correct or delete it"
            )
        if not (isinstance(value, int) and not isinstance(value, bool) and value >= 1) and not (value is None and name in ("landing_days", "refused_days")):  # fmt: skip
            raise ValueError(
                f"{path}: {name} is {value!r}. Next: write a number of days (versions: how many), at least 1"
            )
    return Retention(**told)


@dataclass
class Pruned:
    """How many of each were removed."""

    originals: int = 0
    refused: int = 0
    versions: int = 0
    logs: int = 0
    results: int = 0
    scratch: int = 0


def prune(home: Path, kept: Retention, now: dt.datetime) -> Pruned:
    """Remove what is older than its time. now: Beijing wall time, for what the ledger dates. Call under all locks.

    A crash leaves some of it removed, and the next run removes the rest.
    """
    from warehouse.publication import prune as prune_versions

    pruned = Pruned(versions=len(prune_versions(home, kept.versions)))
    for load in ledger.read_loads(home):
        age = (now - load.loaded_at).days
        folder = landing(home, load.source, load.dataset, load.load_id)
        if load.status == "refused":
            if (
                kept.refused_days is not None
                and age >= kept.refused_days
                and (folder.exists() or refused_copies(home, load))
            ):
                _remove_tree(folder)
                for copy in refused_copies(home, load):
                    remove(copy)
                pruned.refused += 1
        elif kept.landing_days is not None and age >= kept.landing_days and folder.exists() and load.gate != "":
            _remove_tree(folder)
            pruned.originals += 1
        if load.status == "duplicate" and age >= kept.result_days and not folder.exists():
            remove(ledger.folder(home) / f"{load.load_id}.parquet")
            pruned.results += 1
    pruned.results += _older(home / "ledger" / "model_runs", "*.parquet", kept.result_days)
    pruned.results += _older(home / "ledger" / "quality_results", "*.parquet", kept.result_days)
    pruned.results += _older(home / "warehouse", "run_*.json", kept.result_days, but=("run_last.json",))
    pruned.logs = _older(home / "airflow" / "logs", "**/*.log*", kept.log_days)
    pruned.logs += _older(home / "tmp" / "dbt" / "logs", "*.log*", kept.log_days)
    pruned.scratch = _scratch(home)
    return pruned


def _remove_tree(folder: Path) -> None:
    if folder.is_dir():
        remove_folder(folder)


def _older(folder: Path, pattern: str, days: int, but: tuple[str, ...] = ()) -> int:
    limit = time.time() - days * _DAY
    old = [p for p in folder.glob(pattern) if p.is_file() and p.name not in but and p.stat().st_mtime < limit]
    for path in old:
        remove(path)
    return len(old)


def _scratch(home: Path) -> int:
    """What killed runs left: folders of loads, retries and withdrawals, files under temporary names, the build under way."""
    limit = time.time() - _OLDEST_SCRATCH * _DAY
    left = [p for p in (home / "tmp").glob("*") if p.name.startswith(("load-", "retry-", "withdraw-", "pack-"))]
    left += [p for kind in ("landing", "raw", "quarantine", "ledger") for p in (home / kind).rglob(".*.tmp")]
    left += [p for p in (building_file(home), building_file(home).with_suffix(".duckdb.wal")) if p.exists()]
    old = [p for p in left if p.stat().st_mtime < limit]
    for path in old:
        remove_folder(path) if path.is_dir() else remove(path)
    return len(old)
