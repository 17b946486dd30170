"""Materials (素材) of the plans: what each creative of a plan is, and its share of the plan's days."""

from datetime import date

import numpy as np

from simulator import media
from simulator.ads import MEASURES, ad_hours, grouped
from simulator.days import DAY, start_of
from simulator.frame import Frame
from simulator.rng import share
from simulator.world import World

KINDS = ("口播", "混剪", "实拍")


def material_days(world: World, first: date, last: date, at: int) -> Frame:
    """One row per day, 千川 plan and material of first..last as known at `at`: hour_at (00:00), ad, nth and ads.MEASURES.

    A plan's materials add up to the plan's day in every measure.
    """
    days = grouped(ad_hours(world, first, last, at), by_day=True)
    nth = np.arange(media.CREATIVES_PER_AD)
    key = (days.hour_at[:, None] // DAY * 1000 + days.ad[:, None]) * 8 + nth
    # A material is good or bad for good, and a little better or worse each day.
    liked = 0.3 + share(days.ad[:, None] * 8 + nth, world.seed, "material") + 0.3 * share(key, world.seed, "its day")
    edges = np.concatenate([np.zeros((days.rows, 1)), np.cumsum(liked, axis=1) / liked.sum(1, keepdims=True)], axis=1)
    edges[:, -1] = 1.0
    split = {
        name: np.diff(np.floor(days[name][:, None] * edges + 1e-9).astype(np.int64)).reshape(-1) for name in MEASURES
    }
    return Frame(
        hour_at=np.repeat(days.hour_at, media.CREATIVES_PER_AD),
        ad=np.repeat(days.ad, media.CREATIVES_PER_AD),
        nth=np.tile(nth, days.rows),
        **split,
    )


def material_sums(days: Frame) -> Frame:
    """The rows of material_days summed to (plan, material), by plan and material; no hour_at."""
    keys, group = np.unique(days.ad * 8 + days.nth, return_inverse=True)
    sums = {name: np.bincount(group, days[name], len(keys)).astype(np.int64) for name in MEASURES}
    return Frame(ad=keys // 8, nth=keys % 8, **sums)


def material_id(ad: np.ndarray, nth: np.ndarray) -> np.ndarray:
    """The 19-digit id of the nth material of a plan."""
    return 7_480_000_000_000_000_000 + np.asarray(ad) * 1_000_000_007 + np.asarray(nth) * 10_000_019 + 23


def material_names() -> list[str]:
    """The name of each material: that of (plan, nth) stands at plan * CREATIVES_PER_AD + nth."""
    count = media.CREATIVES_PER_AD
    return [
        f"{plan.name.split('-')[1]}_{KINDS[i % len(KINDS)]}_V{i + 1}.mp4" for plan in media.PLANS for i in range(count)
    ]


def created_at(world: World, ad: np.ndarray, nth: np.ndarray) -> np.ndarray:
    """When each material was uploaded: within the 60 days before the first day, by daylight."""
    some = share(np.asarray(ad) * 8 + nth, world.seed, "uploaded")
    return (
        start_of(world.first_day) - (1 + (some * 60).astype(np.int64)) * DAY + 36_000 + (some * 28_000).astype(np.int64)
    )
