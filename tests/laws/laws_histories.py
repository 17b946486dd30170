"""Drawn histories: the same company's files, cut into runs in ways that real life does it.

Files come late, twice, in pieces, corrected, or older than what is there already; people turn out to be one person; a touch
turns out to be somebody else's. Everything is a pure function of the seed. SHARED seeds in a row have their company and their
first run in common, which is landed and built once; all that comes after it is each one's own.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from laws_company import MODELLED

FIRST = dt.date(2026, 9, 1)
SHARED = 7
_STAMP = re.compile(r"20\d{12}(?=\.)")
#: what a correction may touch: dataset -> columns whose values are dealt out anew among the rows
_CORRECTED = {
    ("web", "touchpoints"): ("identity_id", "occurred_at", "landing_url", "live_session_id", "order_id"),
    ("shop", "products"): ("product_name", "category", "supplier_id"),
    ("shop", "warehouses"): ("province", "warehouse_name"),
    ("crm", "service_tickets"): ("opened_at", "first_reply_at", "order_id", "solution", "identity_id"),
    ("crm", "members"): ("identity_id", "level"),
    ("douyin", "fund_flows"): ("订单号", "动账金额", "动账场景"),
    ("douyin", "orders"): ("商家编码", "支付完成时间", "订单状态", "省", "流量体裁", "仓库ID"),
}


@dataclass(frozen=True)
class Arrival:
    """One file on its way into the inbox, and the run (0, 1, ...) that finds it."""

    source: str
    dataset: str
    path: Path
    run: int


@dataclass(frozen=True)
class Beginning:
    """A company's files of all its days, and those of them that the first run finds."""

    number: int
    last: dt.date
    arrivals: list[Arrival]

    def first(self) -> list[tuple[str, str, Path]]:
        """(source, dataset, path) of the files of the first run, in the order of their coming."""
        return [(a.source, a.dataset, a.path) for a in self.arrivals if a.run == 0]


@dataclass(frozen=True)
class History:
    """What each run after the first finds, and the day up to which it looks (None: the data's last)."""

    seed: int
    arrivals: list[Arrival]
    days: list[dt.date | None]
    told: list[str]

    def of(self, run: int) -> list[tuple[str, str, Path]]:
        """(source, dataset, path) of the files of one run, in the order of their coming."""
        return [(a.source, a.dataset, a.path) for a in self.arrivals if a.run == run]


def begin(number: int, folder: Path) -> Beginning:
    """Write the files of a drawn company under `folder`; its first run finds those of the first day, but for some, and a few others."""
    from simulator.exports import write_exports
    from simulator.world import World

    dice = random.Random(f"beginning {number}")
    days = dice.randint(2, 4)
    world = World(seed=dice.randint(0, 10_000), first_day=FIRST, days=days, orders_per_day=dice.choice([8, 25, 60]))
    last = FIRST + dt.timedelta(days=days - 1)
    arrivals = []
    for number_of_day in range(days):
        day = FIRST + dt.timedelta(days=number_of_day)
        for path in write_exports(world, folder / f"day{number_of_day}", day, day, only=MODELLED):
            arrivals.append(_arrival(folder / f"day{number_of_day}", path, min(number_of_day, 1)))
    if dice.random() < 0.7:  # the whole span at once: overlapping files, and the ad reports that come as files
        for path in write_exports(world, folder / "history", FIRST, last, only=MODELLED):
            arrivals.append(_arrival(folder / "history", path, dice.randrange(2)))
    moved = [replace(a, run=dice.randrange(2)) if dice.random() < 0.25 else a for a in arrivals]
    dice.shuffle(moved)
    return Beginning(number, last, moved)


def draw(seed: int, beginning: Beginning, folder: Path) -> History:
    """What comes after the first run: the files that it did not find, and mishaps of all of them, written under `folder`."""
    dice = random.Random(seed)
    runs = dice.choice([2, 2, 3, 4])
    told: list[str] = []
    arrivals = [replace(a, run=dice.randrange(1, runs)) for a in beginning.arrivals if a.run]
    for number, arrival in enumerate(beginning.arrivals):
        arrivals += _mishaps(arrival, dice, runs, folder / f"mishap{number}", told)
    arrivals += _merges(beginning.arrivals, dice, runs, folder / "merges", told)
    dice.shuffle(arrivals)
    looks: list[dt.date | None] = [None] * runs
    if dice.random() < 0.6:  # days only go forward; some are far ahead, so that tiers and maturities change
        ahead = sorted(dice.choice([0, 1, 2, 31, 95]) for _ in range(runs))
        looks = [None, *(beginning.last + dt.timedelta(days=n) for n in ahead[1:])]
    return History(seed, arrivals, looks, told)


