"""A window is collected whole or not at all, with every kind of paging and every fault of the server (35, 36, 37)."""

from __future__ import annotations

import pytest
from api_serving import serving, small_world
from api_toy import ROWS, TOY
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from ingest.connectors.auth import Token, in_query
from ingest.connectors.collect import collect
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import Answer, JsonApi, Request
from ingest.connectors.paging import ByCursor, ByNumber, ByOffset, OnePage
from ingest.connectors.tokens import TokenStore, token_pair
from ingest.errors import FetchFailed, Unreachable
from simulator.api.faults import FAULTS, LATER_PAGE_ONLY

ENVELOPE = Envelope(("code",), ("msg",), frozenset({"0"}), frozenset({"500", "429"}), frozenset({"401"}))
LIST, TOTAL = ("data.list",), ("data.total",)
KINDS = {
    "/number0": ByNumber(LIST, TOTAL, begin=0, size="size", per_page=5),
    "/number1": ByNumber(LIST, TOTAL, size="size", per_page=5, pages=("data.pages",)),
    "/more": ByNumber(LIST, size="size", per_page=5, more=("data.has_next",)),
    "/short": ByNumber(LIST, size="size", per_page=5),
    "/offset": ByOffset(LIST, TOTAL, per_page=5),
    "/cursor": ByCursor(LIST, following=("data.next_cursor",), per_page=5),
}
#: what nothing tells: a page that comes empty is the end, where a platform states neither a total nor whether more follows
BLIND = {("/short", "empty_page")}


@pytest.fixture(scope="module")
def world():
    return small_world()


def toy_api(home, server, timeout: float = 5.0) -> JsonApi:
    app = server.credentials("toy")
    plain = JsonApi(server.url, ENVELOPE)

    def renew(token: str | None) -> dict:
        body = {k: app[k] for k in ("app_id", "secret")} | {"grant_type": "refresh_token", "refresh_token": token}
        return token_pair(lambda: plain.ask(Request("POST", "/refresh", json=body)).body["data"], "/refresh")

    tokens = TokenStore(home, "toy", app["refresh_token"], renew)
    return JsonApi(server.url, ENVELOPE, auth=Token(tokens, in_query("token")), timeout_seconds=timeout)


def read(home, server, path: str, timeout: float = 5.0):
    def build(page: dict, reading: int) -> Request:
        return (
            Request("GET", path, params=page)
            if path not in ("/offset", "/cursor")
            else Request("POST", path, json=page)
        )

    paging = KINDS[path]
    window = collect(toy_api(home, server, timeout), build, paging, key=lambda row: row["id"], what=path)
    return [row for page in window.answers for row in paging.rows(page)]


PASSING = sorted(set(FAULTS) - {"error_code"})


@pytest.mark.fault(35, 37)
@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_changes_nothing(home, world, waits, path, fault):
    with serving(world, fault, platforms={"toy": TOY}, slow_seconds=1.0) as server:
        rows = read(home, server, path, timeout=0.4)
        assert server.faults.left == [], "the fault has struck"
    if (path, fault) in BLIND:
        assert len(rows) < len(ROWS)
        return
    assert sorted(rows, key=lambda row: row["id"]) == ROWS
    assert bool(waits) == (fault not in LATER_PAGE_ONLY | {"duplicate_row", "expired_token"})
    if fault == "http_429":
        assert waits[0] >= 1.0, "Retry-After is honoured"


@pytest.mark.parametrize("path", KINDS)
def test_many_faults_in_one_reading_change_nothing(home, world, waits, path):
    faults = [
        "http_500",
        "moved_row",
        "reset",
        "expired_token",
        "busy_code",
        "duplicate_row",
        "html",
        "http_429",
        "cut",
    ]
    with serving(world, *faults, platforms={"toy": TOY}) as server:
        assert sorted(read(home, server, path), key=lambda row: row["id"]) == ROWS


