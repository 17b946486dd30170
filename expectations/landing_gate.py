"""The landing gate: every new load against its contract, one import of Great Expectations and one batch per dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from expectations.bounds import load_bounds
from expectations.engine import Check, Ran, Session
from expectations.history import LoadFacts, load_facts
from expectations.privacy import impersonal, masked_text
from expectations.records import write_record
from expectations.result import BLOCK, CheckResult
from expectations.sql import literal
from expectations.suites import landing_suite
from ingest.contract import Contract, load_contract
from ingest.locks import scratch_folder

#: so many objects of such a size (bytes, on average) are gathered, so many into one
_MANY = 8
_SMALL = 1024 * 1024
_AT_ONCE = 200
#: one thread: two hold the readers of all objects twice, and take four times as long with a thousand of them. No cache of what was
#: read from files: each is read once, and the cache would fill the memory
_CAREFUL = {"memory_limit": "1GB", "threads": 1, "enable_external_file_cache": "false"}
#: checks about the load itself: they have a verdict for a load without rows too
_OF_THE_LOAD = (
    "has_rows",
    "columns_as_declared",
    "volume_not_low",
    "volume_not_high",
    "no_day_missing",
    "columns_not_lost",
)


@dataclass(frozen=True)
class LandingLoad:
    """A load to check: its dataset, its id (in `_load_id` of every row) and its Parquet object in raw."""

    source: str
    dataset: str
    load_id: str
    raw_path: Path


def run_landing_gate(loads: Sequence[LandingLoad], *, home: Path, run_id: str) -> list[CheckResult]:
    """Check every load; one result per load and check. Nothing is raised for bad data: see `result.blocking`.

    A check that cannot run is a failure that blocks. A load that the contract allows to be empty has results of the checks
    of the load only. Raises KeyError for an unknown dataset, ValueError for a contract rule or a bound that cannot be used.
    """
    if not loads:
        return []
    bounds, home = load_bounds(), Path(home)
    ordered = sorted(loads, key=lambda x: (x.source, x.dataset, x.load_id))
    results: list[CheckResult] = []
    with Session() as session:
        for (source, dataset), group in groupby(ordered, key=lambda x: (x.source, x.dataset)):
            contract = load_contract(source, dataset)
            facts = load_facts(home, {load.load_id: Path(load.raw_path) for load in group})
            with _gathered(home, [f.raw_path for f in facts.values()]) as rows:
                ran, document = session.run(contract.name, rows, landing_suite(contract, facts, bounds))
            write_record(home, run_id, "landing", contract.name, document)
            results += _results(run_id, contract, facts, ran)
    return results


def _rows(objects: Sequence[Path]) -> str:
    paths = ", ".join(literal(str(path)) for path in objects)
    return f"select *, file_row_number + 1 as _ordinal from read_parquet([{paths}], union_by_name = true, file_row_number = true)"


@contextmanager
def _gathered(home: Path, objects: Sequence[Path]) -> Iterator[str]:
    """SQL of the rows of these objects; where they are many small ones, gathered in a few for as long as they are checked.

    Every check would open every object again, and opening one costs more than reading its rows.
    """
    import duckdb

    # a lost object is for the checks to tell, and so are objects that do not go together
    if len(objects) < _MANY or any(not p.is_file() for p in objects) or _mean_size(objects) > _SMALL:
        yield _rows(objects)
        return
    with scratch_folder(home, "load") as scratch:
        parts = [scratch / f"rows{start}.parquet" for start in range(0, len(objects), _AT_ONCE)]
        try:
            with duckdb.connect(config=_CAREFUL | {"temp_directory": str(scratch / "spill")}) as connection:
                for number, part in enumerate(parts):
                    some = objects[number * _AT_ONCE : (number + 1) * _AT_ONCE]
                    connection.execute(f"copy ({_rows(some)}) to {literal(str(part))} (format parquet)")
        except duckdb.Error:
            yield _rows(objects)
            return
        listed = ", ".join(literal(str(part)) for part in parts)
        yield f"select * from read_parquet([{listed}], union_by_name = true)"


def _mean_size(objects: Sequence[Path]) -> float:
    return sum(p.stat().st_size for p in objects) / len(objects)


def _results(run_id: str, contract: Contract, facts: dict[str, LoadFacts], ran: list[Ran]) -> Iterator[CheckResult]:
    empty = {v["subject"] for r in ran if r.check.name == "has_rows" for v in r.verdicts if not v["rows_seen"]}
    for one in ran:
        told = {v["subject"]: v for v in one.verdicts}
        for load_id in facts:
            if load_id in empty and one.check.name not in _OF_THE_LOAD:
                continue
            yield _result(run_id, contract, load_id, one.check, told.get(load_id), one.error)


def _result(
    run_id: str, contract: Contract, load_id: str, check: Check, verdict: dict | None, error: str
) -> CheckResult:
    fixed = {
        "run_id": run_id,
        "gate": "landing",
        "suite": contract.name,
        "subject": load_id,
        "check": check.name,
        "column": check.column,
    }
    if verdict is None:
        why = f"the check could not run: {error}" if error else "the check gave no verdict for this load"
        return CheckResult(
            **fixed, severity=BLOCK, passed=False, rows_seen=0, rows_failed=0, observed=why, examples="[]",
            action="Compare the load's columns with the contract; land the file again after the contract or the check is mended.",
        )  # fmt: skip
    observed = str(verdict["observed"] or "")
    return CheckResult(
        **fixed, severity=check.severity, passed=not verdict["rows_failed"], rows_seen=int(verdict["rows_seen"]),
        rows_failed=int(verdict["rows_failed"]), observed=masked_text(observed) if check.quotes_cells else observed,
        examples=impersonal(verdict["examples"]), action=check.action,
    )  # fmt: skip
