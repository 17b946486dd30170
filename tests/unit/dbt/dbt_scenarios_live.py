"""Scenarios of live rooms: which room a session was, what a later download tells, minutes, products, the funnel of a session."""

from __future__ import annotations

import dbt_rows as r

D0 = {"_load_id": "d0", "_exported_at": "2026-09-21 02:00:00"}
D7 = {"_load_id": "d7", "_exported_at": "2026-09-28 02:00:00"}


def session(account: str, started: str, ended: str, **more) -> dict:
    """One row of raw.douyin__live_sessions."""
    return {
        "account_id": account, "account_name": account, "started_at": started, "ended_at": ended, "duration_minutes": 120, "exposure_users": 1000,
        "exposures": 1500, "viewers": 400, "views": 500, "product_exposure_users": 200, "product_exposures": 1000, "product_click_users": 50,
        "product_clicks": 80, "paid_orders": 10, "buyers": 9, "gmv_cny": "1000.00", "refund_cny": "0.00", "avg_watch_minutes": "1.5",
    } | more  # fmt: skip


def plan(account: str, room: str | None, starts: str, ends: str, host: str = "H1") -> dict:
    """One row of raw.plan__live_schedule."""
    return {
        "plan_id": f"P-{account}-{starts}", "account_id": account, "starts_at": starts, "ends_at": ends, "host_id": host, "host_name": host,
        "live_session_id": room,
    }  # fmt: skip


def minute(room: str, at: str, metric: str, value: str) -> dict:
    """One row of raw.douyin__live_minutes."""
    return {"live_session_id": room, "minute_at": at, "metric": metric, "value": value}


def links(raw: dict) -> None:
    """By plan (two hosts, another session of the account the same day), by minutes where only one fits, and not at all."""
    raw["douyin__live_sessions"] += [
        session("lnk-a", "2026-09-20 19:03:00", "2026-09-20 23:58:00"),
        session("lnk-a", "2026-09-20 08:00:00", "2026-09-20 10:00:00"),
        session("lnk-b", "2026-09-20 12:00:00", "2026-09-20 14:00:00"),
        # two sessions that begin together, and nobody is planned
        session("lnk-c", "2026-09-20 03:00:00", "2026-09-20 04:00:00"),
        session("lnk-d", "2026-09-20 03:00:30", "2026-09-20 04:00:00"),
    ]
    raw["plan__live_schedule"] += [
        plan("lnk-a", "R-night", "2026-09-20 19:00:00", "2026-09-20 21:00:00"),
        plan("lnk-a", "R-night", "2026-09-20 21:00:00", "2026-09-21 00:00:00", "H2"),
        plan("lnk-a", "R-morning", "2026-09-20 08:00:00", "2026-09-20 10:00:00"),
        plan("lnk-k", "R-elsewhere", "2026-09-20 20:00:00", "2026-09-20 22:00:00"),
    ]
    raw["douyin__live_minutes"] += [
        minute("R-noon", "2026-09-20 12:01:00", "watch_ucnt", "5"),
        minute("R-noon", "2026-09-20 13:59:00", "watch_ucnt", "5"),
        minute("R-two", "2026-09-20 03:00:00", "watch_ucnt", "5"),
    ]


def snapshots(raw: dict) -> None:
    """D0 and D7 of one session: refunds have grown; the older download is loaded last."""
    times = ("snp", "2026-09-20 19:00:00", "2026-09-20 23:00:00")
    raw["douyin__live_sessions"] += [
        session(*times, refund_cny="300.00", **D7),
        session(*times, refund_cny="20.00", **D0),
    ]


def screen(raw: dict) -> None:
    """Increments of one minute in two points add up, levels do not; the explained product; a product sold but not listed."""
    room = "R-screen"
    raw["douyin__live_minutes"] += [
        minute(room, "2026-09-20 20:00:00", "pay_amt", "10.50"),
        minute(room, "2026-09-20 20:00:30", "pay_amt", "5.00"),
        minute(room, "2026-09-20 20:00:00", "online_user_cnt", "100"),
        minute(room, "2026-09-20 20:00:30", "online_user_cnt", "90"),
        minute(room, "2026-09-20 20:01:00", "online_user_cnt", "80"),
        minute(room, "2026-09-20 20:02:00", "watch_ucnt", "7"),
    ]
    talk = {"live_session_id": room, "product_name": "茶"}
    raw["douyin__live_products"] += [
        talk | {"product_id": "LP1", "explain_started_at": "2026-09-20 20:00:20", "explain_ended_at": "2026-09-20 20:01:10", "explained_gmv_cny": "15.50"},
        talk | {"product_id": "LP1", "gmv_cny": "15.50", "paid_orders": 2, "product_click_users": 9},
        talk | {"product_id": "LP1", "gmv_cny": "10.50", "paid_orders": 1} | D0,
    ]  # fmt: skip
    raw["douyin__orders_api"] += [
        r.api_line("scr-1", "scr-u", "2026-09-20 20:05:00", product_id="LP2", live_session_id=room),
        r.api_line("scr-2", "scr-u", None, product_id="LP2", live_session_id=room),
    ]


def funnel(raw: dict) -> None:
    """Two sessions of one account: the second shows as many people, who see half as many products as before."""
    raw["douyin__live_sessions"] += [
        session("fnl", "2026-09-10 19:00:00", "2026-09-10 22:00:00"),
        session(
            "fnl", "2026-09-11 19:00:00", "2026-09-11 22:00:00", product_exposure_users=100, product_click_users=25
        ),
    ]
    raw["plan__live_schedule"] += [
        plan("fnl", "R-f1", "2026-09-10 19:00:00", "2026-09-10 22:00:00"),
        plan("fnl", "R-f2", "2026-09-11 19:00:00", "2026-09-11 22:00:00"),
    ]
    for i in range(5):
        raw["douyin__orders_api"].append(
            r.api_line(f"fnl-1{i}", f"fnl-u{i}", "2026-09-10 20:00:00" if i < 4 else None, live_session_id="R-f1")
        )
    for i in range(2):
        raw["douyin__orders_api"].append(
            r.api_line(f"fnl-2{i}", f"fnl-u{i}", "2026-09-11 20:00:00", live_session_id="R-f2")
        )
    raw["web__touchpoints"] += [
        r.touch(f"fnl-t{i}", f"fnl-x{i}", "2026-09-11 09:00:00", live_session_id="R-web", event_type=kind)
        for i, kind in enumerate(["impression", "impression", "room_enter", "product_click"])
    ]


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    for build in (links, snapshots, screen, funnel):
        build(raw)
