"""Touches (触点) of visitors and buyers, with their landing addresses and the usual mess in them."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.csvfile import CHUNK, write_csv_parts
from simulator.days import HOUR, export_moment, start_of
from simulator.exports.context import Export
from simulator.exports.identities import identity_ids, identity_types
from simulator.frame import NONE, Frame, stack
from simulator.journeys import last_touch
from simulator.rng import part
from simulator.text import TEXT, join, numbers, pick, stamps, where
from simulator.world import Cohort

COLUMNS = (
    "event_id",
    "occurred_at",
    "event_type",
    "identity_type",
    "identity_id",
    "landing_url",
    "referrer",
    "ad_platform",
    "ad_id",
    "creative_id",
    "audience_id",
    "live_session_id",
    "product_id",
    "order_id",
)
SITE = "https://m.shanyeji.example/lp"
REFERRERS = {
    "baidu": "https://www.baidu.com/",
    "xiaohongshu": "https://www.xiaohongshu.com/",
    "short_video": "https://www.douyin.com/",
    "undeclared": "https://weibo.com/",
}
ROMANISED = {
    "小红书": "xiaohongshu",
    "老客福利日": "loyal_day",
    "品牌词": "brand",
    "秋季种草": "autumn",
    "试单": "trial",
}
UNDECLARED, DIRECT = (
    next(i for i, channel in enumerate(media.CHANNELS) if channel.name == name) for name in ("undeclared", "direct")
)
HOURS_AT_ONCE = 3
MESS_SHARE = 0.02
"""Of the addresses with utm parameters, the share that is messy in each of the three ways."""


def write(export: Export) -> Iterator[Path]:
    """The touches of the span in two files that overlap by two days; of the last two days for one day."""
    if not export.is_history:
        yield _file(export, export.until - timedelta(days=1), export.until)
        return
    middle = export.day(0.5)
    yield _file(export, export.since, middle)
    yield _file(export, max(export.since, middle - timedelta(days=1)), export.until)


def _file(export: Export, first: date, last: date) -> Path:
    at = export_moment(last)
    path = export.path("web", "touchpoints", f"touchpoints_{first:%Y%m%d}-{last:%Y%m%d}", at)
    return write_csv_parts(path, list(COLUMNS), _parts(export, first, last, at), "utf-8")


def _parts(export: Export, first: date, last: date, at: int) -> Iterator[dict[str, pa.Array]]:
    """The columns of the touches of first..last, oldest first, hours by hours: a span never stands in memory at once."""
    first = max(first, export.world.first_day)
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        told: dict[int, np.ndarray] = {}
        for hour in range(0, 24, HOURS_AT_ONCE):
            low = start_of(day) + hour * HOUR
            # The company's first file also holds what it had recorded before its first day.
            since = 0 if day == export.world.first_day and not hour else low
            rows = _between(export, day, since, low + HOURS_AT_ONCE * HOUR, at, told)
            for start in range(0, rows.rows, CHUNK):
                yield _columns(export, rows.take(slice(start, start + CHUNK)))


def _between(export: Export, day: date, low: int, high: int, at: int, told: dict[int, np.ndarray]) -> Frame:
    """The touches of a part of the day, by time, with the person and the order_id (0 = not told).

    `told` keeps the order ids by cohort while the day is written.
    """
    world, found = export.world, []
    # A touch belongs to the day on which its visitor decides, which may lie a week ahead.
    number = world.number(day)
    for ahead in range(number, min(number + 1, world.days) + media.LOOK_BACK_DAYS):
        cohort = world.cohort(ahead)
        if ahead not in told:
            told[ahead] = _order_ids(cohort, at)
        # The touches of a cohort stand in order of time.
        span = slice(*np.searchsorted(cohort.touches.happened_at, [low, high]).tolist())
        some = cohort.touches.take(span)
        some["person"] = cohort.prospects.person[some.prospect_i]
        some["order_id"] = told[ahead][span]
        found.append(some)
    rows = stack(found)
    if not export.has("unmapped_sources"):
        rows = rows.take(rows.channel != UNDECLARED)
    return rows.take(np.lexsort((rows.event_id, rows.happened_at)))


def _columns(export: Export, touch: Frame) -> dict[str, pa.Array]:
    paid = touch.ad != NONE
    broken = paid & (touch.variety < 0.03) if export.has("unexpanded_macros") else np.zeros(touch.rows, bool)
    goods = export.world.catalogue
    product = goods.products.product_id[part(touch.event_id, export.world.seed, "touched", goods.products.rows)]
    on_product = np.isin(touch.event, (media.PRODUCT_CLICK, media.ADD_TO_CART))
    ad = media.AD_IDS[touch.ad]
    creative = media.creative_id(touch.ad, touch.creative)
    columns = (
        join("ev", numbers(touch.event_id)),
        stamps(touch.happened_at),
        pick(touch.event, media.EVENTS),
        identity_types(touch.identity),
        identity_ids(export.world.people, touch.person, touch.identity),
        _landing(export, touch, ad, creative, broken),
        pick(touch.channel, [REFERRERS.get(c.name, "") for c in media.CHANNELS]),
        pick(touch.channel, [c.ad_platform for c in media.CHANNELS]),
        where(paid, numbers(ad), ""),
        where(paid & ~broken, numbers(creative), ""),
        where(paid, join("AUD", numbers(1 + touch.event_id % 4)), ""),
        where(touch.room != NONE, numbers(touch.room), ""),
        where(on_product, numbers(product), ""),
        where(touch.order_id > 0, numbers(touch.order_id), ""),
    )
    return dict(zip(COLUMNS, columns, strict=True))


def _landing(export: Export, touch: Frame, ad: np.ndarray, creative: np.ndarray, broken: np.ndarray) -> pa.Array:
    """landing_url: utm parameters for the channels that have them, ad macros for the paid ones, else blank.

    Every address that can occur stands once in a list, and a row takes one by its number: the rows are many.
    """
    shapes = ("", "case", "double", "fragment")
    words = [_messed(_tagged(export, channel), shape) for shape in shapes for channel in media.CHANNELS]
    feeds = [f"{SITE}?utm_source={name}&utm_medium=feed&adid=" for name in media.AD_PLATFORMS]
    words += [SITE, *(f"{feed}__AID__&creativeid=__CID__" for feed in feeds)]
    shape = np.minimum((touch.variety / MESS_SHARE).astype(int) + 1, len(shapes)) % len(shapes)
    number = touch.channel + len(media.CHANNELS) * (shape if export.has("messy_utm") else 0)
    site = len(words) - 1 - len(feeds)
    number[touch.channel == DIRECT] = site
    feed = np.flatnonzero((touch.ad != NONE) & (touch.room == NONE))
    number[feed] = len(words) + np.arange(len(feed))
    platform = media.AD_PLATFORM[touch.ad]
    number[broken] = site + 1 + platform[broken]
    filled = join(pick(platform[feed], feeds), numbers(ad[feed]), "&creativeid=", numbers(creative[feed]))
    return pa.concat_arrays([pa.array(words, TEXT), filled]).take(pa.array(number))


def _tagged(export: Export, channel: media.Channel) -> str:
    """The landing address of a channel with utm parameters, "" for the others."""
    if channel.utm is None:
        return ""
    encode = quote if export.has("percent_encoded_utm") else lambda word: ROMANISED.get(word, word)
    source, medium, campaign = (encode(word) for word in channel.utm)
    return f"{SITE}?utm_source={source}&utm_medium={medium}&utm_campaign={campaign}"


def _messed(url: str, shape: str) -> str:
    """The same address as careless people write it; `shape` "" leaves it alone."""
    if not shape or "utm_source=" not in url:
        return url
    if shape == "case":
        return url.replace("utm_source", "UTM_Source").replace("=sms", "=SMS").replace("=baidu", "=Baidu")
    if shape == "double":
        return url + "&" + url.split("?", 1)[1].split("&", 1)[0]
    return url.replace("?", "#/home?")


def _order_ids(cohort: Cohort, at: int) -> np.ndarray:
    """order_id (0 = none) of a few touches whose order the shop could tell afterwards: the last before an order."""
    touch = cohort.touches
    ids = np.zeros(touch.rows, np.int64)
    last = last_touch(cohort.prospects, touch)[cohort.orders.prospect_i]
    known = (last != NONE) & (cohort.orders.ordered_at <= at)
    known &= touch.variety[last] > 0.95 if touch.rows else False
    ids[last[known]] = cohort.orders.order_id[known]
    return ids
