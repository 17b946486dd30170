"""Amounts that several parts of the simulator reckon in the same way."""

import numpy as np

from simulator.frame import Frame


def gmv_fen(lines: Frame) -> np.ndarray:
    """What a line counts in GMV (成交金额) once it is paid: payable + the discounts of platform and creator, fen."""
    return lines.payable_fen + lines.platform_borne_fen + lines.creator_borne_fen


def per_order(lines: Frame, values: np.ndarray, orders: int) -> np.ndarray:
    """Line values summed to their order; `orders` is the number of orders."""
    return np.bincount(lines.order_i, values, orders).astype(np.int64)