def _arrival(folder: Path, path: Path, run: int) -> Arrival:
    source, dataset = path.relative_to(folder).parts[:2]
    return Arrival(source, dataset, path, run)


def _mishaps(arrival: Arrival, dice: random.Random, runs: int, folder: Path, told: list[str]) -> list[Arrival]:
    """What else becomes of a file: it comes twice, in two halves, or once more with other values and another time."""
    found = []
    if dice.random() < 0.10:
        found.append(_copied(arrival, folder, f"copy of {arrival.path.name}", dice.randrange(1, runs)))
        told.append(f"twice: {arrival.path.name}")
    if arrival.path.suffix != ".csv" or dice.random() > 0.4:
        return found
    rows, encoding = _read(arrival.path)
    if len(rows) > 3 and dice.random() < 0.5:
        cut = dice.randrange(2, len(rows) - 1)
        for part, kept in (("a", rows[1:cut]), ("b", rows[cut:])):
            path = _write(folder / part / arrival.path.name, [rows[0], *kept], encoding)
            found.append(Arrival(arrival.source, arrival.dataset, path, dice.randrange(1, runs)))
        told.append(f"halves: {arrival.path.name}")
    columns = _CORRECTED.get((arrival.source, arrival.dataset))
    if columns and len(rows) > 2:
        shift = dice.choice([-40, -1, 1, 40])  # hours: an OLD export that comes after a newer one, or a correction
        name = _STAMP.sub(lambda stamp: _shifted(stamp[0], shift), arrival.path.name)
        path = _write(folder / "again" / name, _corrected(rows, columns, dice), encoding)
        found.append(Arrival(arrival.source, arrival.dataset, path, dice.randrange(1, runs)))
        told.append(f"again, {shift:+} h: {name}")
    return found


def _copied(arrival: Arrival, folder: Path, name: str, run: int) -> Arrival:
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(shutil.copyfile(arrival.path, folder / name))
    return Arrival(arrival.source, arrival.dataset, path, run)


def _read(path: Path) -> tuple[list[list[str]], str]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(io.StringIO(data.decode(encoding), newline=""))), encoding
        except UnicodeDecodeError:
            continue
    raise ValueError(f"{path.name}: no known encoding")


def _write(path: Path, rows: list[list[str]], encoding: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def _shifted(stamp: str, hours: int) -> str:
    return f"{dt.datetime.strptime(stamp, '%Y%m%d%H%M%S') + dt.timedelta(hours=hours):%Y%m%d%H%M%S}"


def _corrected(rows: list[list[str]], columns: tuple[str, ...], dice: random.Random) -> list[list[str]]:
    """Some rows with the value of another row in one column; sometimes a few rows only."""
    header, body = rows[0], [list(r) for r in rows[1:] if len(r) == len(rows[0])]
    named = [i for i, h in enumerate(header) if h.strip("\ufeff\t ") in columns]
    for row in body:
        if named and dice.random() < 0.3:
            column = dice.choice(named)
            row[column] = dice.choice(body)[column]
    return [header, *(r for r in body if dice.random() < 0.9)]


def _merges(arrivals: list[Arrival], dice: random.Random, runs: int, folder: Path, told: list[str]) -> list[Arrival]:
    """Links between identities of different people, found later: they become one customer."""
    people = sorted(
        {(r[3], r[4]) for a in arrivals if (a.source, a.dataset) == ("web", "touchpoints") for r in _read(a.path)[0][1:] if len(r) > 4 and r[4]}
    )  # fmt: skip
    found = []
    for number in range(dice.randrange(3) if len(people) > 4 else 0):
        links = [["left_type", "left_id", "right_type", "right_id", "linked_at"]]
        for _ in range(dice.randint(1, 6)):
            left, right = dice.sample(people, 2)
            links.append([*left, *right, "2026-09-02 12:00:00"])
        path = _write(folder / f"identity_links_2026090{number + 3}120000.csv", links, "utf-8")
        found.append(Arrival("crm", "identity_links", path, dice.randrange(1, runs)))
        told.append(f"{len(links) - 1} merges in run {found[-1].run}")
    return found
