"""A platform with one interface for each kind of paging, over the numbers 0..n-1, to try the framework's parts on."""

from __future__ import annotations

from typing import Any

from simulator.api.platform import Call, Pages, Platform, Route

CODES = {"parameter": 400, "busy": 500, "throttled": 429, "token": 401}
ROWS = [{"id": n, "value": n * n} for n in range(23)]


def _envelope(code: int, message: str, data: Any = None) -> dict:
    return {"code": code, "msg": message, "data": data or {}}


def _number(begin: int, told: str):
    def answer(call: Call) -> dict:
        page, size = int(call.params["page"]) - begin, int(call.params["size"])
        rows = ROWS[page * size : (page + 1) * size]
        more = {
            "total": {"total": len(ROWS)},
            "pages": {"total": len(ROWS), "pages": -(-len(ROWS) // size)},
            "more": {"has_next": (page + 1) * size < len(ROWS)},
            "nothing": {},
        }[told]
        return _envelope(0, "ok", {"list": rows} | more)

    return answer


def _offset(call: Call) -> dict:
    start, size = int(call.json["offset"]), int(call.json["limit"])
    following = start + size if start + size < len(ROWS) else 0
    return _envelope(0, "ok", {"list": ROWS[start : start + size], "total": len(ROWS), "next_offset": following})


def _cursor(call: Call) -> dict:
    start, size = int(call.json["cursor"] or 0), int(call.json["limit"])
    following = str(start + size) if start + size < len(ROWS) else ""
    return _envelope(0, "ok", {"list": ROWS[start : start + size], "next_cursor": following})


def _check(call: Call) -> None:
    call.require("token", "token expired", call.tokens.accepts(call.params.get("token")))


def _refresh(call: Call) -> dict:
    pair = call.tokens.refresh(call.json or {})
    call.require("parameter", "refresh token is spent", pair is not None)
    return _envelope(0, "ok", pair)


def _by_number(begin: int, total: bool) -> Pages:
    later = lambda call: int(call.params["page"]) > begin  # noqa: E731
    return Pages("data.list", later, total="data.total" if total else None)


TOY = Platform(
    "toy",
    CODES,
    _envelope,
    _check,
    lambda server: server.tokens("toy").credentials(),
    (
        Route("POST", "/refresh", _refresh, open=True, limited=False),
        Route("GET", "/number0", _number(0, "total"), _by_number(0, True)),
        Route("GET", "/number1", _number(1, "pages"), _by_number(1, True)),
        Route("GET", "/more", _number(1, "more"), _by_number(1, False)),
        Route("GET", "/short", _number(1, "nothing"), _by_number(1, False)),
        Route("POST", "/offset", _offset, Pages("data.list", lambda c: c.json["offset"] > 0, total="data.total")),
        Route(
            "POST",
            "/cursor",
            _cursor,
            Pages("data.list", lambda c: c.json["cursor"] != "", cursor=("data.next_cursor", "cursor")),
        ),
    ),
)
