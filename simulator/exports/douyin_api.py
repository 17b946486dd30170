"""抖店 OpenAPI order/searchList: the same orders as the CSV, as pages of JSON, in fen and Unix seconds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media, names
from simulator.days import DAY, unix
from simulator.exports.api_lines import MONEY, sku_orders
from simulator.exports.context import Export
from simulator.exports.order_columns import city_name
from simulator.exports.pages import write_pages
from simulator.exports.tracking import tracking_numbers
from simulator.frame import NONE, Frame
from simulator.people import OPEN_ID
from simulator.status import API_STATUS, CLOSED, LINE_STATUS, happened, last_change, line_status, seen
from simulator.text import TEXT, fold, hexes, join, json_objects, numbers, pick, quoted, strings, where
from simulator.world import Cohort

PAGE_SIZE = 100
UPDATED_WITHIN = 2 * DAY
OLDEST_ORDER_DAYS = 60
#: a shop order sums its lines; the price of one piece and of a line it does not have
_SUMS = {field: column for field, column in MONEY.items() if field not in ("origin_amount", "sum_amount")}


def write(export: Export) -> Iterator[Path]:
    """One JSONL file of pages: every order of the span, or every order updated in the last two days."""

    if export.is_history:
        first, back = export.since, None
    else:
        first, back = export.until - timedelta(days=OLDEST_ORDER_DAYS - 1), export.at - UPDATED_WITHIN
    days = (first, export.until, media.DOUYIN)
    total = sum(int(_wanted(piece, back, export.at).sum()) for piece in export.pieces(*days))
    items = (_items(export, piece, _wanted(piece, back, export.at)) for piece in export.pieces(*days))
    name = f"searchList_{export.since:%Y%m%d}-{export.until:%Y%m%d}"
    yield write_pages(
        export.path("douyin", "orders_api", name, suffix="jsonl"),
        items,
        PAGE_SIZE,
        lambda page, _: join(
            '{"code":10000,"data":{"page":', page, f',"size":{PAGE_SIZE},"total":{total},"shop_order_list":['
        ),
        ']},"msg":"success","sub_code":"","sub_msg":""}',
        total=total,
    )


def _wanted(cohort: Cohort, since: int | None, at: int) -> np.ndarray:
    """The orders that changed after `since` (None = all), as known at `at`."""
    if since is None:
        return np.ones(cohort.orders.rows, bool)
    return _per_order(cohort, last_change(cohort.orders, cohort.lines, cohort.after_sales, at), np.maximum) > since


def _items(export: Export, cohort: Cohort, wanted: np.ndarray) -> pa.Array:
    """The JSON objects of the wanted orders of a piece."""
    keep = cohort.with_mates(wanted)
    if not keep.any():
        return pa.array([], TEXT)
    return _orders(export, cohort.only(keep), export.at).filter(pa.array(wanted[keep]))


def _per_order(cohort: Cohort, values: np.ndarray, how: np.ufunc) -> np.ndarray:
    """Line values reduced to their order (an order's lines stand together)."""
    return how.reduceat(values, np.searchsorted(cohort.lines.order_i, np.arange(cohort.orders.rows)))


def _orders(export: Export, cohort: Cohort, at: int) -> pa.Array:
    """One JSON object for every order of the cohort, its lines within."""
    orders, lines = cohort.orders, cohort.lines
    rows = orders.rows
    status = _per_order(
        cohort, np.where(line_status(orders, lines, at) == CLOSED, NONE, line_status(orders, lines, at)), np.maximum
    )
    status = np.where(status == NONE, CLOSED, status)
    sums = {name: numbers(_per_order(cohort, lines[column], np.add)) for name, column in _SUMS.items()}
    sums["platform_cost_amount"] = numbers(
        _per_order(cohort, lines.platform_borne_fen + lines.creator_borne_fen, np.add)
    )
    changed = _per_order(cohort, last_change(orders, lines, cohort.after_sales, at), np.maximum)
    shipped = _per_order(cohort, lines.shipped_at, np.maximum)
    completed = _per_order(cohort, lines.completed_at, np.maximum)
    closed = (status == CLOSED) & (orders.paid_at == NONE)
    return json_objects(
        shop_id=str(names.SHOP_ID),
        shop_name=quoted([names.SHOP_NAME])[0],
        open_id=join('"1@#', hexes(export.world.people.token(orders.person, OPEN_ID)), '"'),
        order_id=strings(numbers(orders.order_id)),
        order_level="2",
        biz="2",
        biz_desc='"小店"',
        order_type="0",
        order_type_desc='"普通订单"',
        order_status=pick(status, [str(code) for code in API_STATUS]),
        order_status_desc=pick(status, quoted(LINE_STATUS)),
        main_status=pick(status, [str(code) for code in API_STATUS]),
        main_status_desc=pick(status, quoted(LINE_STATUS)),
        create_time=numbers(unix(orders.ordered_at)),
        pay_time=numbers(unix(seen(orders.paid_at, at))),
        exp_ship_time=numbers(unix(np.where(happened(orders.paid_at, at), orders.promised_at, NONE))),
        ship_time=numbers(unix(seen(shipped, at))),
        finish_time=numbers(unix(seen(completed, at))),
        update_time=numbers(unix(changed)),
        order_expire_time="1800",
        cancel_reason=where(closed, '"超时未支付"', '""'),
        buyer_words='""',
        seller_words='""',
        b_type="2",
        b_type_desc='"抖音"',
        pay_type=pick(
            np.where(happened(orders.paid_at, at), orders.pay_method, NONE),
            [str(code) for _, code in names.PAY_METHODS],
            "0",
        ),
        **sums,
        modify_amount="0",
        tax_amount="0",
        seller_remark_stars="0",
        post_tel='""',
        encrypt_post_tel=join('"$$', hexes(export.world.people.token(orders.person, OPEN_ID)), '$$"'),
        mask_post_receiver=pick(orders.person % len(names.SURNAMES), quoted([s + "*" for s in names.SURNAMES])),
        mask_post_tel='"1**********"',
        mask_post_addr=_address(orders),
        logistics_info=join("[", _parcels(cohort, at), "]"),
        sku_order_list=join("[", fold(sku_orders(export, cohort, at), np.bincount(lines.order_i, minlength=rows)), "]"),
    )


def _address(orders: Frame) -> pa.Array:
    return json_objects(
        province=json_objects(name=strings(pick(orders.province, [row[0] for row in names.PROVINCES])), id='"0"'),
        city=json_objects(name=strings(city_name(orders.province, orders.city)), id='"0"'),
        town=join('{"name":"***","id":"0"}', numbers(orders.lines).slice(0, 0))
        if not orders.rows
        else pick(np.zeros(orders.rows, int), ['{"name":"***","id":"0"}']),
        detail='"****小区*栋***室"',
    )


def _parcels(cohort: Cohort, at: int) -> pa.Array:
    """logistics_info of every order: the parcels that had left by `at`."""
    links, parcels = cohort.parcel_links, cohort.parcels
    links = links.take(parcels.shipped_at[links.parcel_i] <= at)
    if not links.rows:
        return fold(pa.array([], TEXT), np.zeros(cohort.orders.rows, int))
    items = json_objects(
        tracking_no=strings(tracking_numbers(cohort).take(pa.array(links.parcel_i))),
        company=pick(parcels.carrier[links.parcel_i], quoted([c[0] for c in names.CARRIERS])),
        company_name=pick(parcels.carrier[links.parcel_i], quoted([c[1] for c in names.CARRIERS])),
        ship_time=numbers(unix(parcels.shipped_at[links.parcel_i])),
        delivery_id=strings(numbers(8 * 10**12 + parcels.tracking[links.parcel_i])),
    )
    return fold(items, np.bincount(links.order_i, minlength=cohort.orders.rows))
