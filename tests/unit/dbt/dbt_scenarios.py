"""One raw layer that holds every scenario side by side, each with ids and customers of its own (prefix = scenario)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import dbt_rows as r

PAID = "2026-09-20 12:00:00"


def rules_toy(raw: dict) -> None:
    """direct x2, search>email x3, search>social>email x5 (the textbook rules example)."""
    paths = [["direct"]] * 2 + [["search", "email"]] * 3 + [["search", "social", "email"]] * 5
    for number, path in enumerate(paths):
        who, order = f"toy-u{number}", f"toy-{number}"
        raw["douyin__orders_api"].append(r.api_line(order, who, PAID))
        for step, channel in enumerate(path):
            raw["web__touchpoints"].append(
                r.touch(f"toy-t{number}-{step}", who, f"2026-09-1{step + 1} 08:00:00", channel)
            )


def first_counts(raw: dict) -> None:
    """Two first touches of one channel on orders of unlike money: the count is 2, not weighted by revenue."""
    for number, price in enumerate(["10.00", "1000.00"]):
        raw["douyin__orders_api"].append(r.api_line(f"cnt-{number}", f"cnt-u{number}", PAID, price=price))
        raw["web__touchpoints"].append(r.touch(f"cnt-t{number}", f"cnt-u{number}", "2026-09-19 09:00:00", "cnt_source"))


def restitched(raw: dict) -> None:
    """One touch exported twice, the second time for someone else: a 100-yuan order keeps 100 of credit."""
    raw["douyin__orders_api"] += [r.api_line("rst-1", "rst-new", PAID)]
    old = {"_load_id": "old", "_exported_at": "2026-09-21 02:00:00"}
    raw["web__touchpoints"] += [
        r.touch("rst-t", "rst-old", "2026-09-19 09:00:00", "rst_source", **old),
        r.touch("rst-t", "rst-new", "2026-09-19 09:00:00", "rst_source"),
    ]


def cut_and_reuse(raw: dict) -> None:
    """Orders at 12:00, 20:00 and three days later; touches before the first, between, and at the moment of payment."""
    who = "cut-u"
    times = {"cut-1": "2026-09-10 12:00:00", "cut-2": "2026-09-10 20:00:00", "cut-3": "2026-09-13 12:00:00"}
    raw["douyin__orders_api"] += [r.api_line(order, who, at) for order, at in times.items()]
    raw["web__touchpoints"] += [
        r.touch("cut-a", who, "2026-09-09 12:00:00", "a"),  # serves cut-1, and cut-2 eight hours later
        r.touch("cut-b", who, "2026-09-10 15:00:00", "b"),  # serves cut-2
        r.touch("cut-c", who, "2026-09-13 12:00:00", "c"),  # at the very moment of cut-3's payment
        r.touch("cut-d", who, "2026-09-13 12:00:01", "d"),  # after every order
        r.touch("cut-e", who, "2026-08-11 11:59:59", "e"),  # one second beyond the 30 days of cut-1
    ]


def boundary(raw: dict) -> None:
    """A touch exactly 30 days before payment counts; exactly 24 h of reuse counts; two orders of one payment share."""
    raw["douyin__orders_api"] += [
        r.api_line("bnd-1", "bnd-u", "2026-09-10 12:00:00"),
        r.api_line("bnd-2", "bnd-u", "2026-09-11 12:00:00"),
        r.api_line("one-1", "one-u", PAID),
        r.api_line("one-2", "one-u", PAID),
    ]
    raw["web__touchpoints"] += [
        r.touch("bnd-t", "bnd-u", "2026-08-11 12:00:00", "edge"),
        r.touch("bnd-s", "bnd-u", "2026-09-10 11:00:00", "near"),
        r.touch("one-t", "one-u", "2026-09-19 12:00:00", "one"),
    ]


def labels(raw: dict) -> None:
    """Orders without touches: a platform label, a label nobody mapped, none; and an unpaid order."""
    raw["douyin__orders"] += [
        r.file_line("lab-live", PAID, traffic_format="直播"),
        r.file_line("lab-ad", PAID, traffic_format="直播", ad_channel="千川"),
        r.file_line("lab-new", PAID, traffic_channel="新渠道"),
        r.file_line("lab-none", PAID),
        r.file_line("lab-unpaid", None, traffic_format="商品卡"),
    ]


def thirds(raw: dict) -> None:
    """100.00 and a 0.01 refund over three touches: largest remainder to the cent."""
    raw["douyin__orders"].append(r.file_line("thr-1", PAID))
    raw["douyin__orders_api"].append(r.api_line("thr-1", "thr-u", PAID))
    raw["web__touchpoints"] += [r.touch(f"thr-{n}", "thr-u", f"2026-09-1{n} 10:00:00", f"thr{n}") for n in (1, 2, 3)]
    raw["douyin__after_sales"].append(
        {
            "after_sale_id": "AS-thr",
            "order_id": "thr-1",
            "sub_order_id": "thr-1-1",
            "after_sale_type": "已发货退款",
            "after_sale_status": "退款成功",
            "refund_goods_cny": "0.01",
            "applied_at": "2026-09-22 09:00:00",
        }
    )


def identity(raw: dict) -> None:
    """A chain of links makes one person; touches of two people on one order make nobody."""
    raw["crm__identity_links"] += [
        r.link(("visitor_id", "idn-v"), ("unionid", "idn-w")),
        r.link(("phone", "idn-p"), ("unionid", "idn-w")),
        r.link(("open_id", "idn-o"), ("phone", "idn-p")),
    ]
    raw["douyin__orders_api"].append(r.api_line("idn-1", "idn-o", PAID))
    raw["web__touchpoints"].append(
        r.touch("idn-t", "idn-v", "2026-09-19 09:00:00", "far_end", identity_type="visitor_id")
    )
    raw["douyin__orders"] += [r.file_line("idn-one", PAID), r.file_line("idn-two", PAID)]
    raw["web__touchpoints"] += [
        r.touch("idn-t1", "idn-x", "2026-09-19 09:00:00", "seen", order_id="idn-one"),
        r.touch("idn-t2", "idn-y", "2026-09-19 09:00:00", "seen", order_id="idn-two"),
        r.touch("idn-t3", "idn-z", "2026-09-19 09:00:00", "seen", order_id="idn-two"),
    ]


def tags(raw: dict) -> None:
    """URLs as they come: percent-encoded Chinese, capitals, GBK, unexpanded macros, fragments, live rooms, referrers."""
    urls = {
        "tag-zh": "https://a.example/?utm_source=%E5%8D%83%E5%B7%9D&utm_campaign=%E5%8F%8C11",
        "tag-caps": "https://a.example/?UTM_SOURCE=QianChuan",
        "tag-gbk": "https://a.example/?utm_source=%C7%A7%B4%A8",
        "tag-frag": "https://a.example/#utm_source=Email",
        "tag-macro": "https://a.example/?utm_source=__UTM__",
        "tag-twice": "https://a.example/?utm_source=email&utm_source=sms",
    }
    for event, url in urls.items():
        raw["web__touchpoints"].append(r.touch(event, "tag-u", "2026-09-02 09:00:00", landing_url=url))
    raw["web__touchpoints"] += [
        r.touch("tag-room", "tag-u", "2026-09-02 09:00:00", live_session_id="R1", event_type="room_enter"),
        r.touch("tag-ad", "tag-u", "2026-09-02 09:00:00", ad_platform="Qianchuan", ad_id="__AID__", creative_id="7"),
        r.touch("tag-ref", "tag-u", "2026-09-02 09:00:00", referrer="https://b.example/x"),
        r.touch("tag-bare", "tag-u", "2026-09-02 09:00:00"),
    ]


def all_scenarios() -> dict[str, list[dict]]:
    """raw table -> rows of every scenario of this module and of its neighbours dbt_scenarios_*.py, each with an `add(raw)`."""
    import importlib

    raw: dict[str, list[dict]] = defaultdict(list)
    for build in (rules_toy, first_counts, restitched, cut_and_reuse, boundary, labels, thirds, identity, tags):
        build(raw)
    for path in sorted(Path(__file__).parent.glob("dbt_scenarios_*.py")):
        importlib.import_module(path.stem).add(raw)
    return raw
