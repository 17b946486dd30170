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
    groups, order = [], []
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        tokens = people.phone(person[rows]) if kind == PHONE else people.token(person[rows], kind)
        groups.append(numbers(tokens) if kind == PHONE else join(_PREFIX[kind], hexes(tokens)))
        order.append(rows)
    if not groups:
        return pa.array([], TEXT)
    # Each kind is made at once; the rows then take their places back.
    return pa.concat_arrays(groups).take(pa.array(np.argsort(np.concatenate(order), kind="stable")))
