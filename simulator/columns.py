"""Typed columns of the planted truth: DECIMAL yuan, naive times, dates."""

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.frame import NONE

_CENT = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))


def yuan(fen: np.ndarray) -> pa.Array:
    """Fen as DECIMAL(18,2) yuan."""
    whole = pa.array(np.asarray(fen).astype(np.int64)).cast(pa.decimal128(19, 0))
    return pc.multiply(whole, _CENT).cast(pa.decimal128(18, 2))


def times(seconds: np.ndarray) -> pa.Array:
    """Wall seconds as naive timestamps, NONE as null."""
    seconds = np.asarray(seconds).astype(np.int64)
    return pa.array(seconds.astype("datetime64[s]"), mask=seconds == NONE)


def dates(since: date, day: np.ndarray) -> pa.Array:
    """Dates from counts of days after `since`."""
    return pa.array(((since - date(1970, 1, 1)).days + np.asarray(day)).astype("datetime64[D]"))
