"""企业微信: the members of every customer group (客户群) as they are now, and the daily figures of groups and staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ingest.clock import BEIJING
from ingest.connectors.auth import Token, in_query
from ingest.connectors.collect import Window, collect
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import drop, each
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.limits import PerSecond
from ingest.connectors.paging import ByCursor, ByOffset, OnePage, Paging
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.connectors.windows import day_spans
from ingest.errors import FetchFailed, Unreachable
from ingest.registry import LookBack, Source

HOST = "https://qyapi.weixin.qq.com"
GRANT = "/cgi-bin/gettoken"
CONTACT = "/cgi-bin/externalcontact/"
FIELDS = ("corpid", "secret")
_LONGEST_SPAN = 30  # days in one request [U]
_PER_SECOND = 8.0  # calls
_OWNERS_AT_ONCE = 100
ENVELOPE = Envelope(
    ("errcode",),
    ("errmsg",),
    good=frozenset({"0"}),
    passing=frozenset({"-1"}),
    passing_words={"freq out of limit": 60.0},  # 45009: too many calls in a minute
    token=frozenset({"40014", "41001", "42001"}),
    hints={
        "40001": "check corpid and secret in the credentials",
        "48002": "allow this app to call 客户联系 (管理后台 > 客户联系 > API)",
        "60011": "allow this app to see the staff it is asked for",
        "60020": "put this machine's address on the app's list of trusted addresses (企业可信IP)",
        "81017": "more than 1,000 group owners are in sight: list up to 100 of them at a time as `owners` in the credentials",
    },
)


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the groups of now and the figures of each dataset's look-back into the inbox; nothing without credentials."""
    given = read_credentials(home, "wecom", FIELDS, HOST)
    if given:
        yield from Wecom(home, given).fetch(source, business_day, since)


