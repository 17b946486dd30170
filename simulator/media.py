"""Channels with their planted effects, the shops they lead to, and the ids of live rooms (直播间)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.frame import NONE
from simulator.people import OPEN_ID, PHONE, UNIONID, VISITOR_ID

SHOPS = ("douyin", "kuaishou", "weixin", "taobao")
DOUYIN, KUAISHOU, WEIXIN, TAOBAO = range(4)
SHOP_SHARES = (0.86, 0.06, 0.05, 0.03)
"""The shop (店铺) where a person buys; one person always buys in the same one."""

IMPRESSION, CLICK, ROOM_ENTER, PRODUCT_CLICK, ADD_TO_CART, FORM = range(6)
EVENTS = ("impression", "click", "room_enter", "product_click", "add_to_cart", "form")


@dataclass(frozen=True)
class Channel:
    """One way to reach a buyer. `effect` is the truth: what an exposure adds to the chance to order.

    `reach` is the share of prospects it reaches, `hot` times that among those who are about to buy anyway: a channel
    with a high `hot` and a short delay claims and closes many orders that it did not cause. `shop` is the only shop
    whose prospects it reaches (None = any).
    """

    name: str
    reach: float
    effect: float
    identity: int
    delay_hours: float
    events: tuple[tuple[int, float], ...]
    labels: tuple[str, str, str, str, str]  # 流量来源, 流量类型, 流量体裁, 流量渠道, 广告渠道
    utm: tuple[str, str, str] | None = None  # source, medium, campaign
    live: bool = False
    ad_platform: str = ""
    shop: int | None = None
    hot: float = 1.0

    @property
    def paid(self) -> bool:
        """Whether an ad platform charges for it."""
        return bool(self.ad_platform)


_LIVE = ("小店自卖", "-", "直播")
_WEB = ("小店自卖", "-", "其他", "其他", "-")
_ELSEWHERE = ("-", "-", "-", "-", "-")  # the labels are 抖店's own; the other shops' orders have none
_ROOM_EVENTS = ((IMPRESSION, 0.3), (CLICK, 0.4), (ROOM_ENTER, 0.3))
_FEED_EVENTS = ((IMPRESSION, 0.4), (CLICK, 0.4), (PRODUCT_CLICK, 0.2))
_NATURAL_EVENTS = ((ROOM_ENTER, 0.6), (PRODUCT_CLICK, 0.4))
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
        ad_platform="qianchuan",
        shop=DOUYIN,
    ),
    Channel(
        "qianchuan_video",
        0.22,
        0.07,
        OPEN_ID,
        30,
        ((IMPRESSION, 0.4), (CLICK, 0.4), (PRODUCT_CLICK, 0.2)),
        ("鲁班广告", "付费流量", "短视频", "千川广告", "巨量千川"),
        ad_platform="qianchuan",
        shop=DOUYIN,
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
        shop=DOUYIN,
    ),
    Channel(
        "short_video",
        0.2,
        0.05,
        OPEN_ID,
        24,
        ((CLICK, 0.5), (PRODUCT_CLICK, 0.5)),
        ("精选联盟", "自然流量", "短视频", "推荐feed", "-"),
        shop=DOUYIN,
    ),
    Channel("wecom", 0.12, 0.2, UNIONID, 20, ((CLICK, 0.8), (FORM, 0.2)), _WEB, ("wecom", "private", "老客福利日")),
    Channel("sms", 0.1, 0.0, PHONE, 18, ((CLICK, 1.0),), _WEB, ("sms", "sms", "recall_202609")),
    # Brand search (品牌词搜索): who looks for the brand has mostly decided already.
    Channel(
        "baidu",
        0.07,
        0.005,
        VISITOR_ID,
        1.5,
        ((CLICK, 0.7), (PRODUCT_CLICK, 0.3)),
        _WEB,
        ("baidu", "cpc", "品牌词"),
        hot=6.0,
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
    # Retargeting (再营销): shown to those who have something in the cart, and claimed as theirs.
    Channel(
        "qianchuan_retarget",
        0.06,
        0.01,
        OPEN_ID,
        2,
        ((IMPRESSION, 0.5), (CLICK, 0.3), (PRODUCT_CLICK, 0.2)),
        ("鲁班广告", "付费流量", "短视频", "千川广告", "巨量千川"),
        ad_platform="qianchuan",
        shop=DOUYIN,
        hot=8.0,
    ),
    Channel(
        "tencent_live", 0.3, 0.13, UNIONID, 8, _ROOM_EVENTS, _ELSEWHERE, live=True, ad_platform="tencent", shop=WEIXIN
    ),
    Channel("tencent_feed", 0.25, 0.06, UNIONID, 30, _FEED_EVENTS, _ELSEWHERE, ad_platform="tencent", shop=WEIXIN),
    Channel("weixin_recommend", 0.35, 0.1, UNIONID, 6, _NATURAL_EVENTS, _ELSEWHERE, live=True, shop=WEIXIN),
    Channel(
        "kuaishou_live",
        0.32,
        0.14,
        VISITOR_ID,
        8,
        _ROOM_EVENTS,
        _ELSEWHERE,
        live=True,
        ad_platform="kuaishou",
        shop=KUAISHOU,
    ),
    Channel("kuaishou_recommend", 0.38, 0.1, VISITOR_ID, 6, _NATURAL_EVENTS, _ELSEWHERE, live=True, shop=KUAISHOU),
)
COLD_CHANCE, HOT_CHANCE, HOT_SHARE = 0.16, 0.46, 0.13
"""The chance to order without any touch: of most prospects, and of those who are about to buy anyway."""
LOOK_BACK_DAYS = 7
"""No exposure is older than this at the moment of decision."""


def reach_table() -> np.ndarray:
    """The share of prospects that each channel reaches: shop x (cold, hot) x channel."""
    reach = np.array([[c.reach, min(0.95, c.reach * c.hot)] for c in CHANNELS]).T
    open_to = np.array([[c.shop in (None, shop) for c in CHANNELS] for shop in range(len(SHOPS))])
    return open_to[:, None, :] * reach[None, :, :]


def mean_chance() -> float:
    """The share of prospects that order, effects and all."""
    lift = reach_table() @ np.array([c.effect for c in CHANNELS])
    cold, hot = (np.array(SHOP_SHARES) @ lift).tolist()
    return (1 - HOT_SHARE) * (COLD_CHANCE + cold) + HOT_SHARE * (HOT_CHANCE + hot)


NO_TOUCH_LABELS = ("小店自卖", "自然流量", "商品卡", "搜索", "-")
"""What the platform itself says of an order that no channel touched."""

AD_PLATFORMS = ("qianchuan", "tencent", "kuaishou")
ADVERTISERS = (1_735_912_204_456_973, 1_741_206_633_119_501)
TENCENT_ACCOUNTS = (31_870_452,)
KUAISHOU_ADVERTISERS = (12_408_867,)
CREATIVES_PER_AD = 3


class Plan(NamedTuple):
    """An ad plan (计划, 广告组): `account` counts within its platform's accounts, `channel` within CHANNELS.

    `weight` is its share of the channel's touches, `room` the account (live.ACCOUNTS) whose rooms it leads to, if any.
    """

    name: str
    account: int
    channel: int
    weight: float
    click_fen: int
    click_rate: float
    room: int = NONE


def channel_number(name: str) -> int:
    """The place of a channel in CHANNELS."""
    return next(i for i, channel in enumerate(CHANNELS) if channel.name == name)


PLANS = (
    Plan("直播间-晚场爆款-放量", 0, 0, 0.35, 190, 0.031, 0),
    Plan("直播间-早场福利-控成本", 0, 0, 0.2, 150, 0.036, 0),
    Plan("直播间-女装专场", 1, 0, 0.3, 220, 0.028, 1),
    Plan("直播间-美妆新品", 1, 0, 0.15, 260, 0.024, 1),
    Plan("短视频-坚果礼盒", 0, 1, 0.4, 140, 0.02),
    Plan("短视频-防晒开衫", 1, 1, 0.3, 180, 0.018),
    Plan("短视频-蓝牙耳机", 1, 1, 0.2, 240, 0.015),
    Plan("短视频-测试计划", 0, 1, 0.1, 310, 0.011),
    Plan("再营销-加购未买", 0, channel_number("qianchuan_retarget"), 1.0, 120, 0.045),
    Plan("视频号直播间-晚场", 0, channel_number("tencent_live"), 1.0, 170, 0.026, 3),
    Plan("视频号短视频-商品详情", 0, channel_number("tencent_feed"), 0.7, 130, 0.019),
    Plan("朋友圈-加企微福利群", 0, channel_number("tencent_feed"), 0.3, 210, 0.013),
    Plan("快手直播间-晚场", 0, channel_number("kuaishou_live"), 1.0, 140, 0.034, 2),
)
"""千川's plans first; an ad is told by its place in this tuple."""
AD_PLATFORM = np.array([AD_PLATFORMS.index(CHANNELS[plan.channel].ad_platform) for plan in PLANS])
_FIRST_ID, _ID_STEP = np.array([(1_790_000_000_000_007, 11_113_337), (23_841_907_301, 7_919), (904_417_311, 3_571)]).T
AD_IDS = (_FIRST_ID[AD_PLATFORM] + np.arange(len(PLANS)) * _ID_STEP[AD_PLATFORM]).astype(np.int64)
AD_ADVERTISER = np.array([plan.account for plan in PLANS])
AD_CHANNEL = np.array([plan.channel for plan in PLANS])
AD_ROOM = np.array([plan.room for plan in PLANS])


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
