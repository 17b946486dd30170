"""快递100 real-time query: form of customer, param and sign; one waybill an ask, not twice within half an hour."""

import hashlib
import hmac
import json
import time
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from simulator.api.oauth import derived
from simulator.api.platform import Call, Pages, Platform, Refusal, Route
from simulator.api.platforms.exported import Item, documents
from simulator.world import World

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

PATH = "/poll/query.do"
AGAIN_SECONDS = 30 * 60
NEED_PHONE = frozenset({"shunfeng", "shunfengkuaiyun", "zhongtong"})
SENDER_PHONE_TAIL = "8821"
# What a code means is in no public source that was found, save that 503 is about the sign and 601 about the quota; nor is what a
# number is answered with that is asked too soon.
BAD_REQUEST, BAD_PHONE, NOTHING_YET, BUSY, BAD_SIGN = "400", "408", "500", "502", "503"


def credentials(seed: int) -> dict[str, str]:
    """The account of the simulated company, and the last digits of the phone that its parcels are sent with."""
    return {
        "customer": derived(seed, "kuaidi100 customer")[:32].upper(),
        "key": derived(seed, "kuaidi100 key")[:12],
        "phone_tail": SENDER_PHONE_TAIL,
    }


class Recent:
    """The numbers that were asked within the last half hour, by the real clock."""

    def __init__(self, seconds: float = AGAIN_SECONDS) -> None:
        self.seconds = seconds
        self._asked: dict[str, float] = {}
        self._lock = Lock()

    def allows(self, number: str) -> bool:
        """Whether the number may be asked now; notes that it was."""
        with self._lock:
            now = time.monotonic()
            if now - self._asked.get(number, -self.seconds) < self.seconds:
                return False
            self._asked[number] = now
            return True


def refuse(code: str, message: str) -> Item:
    """An answer without a track; HTTP 200 all the same."""
    return {"result": False, "returnCode": code, "message": message}


def check(call: Call) -> None:
    """customer and sign (upper-case MD5 of param, key and customer) have to be good."""
    account = credentials(call.world.seed)
    text = call.form.get("param", "") + account["key"] + account["customer"]
    due = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
    good = hmac.compare_digest(due.encode(), call.form.get("sign", "").encode())
    call.require("token", "验证签名失败", good and call.form.get("customer") == account["customer"])


def answer(call: Call) -> Item:
    """The track of one parcel as known at 02:00 after the server's day."""
    param = _param(call.form["param"])
    carrier, number = str(param.get("com", "")), str(param.get("num", ""))
    if not carrier or not number:
        raise Refusal(BAD_REQUEST, "找不到对应公司")
    if carrier in NEED_PHONE and str(param.get("phone", ""))[-4:] != SENDER_PHONE_TAIL:
        raise Refusal(BAD_PHONE, "收、寄件人电话号码错误")
    if not _recent(call.server).allows(number):
        raise Refusal(NOTHING_YET, "同一运单号查询过于频繁")
    track = _tracks(call.world, call.as_of).get((carrier, number))
    if track is None:
        raise Refusal(NOTHING_YET, "查询无结果，请隔段时间再查")
    return track | {"data": track["data"][::-1]} if param.get("order") == "asc" else track


def _recent(server: "ApiServer") -> Recent:
    """The half hour of this server, which lives as long as it."""
    return _RECENT.setdefault(server, Recent())


def _param(text: str) -> Item:
    try:
        param = json.loads(text)
    except ValueError:
        param = None
    if not isinstance(param, dict):
        raise Refusal(BAD_REQUEST, "提交的数据不完整")
    return param


@lru_cache(maxsize=4)
def _tracks(world: World, as_of: date) -> dict[tuple[str, str], Item]:
    """The newest answer for every parcel that has left by then."""
    found: dict[tuple[str, str], Item] = {}
    for track in documents(world, "kuaidi100.tracks", world.first_day, as_of):
        found[track["com"], track["nu"]] = track
    return found


_RECENT: WeakKeyDictionary["ApiServer", Recent] = WeakKeyDictionary()
PAGES = Pages("data", lambda call: False)
PLATFORM = Platform(
    "kuaidi100",
    {"parameter": BAD_REQUEST, "busy": BUSY, "throttled": BUSY, "token": BAD_SIGN},
    refuse,
    check,
    lambda server: credentials(server.world.seed),
    (Route("POST", PATH, answer, PAGES),),
)
