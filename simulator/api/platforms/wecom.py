"""企业微信 客户联系: a token of two hours for corpid and secret; groups by cursor, figures by offset, by day and by person."""

import hmac
import json
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from simulator.api.platform import Call, Pages, Platform, Refusal, Route
from simulator.company import groups
from simulator.days import BEIJING_OFFSET, day_of
from simulator.exports.wecom import group_answers, stat_time
from simulator.world import World

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

GRANT = "/cgi-bin/gettoken"
CONTACT = "/cgi-bin/externalcontact/"
BAD_SECRET, NO_TOKEN, BAD_TOKEN, EXPIRED = 40001, 41001, 40014, 42001
BAD_PARAMETER, NO_GROUP, TOO_FAST, BUSY = 40058, 40050, 45009, -1
TOKEN_SECONDS = 7200
MOST_AT_ONCE = 1000
WIDEST_DAYS, OLDEST_DAYS = 30, 180  # [U]
_FIGURES = ("chat_cnt", "message_cnt", "negative_feedback_cnt", "new_apply_cnt", "new_contact_cnt")


def refuse(code: int, message: str) -> dict[str, Any]:
    """An answer with an error; HTTP 200 all the same."""
    return {"errcode": code, "errmsg": "api freq out of limit" if code == TOO_FAST else message}


def good(**content: Any) -> dict[str, Any]:
    """A good answer."""
    return {"errcode": 0, "errmsg": "ok", **content}


def credentials(server: "ApiServer") -> dict[str, str]:
    """The company's id and the app's secret."""
    app = server.tokens("wecom")
    return {"corpid": f"ww{app.app_id}", "secret": app.secret}


def check(call: Call) -> None:
    """The token stands in the query."""
    token = call.params.get("access_token")
    if not token:
        raise Refusal(NO_TOKEN, "access_token missing")
    call.require("token", "access_token expired", call.tokens.accepts(token))


def grant(call: Call) -> dict[str, Any]:
    """gettoken: the token that is alive, or a new one after it has expired."""
    given = credentials(call.server)
    same = hmac.compare_digest(call.params.get("corpsecret", "").encode(), given["secret"].encode())
    if not same or call.params.get("corpid") != given["corpid"]:
        raise Refusal(BAD_SECRET, "invalid credential")
    alive = call.tokens.accepts(call.tokens.access_token())
    token = call.tokens.access_token() if alive else call.tokens.grant()["access_token"]
    return good(access_token=token, expires_in=TOKEN_SECONDS)


def staff(call: Call) -> dict[str, Any]:
    """get_follow_user_list."""
    return good(follow_user=list(groups.OWNERS))


def chats(call: Call) -> dict[str, Any]:
    """groupchat/list: the groups of some owners or of all; the cursor says where the next page begins."""
    asked = _body(call)
    cursor, owners = str(asked.get("cursor") or "0"), _owners(asked)
    if not cursor.isdigit():
        raise Refusal(BAD_PARAMETER, "invalid cursor")
    begin, size = int(cursor), _limit(asked)
    listed = [
        {"chat_id": chat["chat_id"], "status": 0}
        for chat in _chats(call.world, call.now).values()
        if not owners or chat["owner"] in owners
    ]
    following = str(begin + size) if begin + size < len(listed) else ""
    return good(group_chat_list=listed[begin : begin + size], next_cursor=following)


def chat(call: Call) -> dict[str, Any]:
    """groupchat/get: one group with its members of now; their names with need_name 1."""
    asked = _body(call)
    found = _chats(call.world, call.now).get(str(asked.get("chat_id")))
    if found is None:
        raise Refusal(NO_GROUP, "chatid is invalid")
    if asked.get("need_name") != 1:
        unnamed = [{k: v for k, v in member.items() if k != "name"} for member in found["member_list"]]
        found = found | {"member_list": unnamed}
    return good(group_chat=found)


def by_owner(call: Call) -> dict[str, Any]:
    """groupchat/statistic: figures of first..last by owner; stocks are those of the last day."""
    asked = _body(call)
    days, owners = _days(call, asked, "day_begin_time", "day_end_time"), _owners(asked)
    shares = {owner: [_of_owner(call.world, day, owner) for day in days] for owner in groups.OWNERS}
    items = [{"owner": owner, "data": _added(told)} for owner, told in shares.items() if not owners or owner in owners]
    begin, size = int(asked.get("offset") or 0), _limit(asked)
    return good(total=len(items), next_offset=min(begin + size, len(items)), items=items[begin : begin + size])


def by_day(call: Call) -> dict[str, Any]:
    """groupchat/statistic_group_by_day."""
    asked = _body(call)
    days, owners = _days(call, asked, "day_begin_time", "day_end_time"), _owners(asked) or groups.OWNERS
    told = {day: [_of_owner(call.world, day, owner) for owner in owners] for day in days}
    return good(
        items=[{"stat_time": stat_time(day), "data": _added(parts, stocks=True)} for day, parts in told.items()]
    )


