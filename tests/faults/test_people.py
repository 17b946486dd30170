"""People in hand-made files of the first layouts, in good rows and in every kind of bad one: none is outside landing, and the same person joins."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import ingest_files as files
import layouts
import pytest
from people import COUNT, PEOPLE, exposed, find, note, said

from ingest.landing import land_file
from ingest.pipeline import land_inbox
from ingest.registry import sources


def drop(home: Path) -> None:
    """One or more files for each of ten datasets, in layouts typed by hand, every person in each that can hold one, in good rows and in bad ones."""
    at = lambda source, dataset: home / "inbox" / source / dataset  # noqa: E731
    personal = {"收件人": "name", "收件人手机号": "phone", "详细地址": "address", "街道": "address", "序列号": "card"}
    rows = []
    for n, p in enumerate(PEOPLE):
        cells = {header: getattr(p, field) for header, field in personal.items()} | {
            "买家留言": note(p),
            "商家备注": note(p),
            "备用手机": p.phone,
            "会员名": p.name,
            "新列": note(p),
        }
        rows.append(files.order(n, **cells))
        rows.append(files.order(10_000 + n, **cells, 达人昵称="主播"))
    header = (*layouts.ORDERS_74, "备用手机", "会员名", "新列")
    text = files.csv_text(rows, header)
    put = files.put
    put(at("douyin", "orders"), text, "good_20260911020000.csv")
    # bad rows: shifted by a lost cell, ragged, and with broken bytes
    lines = files.csv_text([r | {"手续费": "0.00"} for r in rows], header).split("\r\n")
    fee = header.index("手续费")
    for n in range(1, COUNT, 2):
        cells = lines[n].split(",")
        lines[n] = ",".join(cells[:fee] + cells[fee + 1 :] + [""])
    lines[COUNT + 1] += ",x"
    put(
        at("douyin", "orders"),
        "\r\n".join(lines).encode("utf-8").replace("羊毛衫".encode(), b"\xff\xfe\xfd", 1),
        "bad_20260912020000.csv",
    )
    put(
        at("douyin", "orders"),
        "\r\n".join(",".join([p.name, p.phone, p.address, p.card]) for p in PEOPLE),
        "headerless.csv",
    )
    put(at("douyin", "orders"), text.replace("主订单编号", "主单", 1), f"{PEOPLE[0].phone}.csv")
    shops = [
        files.api_order(n)
        | {
            "open_id": p.open_id,
            "post_receiver": p.name,
            "post_tel": p.phone,
            "buyer_words": note(p),
            "post_addr": {"province": {"name": "浙江省"}, "detail": p.address},
        }
        for n, p in enumerate(PEOPLE)
    ]
    shops.append(files.api_order(99, pay_amount=PEOPLE[3].name))
    put(at("douyin", "orders_api"), files.api_answer(shops), "api_20260911020000.json", "utf-8")
    put(
        at("douyin", "orders_api"),
        json.dumps({"code": 50002, "msg": note(PEOPLE[1])}),
        "error_20260911020000.json",
        "utf-8",
    )
    sales = [
        dict.fromkeys(layouts.AFTER_SALES_50, "") | {"售后单号": str(7_000_000_000_000_000_001 + n), "订单号": str(files.ORDER_BASE + 7 * n), "商品单号": str(files.ORDER_BASE + 7 * n + 1),
            "售后状态": "退款成功", "售后申请时间": "2026-09-10 09:00:00", "售后原因": note(p), "退货异常": note(p), "商家退货地址": p.address, "商家退货联系人姓名": p.name,
            "商家退货联系人电话": p.phone, "订单备注": note(p), "用户售后说明": note(p), "售后备注": note(p), "操作人": p.name, "协商记录": note(p), "退商品金额（元）": "19.99" if n else p.name}
        for n, p in enumerate(PEOPLE)
    ]  # fmt: skip
    at("douyin", "after_sales").mkdir(parents=True)
    files.book(
        at("douyin", "after_sales") / "售后_20260911020000.xlsx", {"售后单": files.grid(sales, layouts.AFTER_SALES_50)}
    )
    put(
        at("qianchuan", "ad_reports"),
        files.ad_page(
            [
                files.ad_row(n, customer_name=p.name, owner_phone=p.phone, extra_text=note(p))
                for n, p in enumerate(PEOPLE)
            ]
        ),
        "r_20260911020000.json",
        "utf-8",
    )
    events = lambda p: [  # noqa: E731
        {
            "time": "2026-09-10 10:00:00",
            "context": f"【杭州市】快递员：{p.name}（{p.phone}）正在派件",
            "location": p.address,
        },
        {
            "time": "2026-09-10 11:00:00",
            "context": f"您的快件已签收，签收人是：{p.name}，地址 {p.address}，如有疑问请联系{p.phone}",
        },
        {"time": "2026-09-10 12:00:00", "context": f"派送员[{p.name}]，电话{p.phone}"},
    ]
    parcels = [
        {"message": "ok", "nu": f"SF{n:010d}", "com": "shunfeng", "state": "3", "ischeck": "1", "data": events(p)}
        for n, p in enumerate(PEOPLE)
    ]
    put(at("kuaidi100", "tracks"), json.dumps(parcels, ensure_ascii=False), "t_20260911020000.json", "utf-8")
    stock = {
        "status": 0,
        "data": {
            "total_count": COUNT,
            "detail_list": [
                {
                    "spec_no": f"S{n}",
                    "stock_num": "5",
                    "warehouse_no": "W",
                    "remark": note(p),
                    "contact": p.name,
                    "memo": note(p),
                }
                for n, p in enumerate(PEOPLE)
            ],
        },
    }
    put(at("erp", "stock"), json.dumps(stock, ensure_ascii=False), "s_20260911020000.json", "utf-8")
    goods = [
        {
            "product_id": "1",
            "sku_id": f"S{n}",
            "product_name": "衣",
            "category": "女装",
            "category_tier": "core",
            "role": "profit",
            "list_price_cny": "1" if n else p.name,
            "采购联系人": p.name,
            "说明": note(p),
        }
        for n, p in enumerate(PEOPLE)
    ]
    put(at("shop", "products"), files.csv_text(goods, goods[0]), "p_20260911020000.csv")
    houses = [
        {
            "warehouse_id": f"W{n}",
            "warehouse_name": "仓",
            "province": "浙江",
            "管理员电话": p.phone,
            "地址": p.address,
            "说明": note(p),
        }
        for n, p in enumerate(PEOPLE)
    ]
    put(at("shop", "warehouses"), files.csv_text(houses, houses[0]), "w_20260911020000.csv")
    touches, links = [], []
    for n, p in enumerate(PEOPLE):
        base = {
            "occurred_at": "2026-09-10 07:00:00",
            "event_type": "click",
            "landing_url": f"https://a.example/?phone={p.phone}&mail={p.mail}&to={p.address}",
            "referrer": note(p),
        }
        touches.append(base | {"event_id": f"e{n}", "identity_type": "open_id", "identity_id": p.open_id})
        touches.append(base | {"event_id": f"f{n}", "identity_type": "phone", "identity_id": f"+86 {p.phone}"})
        touches.append(
            base
            | {
                "event_id": f"g{n}",
                "identity_type": "phone",
                "identity_id": p.phone,
                "occurred_at": p.name if n < 9 else base["occurred_at"],
            }
        )
        links.append(
            {
                "left_type": "open_id",
                "left_id": p.open_id,
                "right_type": "phone",
                "right_id": p.phone,
                "linked_at": "2026-09-10 06:00:00",
            }
        )
    put(at("web", "touchpoints"), files.csv_text(touches, touches[0]), "t_20260911020000.csv")
    put(at("crm", "identity_links"), files.csv_text(links, links[0]), "l_20260911020000.csv")


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """A home after every dataset was pulled, and the loads."""
    home = tmp_path_factory.mktemp("people")
    (home / "state").mkdir()
    (home / "state" / "identity.key").write_bytes(bytes(range(32)))
    drop(home)
    return home, [load for source in sources() for load in land_inbox(source.name, home=home).loads]


TEN = {
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "qianchuan.ad_reports", "kuaidi100.tracks", "erp.stock", "shop.products", "shop.warehouses",
    "web.touchpoints", "crm.identity_links",
}  # fmt: skip


def test_every_dataset_was_landed_and_bad_rows_were_met(landed):
    home, loads = landed
    good = {f"{x.source}.{x.dataset}" for x in loads if x.status == "loaded"}
    assert good == TEN, [x for x in loads if x.status != "loaded"]
    assert sum(x.rows_quarantined for x in loads) >= 20 and sum(x.status == "refused" for x in loads) == 3, loads
    assert all(files.law_holds(home, x) for x in loads if x.status == "loaded")


def test_no_person_is_anywhere_outside_landing(landed):
    home, _ = landed
    seen = exposed(home)
    assert {p.relative_to(home).parts[0] for p in seen} >= {"raw", "quarantine", "ledger"} and len(seen) > 25
    hits = {(str(p.relative_to(home)), *hit) for p in seen for hit in find(said(p))}
    assert not hits, f"{len(hits)} hits, the first: {sorted(hits)[:5]}"


def test_the_search_itself_finds_people(landed):
    home, _ = landed
    originals = [p for p in (home / "landing").rglob("*") if p.is_file() and p.suffix != ".xlsx"]
    found = set().union(*(find(said(p)) for p in originals))
    for kind in ("name", "phone", "card", "open_id", "address", "mail"):
        assert {v for k, v in found if k == kind} == {getattr(p, kind) for p in PEOPLE}


def test_the_same_person_still_joins(landed):
    home, loads = landed
    rows = {f"{x.source}.{x.dataset}": files.raw_rows(home, x) for x in loads if x.status == "loaded"}
    key = lambda text: hmac.new(bytes(range(32)), text.encode(), hashlib.sha256).hexdigest()  # noqa: E731
    touched = {(r["identity_type"], r["identity_id"]) for r in rows["web.touchpoints"]}
    linked = {r["left_id"]: r["right_id"] for r in rows["crm.identity_links"]}
    for person in PEOPLE:
        assert linked[key(person.open_id)] == key(person.phone)
        assert {("open_id", key(person.open_id)), ("phone", key(person.phone))} <= touched
    assert {key(p.open_id) for p in PEOPLE} <= {r["open_id"] for r in rows["douyin.orders_api"]}
    assert len([t for t in touched if t[0] == "phone"]) == COUNT, "+86 and blanks do not make another person"


def test_another_key_makes_other_pseudonyms(home, tmp_path):
    links = files.csv_text(
        [
            {
                "left_type": "open_id",
                "left_id": "o1",
                "right_type": "phone",
                "right_id": "1",
                "linked_at": "2026-09-10 06:00:00",
            }
        ],
        ("left_type", "left_id", "right_type", "right_id", "linked_at"),
    )
    path = files.put(tmp_path, links, "l.csv")
    other = tmp_path / "other"
    first, second = (
        files.raw_rows(h, land_file(path, "crm", "identity_links", h))[0]["left_id"] for h in (home, other)
    )
    assert first != second and (other / "state" / "identity.key").stat().st_mode & 0o777 == 0o600