@pytest.mark.fault(35)
@pytest.mark.parametrize("path", KINDS)
def test_a_final_code_fails_at_once_and_loudly(home, world, waits, path):
    with serving(world, "error_code", platforms={"toy": TOY}) as server:
        with pytest.raises(FetchFailed, match="answered code 400: 参数错误. Next: ") as told:
            read(home, server, path)
    assert waits == [] and not isinstance(told.value, Unreachable)


#: without a total, rows that always come the same are what there is
HOPELESS = [(p, f) for p in ("/number0", "/number1", "/offset") for f in ("looping_page", "moved_row", "page_drift", "total_change")]  # fmt: skip


@pytest.mark.fault(37)
@pytest.mark.parametrize(("path", "fault"), [*HOPELESS, ("/cursor", "looping_page"), ("/more", "looping_page")])
def test_pages_that_always_drift_are_given_up(home, world, path, fault):
    with serving(world, *[fault] * 60, platforms={"toy": TOY}) as server:
        server.faults._waiting = [(0, fault)] * 60
        with pytest.raises(FetchFailed, match=r"never agreed .* in 4 readings .*; nothing of it was kept. Next: "):
            read(home, server, path)


@pytest.mark.fault(36)
def test_the_token_that_expires_is_renewed_once(home, world):
    with serving(world, "expired_token", platforms={"toy": TOY}) as server:
        assert read(home, server, "/number1") == ROWS
        assert server.tokens("toy").generation == 2


def test_a_token_in_the_query_does_not_reach_the_log(home, world, caplog):
    caplog.set_level("DEBUG")
    with serving(world, platforms={"toy": TOY}) as server:
        read(home, server, "/number1")
        assert server.tokens("toy").access_token() not in caplog.text


def test_a_window_is_told_by_its_first_answer(home, world):
    with serving(world, platforms={"toy": TOY}) as server:
        api = toy_api(home, server)
        later = server.as_of.replace(day=7)

        def build(page: dict, reading: int) -> Request:
            if page["page"] > 1:
                server.as_of = later
            return Request("GET", "/number1", params=page)

        window = collect(api, build, KINDS["/number1"], key=lambda row: row["id"], what="toy")
        assert f"{window.at}" == "2026-09-07 02:00:00" and window.rows == len(ROWS)


class Pretended:
    """An API that answers from memory, for any sizes of pages and lists."""

    def __init__(self, answer) -> None:
        self.answer, self.asked = answer, 0

    def ask(self, request: Request) -> Answer:
        self.asked += 1
        return Answer(self.answer(request.params), "Mon, 07 Sep 2026 02:00:00 GMT")


