"""The ledger of bounds refuses what would leave no trace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from expectations import bounds
from expectations.bounds import BoundsError, load_bounds, seals


@pytest.fixture
def ledger(tmp_path: Path):
    """ledger(change) writes a copy of the shipped ledger with its list of entries changed in place; seals only when asked."""

    def write(change=lambda entries: None, *, sealed: bool = False) -> Path:
        content = yaml.safe_load(bounds.FILE.read_text(encoding="utf-8"))
        change(content["bounds"])
        path = tmp_path / "bounds.yml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        if sealed:
            for entry, (_, made) in zip(content["bounds"], seals(path), strict=True):
                entry["seal"] = made
            path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return path

    return write


def test_the_shipped_ledger_is_whole() -> None:
    assert set(load_bounds()) == bounds.KNOWN


def test_loosening_in_place_is_refused(ledger) -> None:
    path = ledger(lambda entries: entries[0].update(value=0.01))
    with pytest.raises(BoundsError, match="An entry is never edited"):
        load_bounds(path)


def test_removing_an_old_entry_is_refused(ledger) -> None:
    with pytest.raises(BoundsError, match="seal"):
        load_bounds(ledger(lambda entries: entries.pop(1)))


def test_an_appended_entry_holds_and_the_old_one_stays(ledger) -> None:
    new = {
        "check": "landing.volume_low",
        "value": 0.2,
        "since": dt.date(2026, 12, 1),
        "severity": "warn",
        "reason": "slow season",
        "seal": "",
    }

    def append(entries: list) -> None:
        previous = entries[-1]["seal"]
        entries.append({**new, "seal": bounds.seal(previous, new)})

    path = ledger(append)
    assert load_bounds(path)["landing.volume_low"].value == Decimal("0.2")
    assert [e["value"] for e in yaml.safe_load(path.read_text())["bounds"] if e["check"] == "landing.volume_low"] == [
        0.3,
        0.2,
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: e[0].update(check="landing.volume_lwo"), "no check reads"),
        (lambda e: e[0].update(note="x"), "unknown or missing"),
        (lambda e: e[0].pop("reason"), "unknown or missing"),
        (lambda e: e[0].update(reason=" "), "without a reason"),
        (lambda e: e[0].update(value="low"), "not a positive number"),
        (lambda e: e[0].update(value=True), "not a positive number"),
        (lambda e: e[0].update(severity="loud"), "block or warn"),
        (lambda e: e[0].update(since="soon"), "not a date"),
    ],
)
def test_a_malformed_entry_is_refused(ledger, change, message: str) -> None:
    with pytest.raises(BoundsError, match=message):
        load_bounds(ledger(change))


def test_dates_go_forward_and_no_bound_is_missing(ledger) -> None:
    with pytest.raises(BoundsError, match="is before the entry above"):
        load_bounds(ledger(lambda entries: entries[-1].update(since=dt.date(2020, 1, 1)), sealed=True))
    with pytest.raises(BoundsError, match=f"no bound for {list(load_bounds())[-1]}"):
        load_bounds(ledger(lambda entries: entries.pop(), sealed=True))
