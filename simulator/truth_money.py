"""The planted truth of money: what was settled (结算) and every movement (动账), by day."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.columns import dates, yuan
from simulator.days import DAY, start_of
from simulator.exports.context import Export
from simulator.exports.douyin_fund_flows import all_flows, all_withdrawals, moved_within
from simulator.exports.douyin_settlements import OLDEST_ORDER_DAYS, settled_within
from simulator.frame import Frame, stack
from simulator.settling import SCENES, WITHDRAWN
from simulator.text import pick


def settlements_table(export: Export) -> pa.Table:
    """One row per date and type (order, subsidy): lines settled, income, fees (positive) and what was paid out."""
    rows = stack(
        [_no_rows("settled_at", "later", "income_fen", "service_fen", "commission_fen", "net_fen")]
        + [
            Frame(
                {
                    name: found[name]
                    for name in ("settled_at", "later", "income_fen", "service_fen", "commission_fen", "net_fen")
                }
            )
            for found in (
                settled_within(export, piece, export.since, export.until)
                for piece in export.life(max(OLDEST_ORDER_DAYS, export.days), shop=media.DOUYIN)
            )
        ]
    )
    keys, sums = _grouped(
        [(rows.settled_at - start_of(export.since)) // DAY, rows.later.astype(np.int64)],
        [np.ones(rows.rows, np.int64), rows.income_fen, rows.service_fen, rows.commission_fen, rows.net_fen],
    )
    return pa.table(
        {
            "date": dates(export.since, keys[0]),
            "settlement_type": pick(keys[1], ["order", "subsidy"]),
            "rows": sums[0],
            "income_cny": yuan(sums[1]),
            "service_fee_cny": yuan(sums[2]),
            "commission_cny": yuan(sums[3]),
            "settled_cny": yuan(sums[4]),
        }
    )


def fund_flows_table(export: Export) -> pa.Table:
    """One row per date and scene: movements and their signed amount."""
    found = [_no_rows("moved_at", "scene", "amount_fen")]
    for piece in export.life(max(OLDEST_ORDER_DAYS, export.days), shop=media.DOUYIN):
        rows = moved_within(all_flows(export, piece), export.since, export.until)
        found.append(Frame(moved_at=rows.moved_at, scene=rows.scene, amount_fen=rows.amount_fen))
    taken = moved_within(all_withdrawals(export, export.until), export.since, export.until)
    found.append(Frame(moved_at=taken.moved_at, scene=np.full(taken.rows, WITHDRAWN), amount_fen=taken.amount_fen))
    rows = stack(found)
    keys, sums = _grouped(
        [(rows.moved_at - start_of(export.since)) // DAY, rows.scene], [np.ones(rows.rows, np.int64), rows.amount_fen]
    )
    return pa.table(
        {
            "date": dates(export.since, keys[0]),
            "scene": pick(keys[1], SCENES),
            "rows": sums[0],
            "amount_cny": yuan(sums[1]),
        }
    )


def _no_rows(*columns: str) -> Frame:
    return Frame({name: np.zeros(0, np.int64) for name in columns})


def _grouped(keys: list[np.ndarray], values: Iterable[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(the distinct keys as columns, the sums of each value by key)."""
    found, group = np.unique(np.stack(keys), axis=1, return_inverse=True)
    sums = [np.bincount(group.reshape(-1), value, found.shape[1]).round().astype(np.int64) for value in values]
    return list(found), sums