class Wecom:
    """A client of one app of one company (企业). rate: requests a second."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = _PER_SECOND) -> None:
        self.home, self.given = home, given
        limiter = PerSecond(rate)
        self.plain = JsonApi(given["url"], ENVELOPE, limiter=limiter)
        self.tokens = TokenStore(home, "wecom", None, self._token)
        self.api = JsonApi(given["url"], ENVELOPE, auth=Token(self.tokens, in_query("access_token")), limiter=limiter)

    def _token(self, _: str | None) -> dict[str, Any]:
        params = {"corpid": self.given["corpid"], "corpsecret": self.given["secret"]}
        return token_pair(lambda: self.plain.ask(Request("GET", GRANT, params=params)).body, GRANT, refreshable=False)

    def fetch(self, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
        """Drop what is due on a business day; an interface that fails does not keep the others."""
        parts = [("groups", self.group_members)] if "group_members" in source.datasets else []
        if "daily_stats" in source.datasets:
            first = since or business_day - dt.timedelta(days=source.look_back.get("daily_stats", LookBack()).daily - 1)
            for name, part in (
                ("groups by day", self.by_day),
                ("groups by owner", self.by_owner),
                ("staff", self.by_staff),
            ):
                parts.append((name, partial(part, first, business_day)))
        yield from each(*parts)

    def group_members(self) -> Iterator[Path]:
        """One file with the members of every group, whole or not at all: who is missing from it has left."""
        chats, at = self._chats()
        answers: list[dict[str, Any]] = []
        failed: dict[str, FetchFailed] = {}
        for chat in chats:
            try:
                answer = self.api.ask(
                    Request("POST", f"{CONTACT}groupchat/get", json={"chat_id": chat, "need_name": 0})
                )
            except Unreachable:
                raise
            except FetchFailed as failure:
                failed[chat] = failure
                continue
            if not isinstance(answer.body.get("group_chat", {}).get("member_list"), list):
                raise FetchFailed(
                    f"{CONTACT}groupchat/get: the answer for a group holds no member_list. Next: check the fields"
                )
            answers.append(answer.body)
        if failed:  # a group that was dissolved in between is in no list any more
            still = self._chats()[0]
            for chat, failure in failed.items():
                if chat in still:
                    raise failure
        yield drop(self.home, "wecom", "group_members", "wecom_groups", answers, at)

    def _chats(self) -> tuple[list[str], dt.datetime]:
        """The ids of all groups in sight, and when they were listed."""
        paging = ByCursor(("group_chat_list",), per_page=1000)
        windows = [
            self._collect(f"{CONTACT}groupchat/list", {"status_filter": 0} | owners, paging, lambda row: row["chat_id"])
            for owners in self._owner_filters()
        ]
        ids = [row["chat_id"] for window in windows for page in window.answers for row in page["group_chat_list"]]
        return list(dict.fromkeys(ids)), windows[0].at

    def _owner_filters(self) -> list[dict[str, Any]]:
        """One question for all owners in sight, or one for each hundred of those that the credentials list (`owners`)."""
        owners = self.given.get("owners") or []
        chunks = [owners[n : n + _OWNERS_AT_ONCE] for n in range(0, len(owners), _OWNERS_AT_ONCE)]
        return [{"owner_filter": {"userid_list": chunk}} for chunk in chunks] or [{}]

    def by_day(self, first: dt.date, last: dt.date) -> Iterator[Path]:
        """Figures of all groups together, a row a day (statistic_group_by_day)."""
        path, filters = f"{CONTACT}groupchat/statistic_group_by_day", self._owner_filters()
        if len(filters) > 1:
            return  # figures of a part of the owners would look like those of all; groups by owner add up to them
        windows = [
            self._collect(path, filters[0] | _span(start, end), OnePage(("items",)), lambda row: row["stat_time"])
            for start, end in day_spans(first, last, _LONGEST_SPAN)
        ]
        yield self._dropped("wecom_days", first, last, windows)

    def by_owner(self, first: dt.date, last: dt.date) -> Iterator[Path]:
        """Figures by group owner, a row an owner and day (statistic). It adds up the days it is asked for: each is asked alone."""
        paging = ByOffset(("items",), ("total",), following=("next_offset",), per_page=1000)
        windows = []
        for day, _ in day_spans(first, last, 1):
            for owners in self._owner_filters():
                asked = _span(day, day) | owners | {"order_by": 1, "order_asc": 1}
                window = self._collect(f"{CONTACT}groupchat/statistic", asked, paging, lambda row: row["owner"])
                windows.append(_marked(window, "items", stat_time=_midnight(day)))
        yield self._dropped("wecom_owners", first, last, windows)

    def by_staff(self, first: dt.date, last: dt.date) -> Iterator[Path]:
        """Figures of contacts by member of staff, a row a person and day (get_user_behavior_data); each person is asked alone."""
        paging = OnePage(("behavior_data",))
        windows = []
        for person in self._staff():
            for start, end in day_spans(first, last, _LONGEST_SPAN):
                days = {"start_time": _midnight(start), "end_time": _midnight(end)}
                asked = {"userid": [person]} | days
                window = self._collect(f"{CONTACT}get_user_behavior_data", asked, paging, lambda row: row["stat_time"])
                windows.append(_marked(window, "behavior_data", userid=person))
        if windows:
            yield self._dropped("wecom_staff", first, last, windows)

    def _staff(self) -> list[str]:
        """Who may contact customers (配置了客户联系功能的成员)."""
        body = self.api.ask(Request("GET", f"{CONTACT}get_follow_user_list")).body
        if not isinstance(body.get("follow_user"), list):
            raise FetchFailed(f"{CONTACT}get_follow_user_list: the answer holds no follow_user. Next: check the fields")
        return body["follow_user"]

    def _collect(self, path: str, asked: dict[str, Any], paging: Paging, key: Any) -> Window:
        return collect(
            self.api, lambda page, _: Request("POST", path, json=asked | page), paging, key,
            what=f"{path} {_days_of(asked)}".strip(),
        )  # fmt: skip

    def _dropped(self, name: str, first: dt.date, last: dt.date, windows: list[Window]) -> Path:
        answers = [page for window in windows for page in window.answers]
        at = min(window.at for window in windows)
        return drop(self.home, "wecom", "daily_stats", f"{name}_{first:%Y%m%d}-{last:%Y%m%d}", answers, at)


def _midnight(day: dt.date) -> int:
    """Unix seconds of 00:00 in Beijing."""
    return int(dt.datetime.combine(day, dt.time(), BEIJING).timestamp())


def _span(first: dt.date, last: dt.date) -> dict[str, int]:
    return {"day_begin_time": _midnight(first), "day_end_time": _midnight(last)}


def _days_of(asked: dict[str, Any]) -> str:
    """The days of a question, for errors."""
    moments = [asked[k] for k in ("day_begin_time", "day_end_time", "start_time", "end_time") if k in asked]
    return "..".join(f"{dt.datetime.fromtimestamp(m, BEIJING):%Y-%m-%d}" for m in moments)


def _marked(window: Window, listed: str, **values: Any) -> Window:
    """The window with what was asked for written into each row, where the answer does not say it."""
    for page in window.answers:
        for row in page.get(listed) or []:
            row.update({name: value for name, value in values.items() if name not in row})
    return window
