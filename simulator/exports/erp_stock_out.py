"""旺店通 wms.stockout.Sales.queryWithDetail: a shipment with its lines, times of two types in one record."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media, names
from simulator.days import unix
from simulator.exports.context import Export
from simulator.exports.pages import write_pages
from simulator.exports.tracking import tracking_numbers
from simulator.frame import NONE, Frame
from simulator.live.accounts import HOSTS
from simulator.live.sessions import sessions
from simulator.shipments import Shipments, merged_ids, pieces_of, shipments
from simulator.status import happened
from simulator.text import fold, join, json_fields, json_objects, money, numbers, pick, quoted, stamps, strings, where
from simulator.world import Cohort

PAGE_SIZE = 100
SHOP_NAMES = ("山野集旗舰店", "山野集快手小店", "山野集视频号小店", "山野集淘宝店")
TO_SHIP, DONE = 70, 110


def write(export: Export) -> Iterator[Path]:
    """Every shipment of the span's orders, or what changed in the last two days."""
    total = sum(shipments(export, piece, jst=False).rows.rows for piece in pieces_of(export))
    yield write_pages(
        export.path("erp", "stock_out", f"stockout_{export.since:%Y%m%d}-{export.until:%Y%m%d}", suffix="jsonl"),
        (_items(export, piece, shipments(export, piece, jst=False)) for piece in pieces_of(export)),
        PAGE_SIZE,
        lambda _, __: f'{{"status":0,"data":{{"total_count":{total},"order":[',
        "]}}",
        total=total,
    )


def _items(export: Export, cohort: Cohort, told: Shipments) -> pa.Array:
    rows, lines = told.rows, told.lines
    parcel, order = cohort.parcels.take(rows.parcel_i), cohort.orders.take(rows.order_i)
    warehouses, shipped = names.WAREHOUSES, rows.shipped_at != NONE
    day = stamps(rows.opened_at)
    tracking = strings(tracking_numbers(cohort).take(pa.array(rows.parcel_i)))
    line = cohort.lines.take(lines.line_i)
    host, co_host = _hosts(export, order)

    def summed(values: np.ndarray) -> pa.Array:
        return _decimal(np.bincount(lines.shipment_i, values, rows.rows).round().astype(np.int64))

    body = json_fields(
        stockout_id=numbers(parcel.tracking),
        order_no=join('"CK', numbers(parcel.tracking), '"'),
        src_order_no=join('"JY', numbers(order.order_id), '"'),
        trade_no=join('"JY', numbers(order.order_id), '"'),
        src_trade_no=join('"', _platform_ids(export, cohort, told), '"'),
        order_type="1",
        warehouse_no=pick(parcel.warehouse, quoted([w[0] for w in warehouses])),
        warehouse_name=pick(parcel.warehouse, quoted([w[1] for w in warehouses])),
        warehouse_type="1",
        shop_no=pick(order.shop, quoted([f"SHOP{i + 1:02d}" for i in range(len(media.SHOPS))])),
        shop_name=pick(order.shop, quoted(SHOP_NAMES)),
        status=where(shipped, str(DONE), str(TO_SHIP)),
        trade_status=where(shipped, "95", "55"),
        trade_type="1",
        trade_from="1",
        refund_status="0",
        block_reason="0",
        bad_reason="0",
        goods_count=_plain(np.bincount(lines.shipment_i, line.quantity, rows.rows)),
        goods_type_count=numbers(np.bincount(lines.shipment_i, minlength=rows.rows)),
        logistics_code=pick(parcel.carrier, quoted([f"{c[0].upper()}" for c in names.CARRIERS])),
        logistics_name=pick(parcel.carrier, quoted([c[1] for c in names.CARRIERS])),
        logistics_no=where(shipped, tracking, '""'),
        receiver_name='""',
        receiver_mobile='""',
        receiver_address='""',
        nick_name='""',
        buyer_message='""',
        cs_remark='""',
        trade_time=_moment(export, order.ordered_at),
        pay_time=_moment(export, order.paid_at),
        created=_moment(export, rows.opened_at),
        stock_check_time=_moment(export, rows.opened_at),
        created_date=strings(day),
        modified=strings(stamps(rows.modified_at)),
        paid=summed(line.payable_fen),
        receivable=summed(line.payable_fen),
        discount=summed(line.discount_fen),
        post_amount=summed(line.freight_fen),
        goods_total_amount=summed(line.payable_fen - line.freight_fen),
        goods_total_cost=summed(export.world.catalogue.skus.cost_fen[line.sku] * line.quantity),
        cod_amount='"0.0000"',
        weight=_plain(np.bincount(lines.shipment_i, minlength=rows.rows)),
        anchor_name=host,
        assist_achor_name=co_host,
        details_list=join(
            "[", fold(_details(export, cohort, told, line), np.bincount(lines.shipment_i, minlength=rows.rows)), "]"
        ),
        logistics_list=where(
            shipped, join("[", json_objects(stockout_id=numbers(parcel.tracking), logistics_no=tracking), "]"), "[]"
        ),
    )
    # What is not shipped has no consign_time at all, not an empty one.
    consigned = where(shipped, join(',"consign_time":', strings(stamps(rows.shipped_at))), "")
    return join("{", *body, consigned, "}")


