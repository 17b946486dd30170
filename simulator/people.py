"""Buyers: a pool of people whose every attribute is a hash of their number, and the links between their identities."""

from dataclasses import dataclass

import numpy as np

from simulator import names
from simulator.days import DAY, start_of
from simulator.frame import Frame
from simulator.rng import mix, part, share

IDENTITIES = ("open_id", "visitor_id", "unionid", "phone", "second_visitor_id")
OPEN_ID, VISITOR_ID, UNIONID, PHONE, SECOND_VISITOR_ID = range(5)


@dataclass(frozen=True)
class People:
    """A pool of `size` buyers numbered from 0."""

    seed: int
    size: int
    first_day: object
    days: int

    def province(self, person: np.ndarray) -> np.ndarray:
        """Index into names.PROVINCES."""
        weights = np.array([row[2] for row in names.PROVINCES], float)
        edges = np.cumsum(weights / weights.sum())
        return np.minimum(np.searchsorted(edges, share(person, self.seed, "province")), len(weights) - 1)

    def city(self, person: np.ndarray) -> np.ndarray:
        """Index into the cities of the person's province."""
        count = np.array([len(row[1]) for row in names.PROVINCES])[self.province(person)]
        return part(person, self.seed, "city", 1 << 20) % count

    def phone(self, person: np.ndarray) -> np.ndarray:
        """An 11-digit made-up phone as an integer, one to one with the person."""
        heads = np.array([138, 139, 150, 158, 186, 199])
        tail = (np.asarray(person, np.int64) * 73_856_093 + self.seed * 7_919) % 100_000_000
        return heads[part(person, self.seed, "head", len(heads))] * 100_000_000 + tail

    def token(self, person: np.ndarray, identity: int) -> np.ndarray:
        """uint64 behind an open_id, unionid or visitor id; the text adds a prefix to its 16 hex digits."""
        return mix(person, self.seed, IDENTITIES[identity])

    def links(self) -> Frame:
        """Every identity link that ever becomes known: person, left, right (IDENTITIES), linked_at.

        Most were known before the first day; one in five arrives during the world's days, some after the purchase.
        """
        person = np.arange(self.size)
        opening = start_of(self.first_day)
        pairs = (
            (VISITOR_ID, UNIONID, 0.75),
            (UNIONID, OPEN_ID, 0.8),
            (PHONE, OPEN_ID, 0.6),
            (SECOND_VISITOR_ID, VISITOR_ID, 0.2),
        )
        found = []
        for left, right, rate in pairs:
            salt = f"link{left}{right}"
            known = person[share(person, self.seed, salt) < rate]
            late = share(known, self.seed, salt + "late") < 0.2
            when = share(known, self.seed, salt + "when")
            before = opening - (when * 60 * DAY).astype(np.int64) - 1
            after = opening + (when * self.days * DAY).astype(np.int64)
            found.append((known, np.full(len(known), left), np.full(len(known), right), np.where(late, after, before)))
        columns = [np.concatenate(column) for column in zip(*found, strict=True)]
        frame = Frame(person=columns[0], left=columns[1], right=columns[2], linked_at=columns[3])
        return frame.take(np.lexsort((frame.left, frame.person, frame.linked_at)))
