"""Shipments (销售出库): what leaves a warehouse in one parcel, the order lines in it, and whose system knows it."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from simulator import names
from simulator.days import DAY
from simulator.exports.context import Export
from simulator.frame import NONE, Frame
from simulator.parcels import line_parcels
from simulator.status import REVIEW_SECONDS, seen
from simulator.world import Cohort

JST_WAREHOUSE = len(names.WAREHOUSES) - 1
"""The warehouse that 聚水潭 runs where the quirk jst_files is on; 旺店通 runs the others."""
OLDEST_ORDER_DAYS = 20
UPDATED_WITHIN = 2 * DAY


@dataclass(frozen=True)
class Shipments:
    """Shipments of a cohort, by parcel, and their lines in the same order.

    rows: parcel_i, order_i (the first order), opened_at, shipped_at (NONE = not yet), modified_at.
    lines: line_i, shipment_i (position in rows).
    """

    rows: Frame
    lines: Frame


def shipments(export: Export, cohort: Cohort, jst: bool) -> Shipments:
    """What the system of 聚水潭 (or else of 旺店通) tells of the cohort at the export.

    A shipment is there once its order has been reviewed; a daily export holds what changed in the last two days.
    """
    parcels, at = cohort.parcels, export.at
    paid = cohort.orders.paid_at[parcels.order_i]
    opened = np.minimum(paid + REVIEW_SECONDS, parcels.shipped_at)
    shipped = seen(parcels.shipped_at, at)
    modified = np.maximum(opened, shipped)
    theirs = (parcels.warehouse == JST_WAREHOUSE) & export.has("jst_files")
    wanted = (paid != NONE) & (opened <= at) & (theirs == jst)
    if not export.is_history:
        wanted &= modified > at - UPDATED_WITHIN
    parcel_i = np.flatnonzero(wanted)
    position = np.full(parcels.rows, NONE)
    position[parcel_i] = np.arange(len(parcel_i))
    packed = line_parcels(cohort.orders, cohort.lines, cohort.parcel_links)
    shipment = np.where(packed == NONE, NONE, position[packed]) if parcels.rows else np.full(cohort.lines.rows, NONE)
    line_i = np.flatnonzero(shipment != NONE)
    line_i = line_i[np.argsort(shipment[line_i], kind="stable")]
    return Shipments(
        rows=Frame(
            parcel_i=parcel_i,
            order_i=parcels.order_i[parcel_i],
            opened_at=opened[parcel_i],
            shipped_at=shipped[parcel_i],
            modified_at=modified[parcel_i],
        ),
        lines=Frame(line_i=line_i, shipment_i=shipment[line_i]),
    )


def pieces_of(export: Export):
    """The orders whose shipments an export may tell of, in pieces."""
    back = export.days - 1 if export.is_history else OLDEST_ORDER_DAYS
    return export.pieces(export.until - timedelta(days=back), export.until)


def merged_ids(cohort: Cohort, told: Shipments) -> tuple[np.ndarray, np.ndarray]:
    """(order positions by shipment, how many orders each shipment holds): a merged shipment has two."""
    orders = max(1, cohort.orders.rows)
    # One number for each pair: unique pairs of columns would be sorted column by column.
    pairs = np.unique(told.lines.shipment_i * orders + cohort.lines.order_i[told.lines.line_i])
    return pairs % orders, np.bincount(pairs // orders, minlength=told.rows.rows)
