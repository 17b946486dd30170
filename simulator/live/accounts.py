"""The accounts that go live, their slots (场次) in the week, and the hosts (主播)."""

from dataclasses import dataclass

from simulator.days import HOUR

PLATFORMS = ("douyin", "kuaishou", "weixin")
DOUYIN, KUAISHOU, WEIXIN = range(3)


@dataclass(frozen=True)
class Account:
    """An account that goes live. `creator` points into names.CREATORS; `viewers` scales its natural traffic."""

    platform: int
    account_id: str
    name: str
    creator: int
    viewers: float


ACCOUNTS = (
    Account(DOUYIN, "shanyeji_gf", "山野集官方直播间", 1, 1.0),
    Account(DOUYIN, "xiaoman_haowu", "小满的好物间", 2, 0.6),
    Account(KUAISHOU, "shanyeji_ks", "山野集快手小店", 1, 0.2),
    Account(WEIXIN, "sph_shanyeji", "山野集视频号", 1, 0.2),
)


@dataclass(frozen=True)
class Slot:
    """One standing place in the timetable: times in seconds of the day; an end above 24 h is past midnight."""

    account: int
    name: str
    starts: int
    ends: int
    end_spread: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


# The sessions of one account never overlap; those of two accounts may. The evening (晚场) often runs past midnight.
SLOTS = (
    Slot(0, "早场", 7 * HOUR + 1800, 11 * HOUR + 1800, 1500),
    Slot(0, "晚场", 18 * HOUR + 2400, 23 * HOUR + 3000, 3600),
    Slot(1, "午后场", 12 * HOUR + 3000, 17 * HOUR + 1800, 1800),
    Slot(1, "周末夜场", 20 * HOUR, 22 * HOUR + 1800, 900, (4, 5)),
    Slot(2, "晚场", 19 * HOUR, 22 * HOUR + 2400, 1500),
    Slot(3, "午场", 10 * HOUR, 12 * HOUR + 1200, 900),
    Slot(3, "晚场", 20 * HOUR, 22 * HOUR, 1200),
)

HOSTS = (
    ("H01", "小满"),
    ("H02", "阿泽"),
    ("H03", "青禾"),
    ("H04", "大山"),
    ("H05", "朵朵"),
    ("H06", "老K"),
)
"""host_id and on-air name (艺名)."""
