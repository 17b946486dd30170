"""What every writer is told: the world, the days, the moment of export, the quirks, and where to write."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from simulator.days import compact, export_moment
from simulator.world import Cohort, World


@dataclass(frozen=True)
class Export:
    """One dropping of files for the days since..until, taken at 02:00 on the day after `until`."""

    world: World
    inbox: Path
    since: date
    until: date
    quirks: frozenset[str]

    @property
    def at(self) -> int:
        """The moment of export, wall seconds."""
        return export_moment(self.until)

    @property
    def is_history(self) -> bool:
        """True for a span of more than one day."""
        return self.since < self.until

    @property
    def days(self) -> int:
        """How many days the span holds."""
        return (self.until - self.since).days + 1

    def has(self, quirk: str) -> bool:
        """Whether the quirk is switched on."""
        return quirk in self.quirks

    def path(self, source: str, dataset: str, name: str, at: int | None = None, suffix: str = "csv") -> Path:
        """inbox/<source>/<dataset>/<name>_<export time>.<suffix>."""
        return self.inbox / source / dataset / f"{name}_{compact(self.at if at is None else at)}.{suffix}"

    def day(self, fraction: float) -> date:
        """The day at a fraction of the span (0 = since, 1 = until)."""
        return self.since + timedelta(days=round((self.days - 1) * fraction))

    def cohorts(self, first: date, last: date, shop: int | None = None) -> Cohort:
        """The orders of first..last, within the world's days, of one shop (media.SHOPS) or of all."""
        cohort = self.world.span(max(first, self.world.first_day), min(last, self.world.last_day))
        return cohort if shop is None else cohort.of_shop(shop)

    def pieces(self, first: date, last: date, shop: int | None = None) -> Iterator[Cohort]:
        """The same orders as `cohorts`, in pieces that fit in memory at any size of the world."""
        return self.world.pieces(first, last, shop)

    def life(self, back: int, last: date | None = None, shop: int | None = None) -> Iterator[Cohort]:
        """The orders that can still change at the export, in pieces: those of the last `back` days up to `last`."""
        last = min(last or self.until, self.world.last_day)
        return self.pieces(min(last, self.until - timedelta(days=back - 1)), last, shop)
