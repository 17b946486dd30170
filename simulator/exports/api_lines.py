"""sku_order_list of order/searchList: one JSON object for every order line."""

import numpy as np
import pyarrow as pa

from simulator import aftersales, media, names
from simulator.days import unix
from simulator.exports.context import Export
from simulator.frame import NONE
from simulator.status import (
    AGREED,
    API_STATUS,
    EXCHANGED,
    LINE_STATUS,
    REFUNDED,
    SENT_BACK,
    WAITING,
    WITHDRAWN,
    case_status,
    happened,
    last_change,
    latest_case,
    line_status,
    seen,
)
from simulator.text import json_objects, numbers, pick, quoted, strings, where
from simulator.world import Cohort

_CASE_CODE = {WAITING: 6, AGREED: 7, SENT_BACK: 11, REFUNDED: 12, EXCHANGED: 14, WITHDRAWN: 28}
# order/searchList has codes of its own for the kind: 0 退货退款, 1 售后退款, 2 售前退款, 3 换货.
_KIND_CODE = {aftersales.PRE_SHIP: 2, aftersales.SHIPPED_ONLY: 1, aftersales.RETURN: 0, aftersales.EXCHANGE: 3}
#: money fields of a product order, fen -> the column of `lines` that holds them
MONEY = {
    "origin_amount": "unit_fen",
    "sum_amount": "list_fen",
    "order_amount": "list_fen",
    "pay_amount": "payable_fen",
    "post_amount": "freight_fen",
    "promotion_amount": "discount_fen",
    "promotion_shop_amount": "shop_fen",
    "promotion_platform_amount": "platform_fen",
    "promotion_talent_amount": "creator_fen",
    "promotion_pay_amount": "pay_discount_fen",
    "promotion_redpack_amount": "redpacket_fen",
    "shop_cost_amount": "shop_borne_fen",
    "only_platform_cost_amount": "platform_borne_fen",
    "author_cost_amount": "creator_borne_fen",
}


def sku_orders(export: Export, cohort: Cohort, at: int) -> pa.Array:
    """The JSON object of every line of the cohort as known at `at`; ids as strings beside their int64 twins."""
    lines, orders, goods = cohort.lines, cohort.orders, export.world.catalogue
    order = orders.take(lines.order_i)
    product = goods.skus.product_i[lines.sku]
    product_id = numbers(goods.products.product_id[product])
    room = numbers(np.where(order.room == NONE, 0, order.room))
    creative = np.where(order.ad == NONE, 0, media.creative_id(order.ad, order.creative))
    status = line_status(orders, lines, at)
    codes = [str(code) for code in API_STATUS]
    creator = np.array([c[0] for c in names.CREATORS])[order.creator]
    return json_objects(
        order_id=strings(numbers(lines.sub_order_id)),
        parent_order_id=strings(numbers(order.order_id)),
        order_level="3",
        order_status=pick(status, codes),
        order_status_desc=pick(status, quoted(LINE_STATUS)),
        main_status=pick(status, codes),
        create_time=numbers(unix(order.ordered_at)),
        pay_time=numbers(unix(seen(order.paid_at, at))),
        exp_ship_time=numbers(unix(np.where(happened(order.paid_at, at), order.promised_at, NONE))),
        ship_time=numbers(unix(seen(lines.shipped_at, at))),
        finish_time=numbers(unix(seen(lines.completed_at, at))),
        update_time=numbers(unix(last_change(orders, lines, cohort.after_sales, at))),
        product_id=product_id,
        product_id_str=strings(product_id),
        product_name=pick(product, quoted(goods.product_names)),
        sku_id=numbers(goods.skus.platform_sku_id[lines.sku]),
        code=pick(lines.sku, quoted(goods.sku_ids)),
        out_sku_id='""',
        supplier_id='""',
        spec=pick(lines.sku, [f'[{{"name":"颜色","value":{word}}}]' for word in quoted(goods.sku_names)]),
        item_num=numbers(lines.quantity),
        **{name: numbers(lines[column]) for name, column in MONEY.items()},
        platform_cost_amount=numbers(lines.platform_borne_fen + lines.creator_borne_fen),
        modify_amount="0",
        has_tax="false",
        goods_type="0",
        pre_sale_type="0",
        given_product_type='""',
        author_id=numbers(creator),
        author_name=pick(order.creator, quoted(["", *[c[1] for c in names.CREATORS[1:]]])),
        theme_type=where(order.room == NONE, '"0"', '"1"'),
        theme_type_desc=where(order.room == NONE, '"其他"', '"直播间"'),
        room_id=room,
        room_id_str=strings(room),
        cid=numbers(creative),
        page_id="0",
        content_id='""',
        video_id='""',
        c_biz=where(order.creator == 2, "2", "8"),
        c_biz_desc=where(order.creator == 2, '"精选联盟"', '"小店自卖"'),
        ad_env_type=where(order.ad == NONE, '""', where(order.room == NONE, '"video"', '"live"')),
        first_cid=numbers(20_000 + goods.products.category_i[product]),
        after_sale_info=_after_sale(cohort, at),
        inventory_list=pick(
            np.where(happened(lines.shipped_at, at), order.warehouse, NONE),
            [f'[{{"warehouse_id":"{w[0]}","count":1}}]' for w in names.WAREHOUSES],
            "[]",
        ),
        sku_order_tag_ui=_tags(order.channel),
    )


def _after_sale(cohort: Cohort, at: int) -> pa.Array:
    """after_sale_info; a case that the buyer withdrew keeps refund_status 1 for ever."""
    newest = latest_case(cohort.lines, cohort.after_sales, at)
    none = newest == NONE
    state = case_status(cohort.after_sales, at)[newest] if cohort.after_sales.rows else np.zeros(len(newest), int)
    kind = cohort.after_sales.kind[newest] if cohort.after_sales.rows else np.zeros(len(newest), int)
    refund = np.where(state == REFUNDED, 3, np.where(state == EXCHANGED, 0, 1))
    return json_objects(
        after_sale_status=numbers(np.where(none, 0, np.array([_CASE_CODE[i] for i in range(6)])[state])),
        after_sale_type=numbers(np.where(none, 0, np.array([_KIND_CODE[i] for i in range(4)])[kind])),
        refund_status=numbers(np.where(none, 0, refund)),
    )


def _tags(channel: np.ndarray) -> pa.Array:
    """sku_order_tag_ui: the platform's own traffic label, paid or not."""
    words = [
        f'[{{"key":"compass_source_{"ad" if c.paid else "not_ad"}_mark","text":"{c.labels[3]}",'
        f'"extra":"{{\\"compass_first_level_entrance_text\\":\\"{c.labels[2]}\\"}}"}}]'
        for c in media.CHANNELS
    ]
    return pick(channel, words, "[]")
