"""The planted truth of orders: every shop's days, settlements and money moved, oversells, delays, late and repeated rows."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator import media
from simulator.aftersales import EXCHANGE
from simulator.columns import dates, times, yuan
from simulator.days import DAY, export_moment, start_of
from simulator.exports.context import Export
from simulator.exports.douyin_orders import windows
from simulator.exports.shop_orders import late, spans, told
from simulator.frame import NONE
from simulator.money import gmv_fen
from simulator.quirks import resolve
from simulator.status import happened
from simulator.text import numbers, pick
from simulator.truth_goods import oversells_table, parcels_table, purchases_table
from simulator.truth_money import fund_flows_table, settlements_table
from simulator.world import World

SHOP_EXPORTS = ((media.KUAISHOU, "kuaishou.orders"), (media.WEIXIN, "weixin.orders"), (media.TAOBAO, "taobao.orders"))


def write_order_truth(world: World, folder: Path, since: date, until: date) -> list[Path]:
    """Writes one Parquet file for each table of `tables`; returns the paths."""
    written = []
    for name, table in tables(world, since, until).items():
        written.append(Path(folder) / f"{name}.parquet")
        pq.write_table(table, written[-1])
    return written


def tables(world: World, since: date, until: date) -> dict[str, pa.Table]:
    """As known at 02:00 on the day after `until`, all quirks on; money is DECIMAL(18,2) yuan, times naive Beijing.

    shops (date x shop), settlements (date x type), fund_flows (date x scene; amounts below zero went out), oversells
    (date x sku x warehouse with less than nothing to sell), parcels (one row a parcel of the span's orders),
    purchases (one row a purchase line), late_orders (orders that miss the export of their own day), repeats (rows of
    the order files and how many of them say again what another file of the same writing says).
    """
    export = Export(world, Path(), since, until, resolve(None))
    return {
        "shops": shops_table(export),
        "settlements": settlements_table(export),
        "fund_flows": fund_flows_table(export),
        "oversells": oversells_table(export),
        "parcels": parcels_table(export),
        "purchases": purchases_table(export),
        "late_orders": late_orders_table(export),
        "repeats": repeats_table(export),
    }


def shops_table(export: Export) -> pa.Table:
    """One row per date and shop: lines and orders placed, lines paid and their money, refunds that succeeded that day."""
    shape = (export.days, len(media.SHOPS))
    total = {
        name: np.zeros(shape, np.int64)
        for name in ("orders", "order_lines", "paid_lines", "paid_cny", "gmv_cny", "refunds_succeeded", "refund_cny")
    }

    def add(name: str, when: np.ndarray, shop: np.ndarray, values: np.ndarray | None = None) -> None:
        day = (when - start_of(export.since)) // DAY
        rows = happened(when, export.at) & (day >= 0) & (day < shape[0])
        weights = None if values is None else values[rows]
        cells = np.bincount(day[rows] * shape[1] + shop[rows], weights, shape[0] * shape[1])
        total[name] += cells.round().astype(np.int64).reshape(shape)

    for piece in export.pieces(export.since, export.until):
        orders, lines, cases = piece.orders, piece.lines, piece.after_sales.take(piece.after_sales.kind != EXCHANGE)
        shop, paid = orders.shop[lines.order_i], orders.paid_at[lines.order_i]
        add("orders", orders.ordered_at, orders.shop)
        add("order_lines", orders.ordered_at[lines.order_i], shop)
        add("paid_lines", paid, shop)
        add("paid_cny", paid, shop, lines.payable_fen)
        add("gmv_cny", paid, shop, gmv_fen(lines))
        add("refunds_succeeded", cases.succeeded_at, shop[cases.line_i])
        add("refund_cny", cases.succeeded_at, shop[cases.line_i], cases.goods_fen + cases.freight_fen)
    day, shop = np.indices(shape).reshape(2, -1)
    columns = {
        name: yuan(column.reshape(-1)) if name.endswith("_cny") else column.reshape(-1)
        for name, column in total.items()
    }
    return pa.table({"date": dates(export.since, day), "shop": pick(shop, media.SHOPS)} | columns)


def late_orders_table(export: Export) -> pa.Table:
    """One row per 快手 order that misses the export of its own day; first_exported_at null = not exported yet."""
    files = list(spans(export))
    parts = []
    for span in files:
        later = [other for other in files if other.last > span.last]
        for piece in export.pieces(span.first, span.last, media.KUAISHOU):
            rows = piece.orders.take(late(piece, span))
            first = export_moment(min(other.last for other in later)) if later else NONE
            parts.append(
                pa.table(
                    {
                        "dataset": pick(np.zeros(rows.rows, int), ["kuaishou.orders"]),
                        "order_id": numbers(rows.order_id),
                        "ordered_at": times(rows.ordered_at),
                        "missed_export_at": times(np.full(rows.rows, export_moment(span.last))),
                        "first_exported_at": times(np.full(rows.rows, first)),
                    }
                )
            )
    return pa.concat_tables(parts) if parts else pa.table({"order_id": pa.array([], pa.string())})


def repeats_table(export: Export) -> pa.Table:
    """One row per dataset of orders: data rows in its files, distinct keys, and rows that repeat a key."""
    found = []
    files = [(w.first, w.last) for w in windows(export)]
    rows = sum(_lines(export, media.DOUYIN, first, last) for first, last in files)
    low = min(first for first, _ in files)
    found.append(("douyin.orders", len(files), rows, _lines(export, media.DOUYIN, low, export.until)))
    for shop, dataset in SHOP_EXPORTS:
        per_file, keys = [], []
        for span in spans(export):
            pieces = [piece for piece in export.pieces(span.first, span.last, shop)]
            if shop == media.KUAISHOU:
                pieces = [told(export, piece, span) for piece in pieces]
            orders, lines = ([getattr(piece, name) for piece in pieces] for name in ("orders", "lines"))
            if shop != media.WEIXIN:
                per_file.append(sum(frame.rows for frame in orders))
                keys += [frame.order_id for frame in orders]
            if shop != media.KUAISHOU:
                per_file.append(sum(frame.rows for frame in lines))
                # A sub-order may bear its order's number: of the 宝贝 file the key is told apart by its sign.
                keys += [-frame.sub_order_id for frame in lines]
        distinct = len(np.unique(np.concatenate(keys))) if keys else 0
        found.append((dataset, len(per_file), sum(per_file), distinct))
    dataset, count, rows_, distinct = zip(*found, strict=True)
    repeated = [a - b for a, b in zip(rows_, distinct, strict=True)]
    return pa.table(
        {"dataset": dataset, "files": count, "rows": rows_, "distinct_rows": distinct, "repeated_rows": repeated}
    )


def _lines(export: Export, shop: int, first: date, last: date) -> int:
    return sum(piece.lines.rows for piece in export.pieces(first, last, shop))
