"""直播大屏 product_list_after_live and product: what each product of a room brought, and each of its explanations (讲解)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.days import day_of, export_moment, unix
from simulator.exports.context import Export
from simulator.frame import NONE, Frame
from simulator.live.accounts import DOUYIN
from simulator.live.rooms import Rooms, rooms_of
from simulator.text import TEXT, join, json_objects, numbers, packed, pick, quoted, strings

FILE_DAYS = 10


def write(export: Export) -> Iterator[Path]:
    """Two JSONL for each ten days, the lists and the explanations, an answer a room; the newest list also by itself."""
    first = export.since
    while first <= export.until:
        last = min(export.until, first + timedelta(days=FILE_DAYS - 1))
        rooms = rooms_of(export.world, first, last)
        mine = np.flatnonzero(rooms.sessions.platform_i == DOUYIN).tolist()
        for kind, made in (("product_list_after_live", listed), ("product", explanations)):
            if mine:
                name = f"{kind}_{first:%Y%m%d}-{last:%Y%m%d}"
                path = export.path("douyin", "live_products", name, export_moment(last), suffix="jsonl")
                yield _write(path, [_answer(rooms, i, made(export, rooms, i)) for i in mine])
        if export.is_history and last == export.until and mine:
            # As the page answers: it counts its list, and the collector's file is named for the room.
            room, items = rooms.sessions.session_id[mine[-1]], listed(export, rooms, mine[-1])
            name = f"product_list_after_live_room_{room}"
            at = export_moment(day_of(rooms.sessions.starts_at[mine[-1]])) + 1
            path = export.path("douyin", "live_products", name, at, suffix="json")
            yield _write(path, [_answer(rooms, mine[-1], items, counted=True)])
        first = last + timedelta(days=1)


def _answer(rooms: Rooms, session: int, items: pa.Array, counted: bool = False) -> bytes:
    """One answer of the screen: the room beside data, which a collector adds; `counted` with the page's own count."""
    page = f'"page_result":{{"page_no":1,"page_size":{len(items)},"total":{len(items)}}},' if counted else ""
    head = f'{{"st":0,"msg":"","room_id":"{rooms.sessions.session_id[session]}","data":{{{page}"data_result":['
    return head.encode() + packed(join(items, ","))[:-1] + b"]}}\n"


def _write(path: Path, lines: list[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    return path


def listed(export: Export, rooms: Rooms, session: int) -> pa.Array:
    """One JSON object per product on the room's list (小黄车); values are {unit, value}, price in fen."""
    goods = export.world.catalogue
    rows = rooms.products.take(rooms.products.session_i == session)
    lines = rooms.lines.take(rooms.lines.session_i == session)
    created = _orders_by_product(lines, goods.products.rows)[rows.product_i]
    price = np.full(goods.products.rows, np.iinfo(np.int64).max)
    np.minimum.at(price, goods.skus.product_i, goods.skus.list_fen)
    clickers = np.maximum(rows.buyers, rows.clicks * 6 // 10)
    shown = np.maximum(clickers, rows.exposures * 6 // 10)
    return json_objects(
        **_named(export, rows.product_i),
        product_bind_time=numbers(unix(np.full(rows.rows, rooms.sessions.starts_at[session]) - 600)),
        market_price=_value("price", price[rows.product_i]),
        explain_cnt=_value("number", -(-rows.explained_minutes // 5)),
        product_show_ucnt=_value("number", shown),
        product_click_ucnt=_value("number", clickers),
        product_show_click_ucnt_ratio=_ratio(clickers, shown),
        product_click_pay_ucnt_ratio=_ratio(rows.buyers, clickers),
        gpm=_value("price", rows.gmv_fen * 1000 // np.maximum(rows.exposures, 1)),
        pay_amt=_value("price", rows.gmv_fen),
        pay_amt_all=_value("price", rows.gmv_fen),
        pay_combo_cnt=_value("number", rows.pieces),
        pay_cnt=_value("number", rows.paid_orders),
        create_cnt=_value("number", created),
        unpay_cnt=_value("number", created - rows.paid_orders),
    )


def explanations(export: Export, rooms: Rooms, session: int) -> pa.Array:
    """One JSON object per explanation: when the talk began and ended, and what its product sold meanwhile."""
    minutes = rooms.minutes
    mine = np.flatnonzero(minutes.session_i == session)
    product = minutes.product_i[mine]
    begins = np.append(True, product[1:] != product[:-1])
    turn = np.cumsum(begins) - 1
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(mine)) - 1
    lines = rooms.lines.take((rooms.lines.session_i == session) & (rooms.lines.paid_minute_i != NONE))
    of_line = turn[np.maximum(lines.paid_minute_i - mine[0], 0)]
    own = lines.product_i == product[starts[of_line]]
    sold = np.bincount(of_line[own], lines.gmv_fen[own], len(starts)).astype(np.int64)
    keep = product[starts] != NONE
    return json_objects(
        **_named(export, product[starts][keep]),
        talk_start_time=numbers(unix(minutes.minute_at[mine[starts[keep]]])),
        talk_end_time=numbers(unix(minutes.minute_at[mine[ends[keep]]] + 60)),
        pay_gmv=_value("price", sold[keep]),
    )


def _named(export: Export, product_i: np.ndarray) -> dict[str, pa.Array | str]:
    goods = export.world.catalogue
    ids = numbers(goods.products.product_id[product_i])
    return {
        "product_id": strings(ids),
        "title": pick(product_i, quoted(goods.product_names)),
        "shop_id": f'"{names.SHOP_ID}"',
    }


def _orders_by_product(lines: Frame, products: int) -> np.ndarray:
    """How many different orders (paid or not) hold each product."""
    pairs = np.unique(np.stack([lines.product_i, lines.order_id.astype(np.int64)]), axis=1)
    return np.bincount(pairs[0], minlength=products)


def _value(unit: str, values: np.ndarray) -> pa.Array:
    return json_objects(unit=f'"{unit}"', value=numbers(values))


def _ratio(top: np.ndarray, bottom: np.ndarray) -> pa.Array:
    value = pa.array(np.round(top / np.maximum(bottom, 1), 6)).cast(TEXT)
    return json_objects(unit='"ratio"', value=value)
