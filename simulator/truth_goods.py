"""The planted truth of goods on their way: oversells (超卖), parcels and their delays, purchases and theirs."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from simulator import media, names
from simulator.columns import dates, times
from simulator.days import DAY
from simulator.exports.context import Export
from simulator.exports.erp import snapshot
from simulator.exports.tracking import tracking_numbers
from simulator.frame import Frame, stack
from simulator.purchasing import make_purchasing, order_numbers
from simulator.status import seen
from simulator.stock import make_ledger
from simulator.text import join, numbers, pick


def oversells_table(export: Export) -> pa.Table:
    """One row per date, sku and warehouse that had promised more than it had: pieces sold beyond the stock."""
    ledger = make_ledger(export.world, export.until)
    found = []
    for number in range(export.days):
        stock = snapshot(export.world, ledger, export.since + timedelta(days=number))
        short = stock.take(stock.sellable < 0)
        found.append(
            Frame(day=np.full(short.rows, number), sku=short.sku, warehouse=short.warehouse, pieces=-short.sellable)
        )
    rows = stack(found)
    return pa.table(
        {
            "date": dates(export.since, rows.day),
            "sku_id": pick(rows.sku, export.world.catalogue.sku_ids),
            "warehouse_id": pick(rows.warehouse, [w[0] for w in names.WAREHOUSES]),
            "oversold_pieces": rows.pieces,
        }
    )


def parcels_table(export: Export) -> pa.Table:
    """One row per parcel of the span's orders: the whole of its life, also what lies after the export."""
    parts = []
    for piece in export.pieces(export.since, export.until):
        parcels = piece.parcels
        order = piece.orders.take(parcels.order_i)
        parts.append(
            pa.table(
                {
                    "tracking_no": tracking_numbers(piece),
                    "shop": pick(order.shop, media.SHOPS),
                    "order_id": numbers(order.order_id),
                    "orders": np.bincount(piece.parcel_links.parcel_i, minlength=parcels.rows),
                    "promised_at": times(order.promised_at),
                    "shipped_at": times(parcels.shipped_at),
                    "signed_at": times(parcels.signed_at),
                    "shipped_late_seconds": np.maximum(0, parcels.shipped_at - order.promised_at),
                    "stalled": pa.array(parcels.stalled),
                }
            )
        )
    return pa.concat_tables(parts)


def purchases_table(export: Export) -> pa.Table:
    """One row per purchase line made by the export: promised and true arrival (null = still to come), days too late."""
    buying = make_purchasing(export.world, make_ledger(export.world, export.until))
    line = buying.lines.take(buying.orders.created_at[buying.lines.order_i] <= export.at)
    order = buying.orders.take(line.order_i)
    days_late = np.maximum(0, line.arrived_at // DAY - line.promised_at // DAY)
    return pa.table(
        {
            "purchase_no": join("CG", numbers(order_numbers(export.world, buying.orders)[line.order_i])),
            "supplier_id": join("S", pick(order.supplier, [f"{i + 1:03d}" for i in range(1000)])),
            "sku_id": pick(line.sku, export.world.catalogue.sku_ids),
            "warehouse_id": pick(order.warehouse, [w[0] for w in names.WAREHOUSES]),
            "quantity": line.quantity,
            "urgent": pa.array(order.urgent),
            "promised_at": times(line.promised_at),
            "arrived_at": times(seen(line.arrived_at, export.at)),
            "days_late": days_late,
        }
    )
