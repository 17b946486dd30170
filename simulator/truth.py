"""The planted truth (真值): what a right warehouse must find, as Parquet and JSON."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator import media, names
from simulator.ads import PLANS, ad_hours
from simulator.aftersales import EXCHANGE
from simulator.columns import times, yuan
from simulator.company.truth import write_company
from simulator.days import DAY, export_moment, start_of
from simulator.effects import write_effects
from simulator.exports.context import Export
from simulator.exports.douyin_orders import windows
from simulator.live.truth import write_live_truth
from simulator.money import gmv_fen
from simulator.quirks import resolve
from simulator.status import LINE_STATUS, happened, line_status, seen
from simulator.stock import make_ledger
from simulator.text import numbers, pick
from simulator.truth_orders import write_order_truth
from simulator.world import Cohort, World

FINAL = 60 * DAY
LATE_REFUND_DAYS = 10


def write_truth(world: World, folder: Path, since: date | None = None, until: date | None = None) -> list[Path]:
    """Writes the truth of since..until (default: the whole world) as known at 02:00 on the day after `until`.

    daily.parquet (date: lines, paid lines, GMV, refunds succeeded that day of 抖店, spend known and final), lines.parquet
    (one row per order line of any shop), orders.parquet (one row per order: the person, the channels that reached
    them), late_refunds.parquet, what truth_orders.py writes, stock.parquet (sku x warehouse x date, with its moves), channel_effects.csv and
    order_causes.parquet (effects.py), live_sessions.parquet and comments.parquet (live/truth.py), summary.json (totals,
    overlaps of the order files). Money is DECIMAL(18,2) yuan, times are naive Beijing.
    """
    since, until = since or world.first_day, until or world.last_day
    at = export_moment(until)
    cohort = world.span(since, until)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    daily = daily_table(world, cohort.of_shop(media.DOUYIN), since, until, at)
    tables = {
        "daily": daily,
        "lines": lines_table(world, cohort, at),
        "orders": orders_table(cohort, at),
        "late_refunds": late_refunds_table(cohort, at),
        "stock": stock_table(world, since, until),
    }
    written = []
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
        written.append(folder / f"{name}.parquet")
    written += write_order_truth(world, folder, since, until)
    written += write_effects(world, cohort, folder, since, until, at)
    written += write_live_truth(world, folder, since, until, at)
    written += write_company(world, folder, since, until)
    summary = folder / "summary.json"
    summary.write_text(json.dumps(_summary(world, daily, since, until), ensure_ascii=False, indent=1) + "\n")
    return [*written, summary]


def daily_table(world: World, cohort: Cohort, since: date, until: date, at: int) -> pa.Table:
    """One row a day: counts by the day of order or payment, refunds by the day they succeeded, spend."""
    low, days = start_of(since), (until - since).days + 1
    lines, orders, cases = cohort.lines, cohort.orders, cohort.after_sales
    paid_at = orders.paid_at[lines.order_i]

    def by_day(when: np.ndarray, values: np.ndarray | None = None) -> np.ndarray:
        day = (when - low) // DAY
        rows = happened(when, at) & (day >= 0) & (day < days)
        weights = None if values is None else values[rows]
        return np.bincount(day[rows], weights, days).round().astype(np.int64)

    refunds = cases.take(cases.kind != EXCHANGE)
    back = refunds.goods_fen + refunds.freight_fen
    spend = {}
    for name, moment in (("spend_known_cny", at), ("spend_final_cny", at + FINAL)):
        hours = ad_hours(world, since, until, moment)
        spend[name] = np.bincount((hours.hour_at - low) // DAY, hours.spend_fen, days).round().astype(np.int64)
    return pa.table(
        {
            "date": pa.array([since + timedelta(days=i) for i in range(days)]),
            "order_lines": by_day(orders.ordered_at[lines.order_i]),
            "orders": by_day(orders.ordered_at),
            "paid_lines": by_day(paid_at),
            "paid_orders": by_day(orders.paid_at),
            "paid_cny": yuan(by_day(paid_at, lines.payable_fen)),
            "gmv_cny": yuan(by_day(paid_at, gmv_fen(lines))),
            "refunds_succeeded": by_day(refunds.succeeded_at),
            "refund_cny": yuan(by_day(refunds.succeeded_at, back)),
        }
        | {name: yuan(column) for name, column in spend.items()}
    )


def lines_table(world: World, cohort: Cohort, at: int) -> pa.Table:
    """One row per order line as known at `at`."""
    lines, order = cohort.lines, cohort.orders.take(cohort.lines.order_i)
    paid = happened(order.paid_at, at)
    return pa.table(
        {
            "shop": pick(order.shop, media.SHOPS),
            "sub_order_id": numbers(lines.sub_order_id),
            "order_id": numbers(order.order_id),
            "sku_id": pick(lines.sku, world.catalogue.sku_ids),
            "quantity": lines.quantity,
            "ordered_at": times(order.ordered_at),
            "paid_at": times(seen(order.paid_at, at)),
            "shipped_at": times(seen(lines.shipped_at, at)),
            "completed_at": times(seen(lines.completed_at, at)),
            "order_status": pick(line_status(cohort.orders, lines, at), LINE_STATUS),
            "list_cny": yuan(lines.list_fen),
            "discount_cny": yuan(lines.discount_fen),
            "freight_cny": yuan(lines.freight_fen),
            "paid_cny": yuan(lines.payable_fen),
            "gmv_cny": yuan(np.where(paid, gmv_fen(lines), 0)),
            "refund_to_date_cny": yuan(np.where(happened(lines.refunded_at, at), lines.refund_fen, 0)),
        }
    )


def orders_table(cohort: Cohort, at: int) -> pa.Table:
    """One row per order: the true person, the channel of the last touch, and every channel that reached the person."""
    orders = cohort.orders
    exposed = cohort.prospects.exposed[orders.prospect_i]
    words = [c.name for c in media.CHANNELS]
    sets, code = np.unique(exposed @ (1 << np.arange(len(words))), return_inverse=True)
    met = [",".join(word for i, word in enumerate(words) if number >> i & 1) for number in sets.tolist()]
    return pa.table(
        {
            "shop": pick(orders.shop, media.SHOPS),
            "order_id": numbers(orders.order_id),
            "person": orders.person,
            "paid_at": times(seen(orders.paid_at, at)),
            "last_channel": pick(orders.channel, words, "none"),
            "channels": pick(code.reshape(-1), met),
            "parcels": np.bincount(cohort.parcel_links.order_i, minlength=orders.rows),
        }
    )


def late_refunds_table(cohort: Cohort, at: int) -> pa.Table:
    """Refunds that succeeded 10 days or more after payment, up to `at`."""
    cases = cohort.after_sales
    paid = cohort.orders.paid_at[cohort.lines.order_i[cases.line_i]]
    late = happened(cases.succeeded_at, at) & (cases.kind != EXCHANGE)
    late &= cases.succeeded_at - paid >= LATE_REFUND_DAYS * DAY
    found = cases.take(late)
    return pa.table(
        {
            "after_sale_id": numbers(found.after_sale_id),
            "shop": pick(cohort.orders.shop[cohort.lines.order_i[found.line_i]], media.SHOPS),
            "sub_order_id": numbers(cohort.lines.sub_order_id[found.line_i]),
            "paid_at": times(paid[late]),
            "succeeded_at": times(found.succeeded_at),
            "refund_cny": yuan(found.goods_fen + found.freight_fen),
        }
    )


def stock_table(world: World, since: date, until: date) -> pa.Table:
    """One row per date, sku and warehouse: opening + received - shipped + returned = on_hand at 02:00 next day."""
    ledger = make_ledger(world, until)
    first = max(0, world.number(since))
    day, sku, warehouse = np.indices(ledger.on_hand[first:].shape).reshape(3, -1)
    before = np.concatenate([ledger.opening[None], ledger.on_hand[:-1]])
    day_names = [world.first_day + timedelta(days=first + i) for i in range(len(ledger.on_hand) - first)]
    moves = {"opening": before, "received": ledger.received, "shipped": ledger.shipped, "returned": ledger.returned}
    moves["on_hand"] = ledger.on_hand
    return pa.table(
        {
            "date": pa.array(day_names).take(pa.array(day)),
            "sku_id": pick(sku, world.catalogue.sku_ids),
            "warehouse_id": pick(warehouse, [w[0] for w in names.WAREHOUSES]),
        }
        | {name: column[first:].reshape(-1) for name, column in moves.items()}
    )


def _summary(world: World, daily: pa.Table, since: date, until: date) -> dict:
    """Totals, and the rows and repeats that the order files of this span hold."""
    export = Export(world, Path(), since, until, resolve(None))
    files = [{"name": w.path(export).name, "rows": _lines(world, w.first, w.last)} for w in windows(export)]
    rows, distinct = sum(f["rows"] for f in files), _lines(world, since, until)
    totals = {name: str(pc.sum(daily[name]).as_py()) for name in daily.column_names if name != "date"}
    return {
        "world": {
            "seed": world.seed,
            "first_day": world.first_day.isoformat(),
            "days": world.days,
            "orders_per_day": world.orders_per_day,
        },
        "since": since.isoformat(),
        "until": until.isoformat(),
        "plans": PLANS,
        "totals": totals,
        "order_files": files,
        "order_rows": rows,
        "order_lines": distinct,
        "repeated_rows": rows - distinct if len(files) > 1 else 0,
    }


def _lines(world: World, first: date, last: date) -> int:
    """The order lines of 抖店 placed on first..last."""
    return sum(piece.lines.rows for piece in world.pieces(first, last, media.DOUYIN))