def numbered(total: int, style: str, begin: int):
    def answer(asked: dict) -> dict:
        page, size = asked["page"] - begin, asked["page_size"]
        rows = [{"id": n} for n in range(page * size, min(total, (page + 1) * size))]
        told = {
            "total": {"total": total},
            "pages": {"pages": -(-total // size)},
            "more": {"has_next": (page + 1) * size < total},
        }
        return {"list": rows} | told.get(style, {})

    return answer


def offsets(total: int, told: bool):
    def answer(asked: dict) -> dict:
        start, size = asked["offset"], asked["limit"]
        rows = [{"id": n} for n in range(start, min(total, start + size))]
        return {"list": rows} | ({"next": start + size if start + size < total else 0} if told else {"total": total})

    return answer


def cursors(total: int):
    def answer(asked: dict) -> dict:
        start, size = int(asked["cursor"] or 0), asked["limit"]
        rows = [{"id": n} for n in range(start, min(total, start + size))]
        return {"list": rows, "next_cursor": str(start + size) if start + size < total else ""}

    return answer


@settings(max_examples=150, deadline=None)
@examples(total=st.integers(0, 60), size=st.integers(1, 20), kind=st.sampled_from(["total", "pages", "more", "short", "offset", "next", "cursor"]), begin=st.integers(0, 1))  # fmt: skip
def test_every_row_is_read_once_whatever_the_sizes(total, size, kind, begin):
    items = ("list",)
    if kind == "cursor":
        api, paging = Pretended(cursors(total)), ByCursor(items, per_page=size)
    elif kind in ("offset", "next"):
        api = Pretended(offsets(total, kind == "next"))
        paging = ByOffset(
            items, () if kind == "next" else ("total",), per_page=size, following=("next",) if kind == "next" else ()
        )
    else:
        told = {"total": {"totals": ("total",)}, "pages": {"pages": ("pages",)}, "more": {"more": ("has_next",)}}.get(
            kind, {}
        )
        api, paging = Pretended(numbered(total, kind, begin)), ByNumber(items, begin=begin, per_page=size, **told)
    window = collect(
        api, lambda page, _: Request("GET", "/", params=page), paging, lambda row: row["id"], what="numbers"
    )
    assert [row["id"] for page in window.answers for row in page["list"]] == list(range(total)) and window.rows == total
    assert api.asked <= total // size + 2


@pytest.mark.fault(37)
@settings(max_examples=100, deadline=None)
@examples(total=st.integers(2, 40), size=st.integers(1, 10), moved=st.integers(1, 39), readings=st.integers(1, 3))
def test_a_row_added_while_the_pages_are_read_is_never_lost(total, size, moved, readings):
    """Rows are newest first; in the first readings one is added when half of the pages are read."""
    state = {"first": 0, "asked": 0, "added": 0}

    def answer(asked: dict) -> dict:
        state["asked"] += 1
        if state["asked"] % (moved + 1) == 0 and state["added"] < readings:
            state["first"] -= 1
            state["added"] += 1
        ids = list(range(state["first"], total))
        page = asked["page"] - 1
        return {"list": [{"id": n} for n in ids[page * size : (page + 1) * size]], "total": len(ids)}

    paging = ByNumber(("list",), ("total",), per_page=size)
    window = collect(
        Pretended(answer),
        lambda page, _: Request("GET", "/", params=page),
        paging,
        lambda row: row["id"],
        what="numbers",
    )
    ids = [row["id"] for page in window.answers for row in page["list"]]
    assert sorted(ids) == sorted(set(ids)) and set(range(total)) <= set(ids)


@pytest.mark.parametrize("body", [{}, {"data": []}, {"list": None, "total": 3}, {"list": [1]}, {"list": [{"no": 1}]}, {"list": {"id": 1}}])  # fmt: skip
def test_an_answer_of_another_form_is_told(body):
    with pytest.raises(FetchFailed, match="no list of rows of the documented form. Next: "):
        collect(Pretended(lambda _: body), lambda page, _: Request("GET", "/"), OnePage(("list",), ("total",)), lambda row: row["id"], what="x")  # fmt: skip


def test_null_is_an_empty_list_where_the_total_is_nothing():
    api = Pretended(lambda _: {"list": None, "total": 0})
    assert collect(api, lambda page, _: Request("GET", "/"), OnePage(("list",), ("total",)), lambda row: row["id"], what="x").rows == 0  # fmt: skip


@pytest.mark.fault(37)
def test_a_row_that_comes_twice_is_kept_in_its_later_form():
    pages = {1: [{"id": 1, "v": "old"}, {"id": 2}], 2: [{"id": 1, "v": "new"}, {"id": 3}]}
    api = Pretended(lambda asked: {"list": list(pages[asked["page"]]), "total": 3, "pages": 2})
    paging = ByNumber(("list",), ("total",), pages=("pages",), per_page=2)
    window = collect(api, lambda page, _: Request("GET", "/", params=page), paging, lambda row: row["id"], what="x")
    assert [page["list"] for page in window.answers] == [[{"id": 2}], [{"id": 1, "v": "new"}, {"id": 3}]]


def test_a_total_that_changes_is_asked_again_even_when_it_fits():
    totals = iter([2, 3, 3, 3])
    api = Pretended(lambda asked: {"list": [{"id": (asked["page"], n)} for n in range(3 - asked["page"])], "total": next(totals), "pages": 2})  # fmt: skip
    paging = ByNumber(("list",), ("total",), pages=("pages",), per_page=2)
    window = collect(api, lambda page, _: Request("GET", "/", params=page), paging, lambda row: row["id"], what="x")
    assert window.rows == 3 and api.asked == 4