def _details(export: Export, cohort: Cohort, told: Shipments, line: Frame) -> pa.Array:
    goods = export.world.catalogue
    product = goods.skus.product_i[line.sku]
    order = cohort.orders.take(line.order_i)
    due = line.payable_fen - line.freight_fen
    return json_objects(
        rec_id=numbers(
            cohort.parcels.tracking[told.rows.parcel_i[told.lines.shipment_i]] * 100 + _nth(told.lines.shipment_i) + 1
        ),
        spec_no=pick(line.sku, quoted(goods.sku_ids)),
        goods_no=pick(product, [f'"SY{i + 1:04d}"' for i in range(goods.products.rows)]),
        goods_name=pick(product, quoted(goods.product_names)),
        spec_name=pick(line.sku, quoted(goods.sku_names)),
        num=numbers(line.quantity),
        goods_count=numbers(line.quantity),
        src_tid=strings(numbers(order.order_id)),
        src_oid=strings(numbers(line.sub_order_id)),
        share_price=_decimal(due // line.quantity),
        share_amount=_decimal(due),
        market_price=_decimal(line.unit_fen),
        discount=_decimal(line.discount_fen),
        share_post_amount=_decimal(line.freight_fen),
        cost_price=_decimal(goods.skus.cost_fen[line.sku]),
        refund_status=where(happened(line.refunded_at, export.at), "5", "0"),
        gift_type="0",
        platform_id="0",
        unit_name='"件"',
    )


def _platform_ids(export: Export, cohort: Cohort, told: Shipments) -> pa.Array:
    """src_trade_no: the platform orders in a shipment, in ascending order; the first alone without the quirk."""
    order_i, count = merged_ids(cohort, told)
    if export.has("merged_order_ids"):
        return fold(numbers(cohort.orders.order_id[order_i]), count)
    return numbers(cohort.orders.order_id[told.rows.order_i])


def _hosts(export: Export, order: Frame) -> tuple[pa.Array, pa.Array]:
    """anchor_name and assist_achor_name of the orders placed in a live room, "" for the others."""
    held = sessions(export.world)
    by_id = np.argsort(held.session_id)
    place = np.minimum(np.searchsorted(held.session_id[by_id], order.room), held.rows - 1)
    found = by_id[place]
    known = held.session_id[found] == order.room
    words = quoted([name for _, name in HOSTS])
    return tuple(pick(np.where(known, column[found], NONE), words, '""') for column in (held.host_i, held.co_host_i))


def _nth(group: np.ndarray) -> np.ndarray:
    """The position of each row within its group; groups stand together."""
    return np.arange(len(group)) - np.searchsorted(group, group)


def _moment(export: Export, seconds: np.ndarray) -> pa.Array:
    """Milliseconds since 1970 (as the interface gives them), or text without the quirk."""
    if export.has("mixed_time_types"):
        return numbers(unix(seconds) * 1000)
    return strings(stamps(seconds))


def _decimal(fen: np.ndarray) -> pa.Array:
    """Money as Decimal(19,4) in quotation marks."""
    return join('"', money(fen), '00"')


def _plain(count: np.ndarray) -> pa.Array:
    return join(numbers(count.round()), ".0000")