def behaviour(call: Call) -> dict[str, Any]:
    """get_user_behavior_data: figures of some people together, by day."""
    asked = _body(call)
    people = [p for p in asked.get("userid") or [] if p in groups.OWNERS]
    if not people:
        raise Refusal(BAD_PARAMETER, "userid is required")
    rows = []
    for day in _days(call, asked, "start_time", "end_time"):
        whole, parts = groups.contacts(call.world, day), [groups.OWNERS.index(p) for p in people]
        counts = {k: sum(_cut(int(whole[k]), part, part + 1, len(groups.OWNERS)) for part in parts) for k in _FIGURES}
        rates = {k: v for k, v in whole.items() if k not in _FIGURES}
        rows.append({"stat_time": stat_time(day), **counts, **rates})
    return good(behavior_data=rows)


@lru_cache(maxsize=4)
def _chats(world: World, now: int) -> dict[str, dict[str, Any]]:
    """Every group with its members of now, by chat_id."""
    answers = [json.loads(text)["group_chat"] for text in group_answers(world, now)]
    return {answer["chat_id"]: answer for answer in answers}


def _body(call: Call) -> dict[str, Any]:
    if not isinstance(call.json, dict):
        raise Refusal(BAD_PARAMETER, "data format error")
    return call.json


def _limit(asked: dict[str, Any]) -> int:
    limit = asked.get("limit", 0)
    if not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise Refusal(BAD_PARAMETER, "limit must be 1 to 1000")
    return min(limit, MOST_AT_ONCE)


def _owners(asked: dict[str, Any]) -> list[str]:
    owners = (asked.get("owner_filter") or {}).get("userid_list") or []
    if len(owners) > 100:
        raise Refusal(BAD_PARAMETER, "userid_list holds more than 100")
    return owners


def _days(call: Call, asked: dict[str, Any], first: str, last: str) -> list[date]:
    """The days asked for that are over; at most 30, none older than 180 days."""
    try:
        begin = day_of(int(asked[first]) + BEIJING_OFFSET)
        end = day_of(int(asked.get(last) or asked[first]) + BEIJING_OFFSET)
    except (KeyError, ValueError, TypeError):
        raise Refusal(BAD_PARAMETER, f"{first} is required") from None
    if end < begin or (end - begin).days >= WIDEST_DAYS or (call.as_of - begin).days > OLDEST_DAYS:
        raise Refusal(BAD_PARAMETER, f"{first}..{last} must be 1 to {WIDEST_DAYS} days of the last {OLDEST_DAYS}")
    known = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    return [day for day in known if max(begin, call.world.first_day) <= day <= call.as_of]


def _of_owner(world: World, day: date, owner: str) -> dict[str, int]:
    """One owner's part of the day's figures, by the number of groups: the parts add up to the whole."""
    counts = [int((groups.groups(world).owner == n).sum()) for n in range(len(groups.OWNERS))]
    place = groups.OWNERS.index(owner)
    low, high = sum(counts[:place]), sum(counts[: place + 1])
    return {name: _cut(value, low, high, sum(counts)) for name, value in groups.daily(world, day).items()}


def _cut(value: int, low: int, high: int, whole: int) -> int:
    """The part low..high of `whole` of a value, so that neighbouring parts add up."""
    return value * high // whole - value * low // whole


def _added(told: list[dict[str, int]], stocks: bool = False) -> dict[str, int]:
    """Figures added up; over days (not stocks) the totals are those of the last."""
    if not told:
        return dict.fromkeys(("new_chat_cnt", "chat_total", "chat_has_msg", "new_member_cnt", "member_total", "member_has_msg", "msg_total", "migrate_trainee_chat_cnt"), 0)  # fmt: skip
    kept = () if stocks else ("chat_total", "member_total")
    return {name: told[-1][name] if name in kept else sum(part[name] for part in told) for name in told[0]}


def _later(call: Call) -> bool:
    asked = call.json if isinstance(call.json, dict) else {}
    return bool(asked.get("cursor") or asked.get("offset"))


PLATFORM = Platform(
    "wecom",
    {"parameter": BAD_PARAMETER, "busy": BUSY, "throttled": TOO_FAST, "token": EXPIRED},
    refuse,
    check,
    credentials,
    (
        Route("GET", GRANT, grant, open=True, limited=False),
        Route("GET", f"{CONTACT}get_follow_user_list", staff),
        Route(
            "POST",
            f"{CONTACT}groupchat/list",
            chats,
            Pages("group_chat_list", _later, cursor=("next_cursor", "cursor")),
        ),
        Route("POST", f"{CONTACT}groupchat/get", chat, Pages("group_chat.member_list", lambda call: False)),
        Route("POST", f"{CONTACT}groupchat/statistic", by_owner, Pages("items", _later, total="total")),
        Route("POST", f"{CONTACT}groupchat/statistic_group_by_day", by_day, Pages("items", lambda call: False)),
        Route("POST", f"{CONTACT}get_user_behavior_data", behaviour, Pages("behavior_data", lambda call: False)),
    ),
)
