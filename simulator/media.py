"""Channels with their planted effects, live rooms (直播间), ad accounts, plans (计划) and creatives (创意)."""

from dataclasses import dataclass

import numpy as np

from simulator.people import OPEN_ID, PHONE, UNIONID, VISITOR_ID

IMPRESSION, CLICK, ROOM_ENTER, PRODUCT_CLICK, ADD_TO_CART, FORM = range(6)
EVENTS = ("impression", "click", "room_enter", "product_click", "add_to_cart", "form")


@dataclass(frozen=True)
class Channel:
    """One way to reach a buyer. `effect` is the truth: what an exposure adds to the chance to order."""

    name: str
    reach: float
    effect: float
    identity: int
    delay_hours: float
    events: tuple[tuple[int, float], ...]
    labels: tuple[str, str, str, str, str]  # 流量来源, 流量类型, 流量体裁, 流量渠道, 广告渠道
    utm: tuple[str, str, str] | None = None  # source, medium, campaign
    live: bool = False
    paid: bool = False


_LIVE = ("小店自卖", "-", "直播")
_WEB = ("小店自卖", "-", "其他", "其他", "-")
CHANNELS = (
    Channel(
        "qianchuan_live",
        0.34,
        0.16,
        OPEN_ID,
        9,
        ((IMPRESSION, 0.3), (CLICK, 0.4), (ROOM_ENTER, 0.3)),
        ("鲁班广告", "付费流量", "直播", "千川广告", "巨量千川"),
        live=True,
        paid=True,
    ),
    Channel(
        "qianchuan_video",
        0.22,
        0.07,
        OPEN_ID,
        30,
        ((IMPRESSION, 0.4), (CLICK, 0.4), (PRODUCT_CLICK, 0.2)),
        ("鲁班广告", "付费流量", "短视频", "千川广告", "巨量千川"),
        paid=True,
    ),
    Channel(
        "live_recommend",
        0.38,
        0.12,
        OPEN_ID,
        6,
        ((ROOM_ENTER, 0.6), (PRODUCT_CLICK, 0.4)),
        (*_LIVE, "直播推荐", "-"),
        live=True,
    ),
    Channel(
        "short_video",
        0.2,
        0.05,
        OPEN_ID,
        24,
        ((CLICK, 0.5), (PRODUCT_CLICK, 0.5)),
        ("精选联盟", "自然流量", "短视频", "推荐feed", "-"),
    ),
    Channel("wecom", 0.12, 0.2, UNIONID, 20, ((CLICK, 0.8), (FORM, 0.2)), _WEB, ("wecom", "private", "老客福利日")),
    Channel("sms", 0.1, 0.0, PHONE, 18, ((CLICK, 1.0),), _WEB, ("sms", "sms", "recall_202609")),
    Channel(
        "baidu", 0.12, 0.03, VISITOR_ID, 40, ((CLICK, 0.7), (PRODUCT_CLICK, 0.3)), _WEB, ("baidu", "cpc", "品牌词")
    ),
    Channel(
        "xiaohongshu",
        0.14,
        0.09,
        VISITOR_ID,
        60,
        ((CLICK, 0.6), (PRODUCT_CLICK, 0.4)),
        _WEB,
        ("小红书", "kol", "秋季种草"),
    ),
    Channel("direct", 0.16, 0.0, VISITOR_ID, 4, ((CLICK, 0.5), (ADD_TO_CART, 0.5)), _WEB),
    Channel("undeclared", 0.04, 0.05, VISITOR_ID, 30, ((CLICK, 1.0),), _WEB, ("kol_zhang_2026", "kol", "试单")),
)
BASE_CHANCE = 0.2
LOOK_BACK_DAYS = 7
"""No exposure is older than this at the moment of decision."""
MEAN_CHANCE = BASE_CHANCE + sum(channel.reach * channel.effect for channel in CHANNELS)
NO_TOUCH_LABELS = ("小店自卖", "自然流量", "商品卡", "搜索", "-")
"""What the platform itself says of an order that no channel touched."""

ADVERTISERS = (1_735_912_204_456_973, 1_741_206_633_119_501)
CREATIVES_PER_AD = 3
# name, advertiser, channel, weight in the channel, click price in fen, click rate
PLANS = (
    ("直播间-晚场爆款-放量", 0, 0, 0.35, 190, 0.031),
    ("直播间-早场福利-控成本", 0, 0, 0.2, 150, 0.036),
    ("直播间-女装专场", 1, 0, 0.3, 220, 0.028),
    ("直播间-美妆新品", 1, 0, 0.15, 260, 0.024),
    ("短视频-坚果礼盒", 0, 1, 0.4, 140, 0.02),
    ("短视频-防晒开衫", 1, 1, 0.3, 180, 0.018),
    ("短视频-蓝牙耳机", 1, 1, 0.2, 240, 0.015),
    ("短视频-测试计划", 0, 1, 0.1, 310, 0.011),
)
AD_IDS = np.array([1_790_000_000_000_000 + i * 11_113_337 + 7 for i in range(len(PLANS))], np.int64)
AD_ADVERTISER = np.array([plan[1] for plan in PLANS])
AD_CHANNEL = np.array([plan[2] for plan in PLANS])


def creative_id(ad: np.ndarray, nth: np.ndarray) -> np.ndarray:
    """The 16-digit creative id (cid) of the nth creative of a plan."""
    return 1_810_000_000_000_000 + np.asarray(ad) * 1_000_003 + np.asarray(nth) * 101 + 13


_ROOM, _ROOM_DAY, _ROOM_SLOT = 7_300_000_000_000_000_017, 1_000_000_007, 500_009


def room_id(day_number: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """The 19-digit live room id (直播间ID) of a day's session in one slot of the timetable."""
    return _ROOM + np.asarray(day_number) * _ROOM_DAY + np.asarray(slot) * _ROOM_SLOT


def room_slot(room: np.ndarray) -> np.ndarray:
    """The slot of the timetable that a room id was given to."""
    return (np.asarray(room) - _ROOM) % _ROOM_DAY // _ROOM_SLOT
