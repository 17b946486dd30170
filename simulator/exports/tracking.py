"""Waybill numbers (运单号) and which order they carry."""

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.text import TEXT, fold, join, numbers, pick
from simulator.world import Cohort, World


def tracking_numbers(cohort: Cohort) -> pa.Array:
    """The waybill number of every parcel: the carrier's prefix and 13 digits."""
    prefix = pick(cohort.parcels.carrier, [carrier[2] for carrier in names.CARRIERS])
    return join(prefix, numbers(10**12 * 3 + cohort.parcels.tracking))


def joined_tracking(world: World, cohort: Cohort, at: int, with_carrier: bool = False) -> pa.Array:
    """For every order the waybill numbers that had left by `at`, joined by commas ("" = none yet)."""
    links = cohort.parcel_links
    links = links.take(cohort.parcels.shipped_at[links.parcel_i] <= at)
    numbers_ = tracking_numbers(cohort)
    if with_carrier:
        numbers_ = join(pick(cohort.parcels.carrier, [carrier[1] for carrier in names.CARRIERS]), ":", numbers_)
    items = numbers_.take(pa.array(links.parcel_i)) if links.rows else pa.array([], TEXT)
    return fold(items, np.bincount(links.order_i, minlength=cohort.orders.rows))
