"""Made loads and a made candidate: small, right in every check, so that a test breaks exactly one thing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.landing_gate import LandingLoad
from expectations.result import CheckResult
from expectations.sql import literal, name
from ingest.contract import load_contract
from ingest.ledger import Load, write_load

DAY = dt.datetime(2026, 3, 1, 10)


class Landing:
    """A home folder to put loads into; `gate()` runs the landing gate over all that were put."""

    def __init__(self, home: Path) -> None:
        self.home, self.loads = home, []

    @staticmethod
    def order(number: int = 1, **changes: Any) -> dict[str, Any]:
        """One row of douyin.orders as raw holds it."""
        good = {
            "order_id": f"69200000000000{number:04d}", "sub_order_id": f"69200000000001{number:04d}", "quantity": 1, "payable_cny": 9.9,
            "ordered_at": DAY, "paid_at": DAY, "order_status": "已发货",
        }  # fmt: skip
        return {**good, **changes}

    def put(
        self, rows: list[dict[str, Any]], source: str = "douyin", dataset: str = "orders", load_id: str = "a" * 32, *,
        exported_at: dt.datetime | None = DAY + dt.timedelta(days=1), check: bool = True, types: dict[str, str] | None = None, without: tuple[str, ...] = (),
    ) -> LandingLoad:  # fmt: skip
        """Write rows as one load's Parquet object and ledger row; `types` and `without` spoil the columns."""
        contract = load_contract(source, dataset)
        path = self.home / "raw" / source / dataset / f"{load_id}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        kinds = {c.name: c.type for c in contract.kept if c.name not in without} | (types or {})
        lines = [
            "select " + ", ".join([*(f"{literal(row.get(c))}::{kind} as {name(c)}" for c, kind in kinds.items()), "null::varchar as _extra",
            f"'{load_id}' as _load_id", "'made.csv' as _source_file"]) for row in rows or [{}]
        ]  # fmt: skip
        with duckdb.connect() as connection:
            connection.execute(f"copy (select * from ({' union all '.join(lines)}) {'' if rows else 'where false'}) to '{path}'")
        days = [row[contract.options["dataDate"]] for row in rows if row.get(contract.options.get("dataDate"))]
        write_load(self.home, self._ledger(source, dataset, load_id, len(rows), exported_at, days))
        load = LandingLoad(source, dataset, load_id, path)
        if check:
            self.loads.append(load)
        return load

    @staticmethod
    def _ledger(source: str, dataset: str, load_id: str, rows: int, exported_at: dt.datetime | None, days: list[dt.datetime]) -> Load:
        return Load(
            load_id=load_id, source=source, dataset=dataset, file_name="made.csv", status="loaded", rows_read=rows, rows_loaded=rows, rows_quarantined=0,
            rows_non_data=0, encoding="utf-8", exported_at=exported_at, loaded_at=DAY, seconds=0.0, bytes=1, rows_hash="", reason="", notes="",
            first_data_date=min(days, default=None), last_data_date=max(days, default=None),
        )  # fmt: skip

    def gate(self) -> Results:
        """Results of the landing gate on everything that was put with check=True."""
        from expectations.landing_gate import run_landing_gate

        return Results(run_landing_gate(self.loads, home=self.home, run_id="run-1"))


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """An empty home to land into."""
    return Landing(tmp_path)


class Results(list):
    """Results of a gate, with the questions that tests ask of them."""

    def only(self, check: str, subject: str | None = None) -> CheckResult:
        """The one result of a check (of a load)."""
        found = [r for r in self if r.check == check and subject in (None, r.subject)]
        assert len(found) == 1, f"{check}: {len(found)} results among {sorted({r.check for r in self})}"
        return found[0]

    @property
    def failed(self) -> set[str]:
        """Names of the checks that failed."""
        return {r.check for r in self if not r.passed}
