"""Identities as text: what a person is called on each side."""

import numpy as np
import pyarrow as pa

from simulator.people import IDENTITIES, OPEN_ID, PHONE, SECOND_VISITOR_ID, UNIONID, VISITOR_ID, People
from simulator.text import TEXT, hexes, join, numbers, pick

_PREFIX = {OPEN_ID: "1@#", UNIONID: "un_", VISITOR_ID: "v-", SECOND_VISITOR_ID: "v-"}
_TYPES = [*IDENTITIES[:SECOND_VISITOR_ID], "visitor_id"]


def identity_types(kinds: np.ndarray) -> pa.Array:
    """identity_type of each identity; a second device is a visitor_id like the first."""
    return pick(kinds, _TYPES)


def identity_ids(people: People, person: np.ndarray, kinds: np.ndarray) -> pa.Array:
    """identity_id of each (person, kind of identity)."""
    ids = np.full(len(person), "", object)
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        if kind == PHONE:
            words = numbers(people.phone(person[rows]))
        else:
            words = join(_PREFIX[kind], hexes(people.token(person[rows], kind)))
        ids[rows] = words.to_numpy(zero_copy_only=False)
    return pa.array(ids, TEXT)
