"""The sources, read from sources.yml (the project's, then the company's own). A source's datasets are the contracts in its folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ingest.closed import ClosedDays, closed_days
from ingest.site import contract_folders, sources_files

_KNOWN = {"title", "schedule", "api", "look_back", "closed"}
_LEVELS = {"daily", "hourly", "weekly"}


@dataclass(frozen=True)
class LookBack:
    """How many days back a dataset is asked again, because its figures are restated: by the day, by the hour, and on Mondays."""

    daily: int = 1
    hourly: int = 0
    weekly: int = 0


@dataclass(frozen=True)
class Source:
    """schedule: cron in Asia/Shanghai; api: names of connectors; datasets: those that have a contract."""

    name: str
    title: str
    schedule: str
    datasets: tuple[str, ...]
    api: tuple[str, ...] = ()
    look_back: dict[str, LookBack] = field(default_factory=dict, hash=False)
    closed: ClosedDays = ClosedDays()

    @property
    def look_back_days(self) -> int:
        """The longest daily look-back of its datasets, at least a day."""
        return max((b.daily for b in self.look_back.values()), default=1)


def sources() -> tuple[Source, ...]:
    """Every source that has a contract, the project's first. Raises ValueError naming the file and the key that is wrong."""
    return _read(tuple(sources_files()), tuple(contract_folders()))


def find_source(name: str) -> Source:
    """The source of that name; KeyError naming the known ones."""
    found = next((s for s in sources() if s.name == name), None)
    if found is None:
        raise KeyError(f"no source {name!r}; known: {', '.join(s.name for s in sources())}")
    return found


@cache
def _read(files: tuple[Path, ...], folders: tuple[Path, ...]) -> tuple[Source, ...]:
    import yaml

    rows: dict[str, Source] = {}
    for path in files:
        try:
            declared = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        except yaml.YAMLError as problem:
            raise ValueError(f"{path}: not valid YAML: {problem}") from None
        for name, row in (declared or {}).items():
            if name in rows:
                raise ValueError(f"{path}: source {name!r} is there already; give it another name")
            rows[name] = _source(path, name, row or {}, _datasets(name, folders))
    return tuple(source for source in rows.values() if source.datasets)


def _datasets(source: str, folders: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(sorted({p.name.removesuffix(".odcs.yaml") for f in folders for p in (f / source).glob("*.odcs.yaml")}))


def _source(path: Path, name: str, row: dict[str, Any], datasets: tuple[str, ...]) -> Source:
    if unknown := set(row) - _KNOWN:
        raise ValueError(
            f"{path}: {name}: unknown key {', '.join(sorted(unknown))}; known: {', '.join(sorted(_KNOWN))}"
        )
    schedule = row.get("schedule", "0 2 * * *")
    if len(str(schedule).split()) != 5:
        raise ValueError(f"{path}: {name}: schedule {schedule!r} is not a cron expression of five fields")
    api = row.get("api") or []
    try:
        closed = closed_days(row.get("closed") or [])
    except ValueError as problem:
        raise ValueError(f"{path}: {name}: {problem}") from None
    return Source(
        name,
        row.get("title", name),
        schedule,
        datasets,
        tuple([api] if isinstance(api, str) else api),
        {dataset: _look_back(path, name, dataset, value) for dataset, value in (row.get("look_back") or {}).items()},
        closed,
    )


def _look_back(path: Path, source: str, dataset: str, value: Any) -> LookBack:
    days = value if isinstance(value, dict) else {"daily": value}
    if set(days) - _LEVELS or not all(isinstance(d, int) and 0 <= d <= 365 for d in days.values()):
        raise ValueError(
            f"{path}: {source}.{dataset}: look_back {value!r} is neither a number of days (0 to 365) nor daily, hourly, weekly"
        )
    return LookBack(**days)
