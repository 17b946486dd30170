"""抖店 OpenAPI afterSale/List: the same cases as the 售后单 export, as pages of JSON, in fen and Unix seconds."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media, names
from simulator.aftersales import EXCHANGE, PRE_SHIP, RETURN, SHIPPED_ONLY
from simulator.days import DAY, unix
from simulator.exports.context import Export
from simulator.exports.douyin_after_sales import OLDEST_ORDER_DAYS, applied_within
from simulator.exports.pages import write_pages
from simulator.exports.tracking import tracking_numbers
from simulator.frame import Frame
from simulator.status import (
    AGREED,
    COMPLETED,
    EXCHANGED,
    REFUNDED,
    SENT_BACK,
    SHIPPED,
    WAITING,
    WITHDRAWN,
    case_status,
    line_status,
    seen,
)
from simulator.text import fold, join, json_objects, numbers, pick, quoted, strings, where
from simulator.world import Cohort

PAGE_SIZE = 100
UPDATED_WITHIN = 2 * DAY
_TYPE = {PRE_SHIP: 2, SHIPPED_ONLY: 1, RETURN: 0, EXCHANGE: 3}
_TYPE_WORDS = {PRE_SHIP: "未发货仅退款", SHIPPED_ONLY: "已发货仅退款", RETURN: "退货退款", EXCHANGE: "换货"}
_STATUS = {WAITING: 6, AGREED: 7, SENT_BACK: 11, REFUNDED: 12, EXCHANGED: 14, WITHDRAWN: 28}
_REFUND = {WAITING: 1, AGREED: 2, SENT_BACK: 1, REFUNDED: 3, EXCHANGED: 0, WITHDRAWN: 1}
_MOMENTS = ("applied_at", "agreed_at", "returned_at", "succeeded_at", "closed_at")


def write(export: Export) -> Iterator[Path]:
    """Every case applied for in the span; or those updated in the last two days."""
    total = sum(len(_wanted(export, piece)) for piece in _pieces(export))
    yield write_pages(
        export.path(
            "douyin", "after_sales_api", f"afterSale_{export.since:%Y%m%d}-{export.until:%Y%m%d}", suffix="jsonl"
        ),
        (_items(export, piece, _wanted(export, piece)) for piece in _pieces(export)),
        PAGE_SIZE,
        lambda page, pages: join(
            '{"code":10000,"data":{"page":',
            page,
            f',"size":{PAGE_SIZE},"total":{total},"has_more":',
            where(np.array(page.to_pylist()) == str(pages - 1), "false", "true"),
            ',"items":[',
        ),
        ']},"msg":"success","sub_code":"","sub_msg":""}',
        total=total,
    )


def _pieces(export: Export) -> Iterator[Cohort]:
    return export.life(OLDEST_ORDER_DAYS if not export.is_history else export.days, shop=media.DOUYIN)


def _wanted(export: Export, cohort: Cohort) -> np.ndarray:
    """The positions of the cases to tell of."""
    if export.is_history:
        return applied_within(cohort, export.since, export.until)
    case = cohort.after_sales
    return np.flatnonzero((case.applied_at <= export.at) & (_changed(case, export.at) > export.at - UPDATED_WITHIN))


def _changed(case: Frame, at: int) -> np.ndarray:
    """The newest moment of each case not after `at`."""
    return np.max([seen(case[name], at) for name in _MOMENTS], axis=0)


def _items(export: Export, cohort: Cohort, rows: np.ndarray) -> pa.Array:
    at = export.at
    case = cohort.after_sales.take(rows)
    state = case_status(case, at)
    line = cohort.lines.take(case.line_i)
    order = cohort.orders.take(line.order_i)
    return json_objects(
        aftersale_info=_case(case, state, line, _logistics(cohort, at).take(pa.array(line.order_i)), at),
        order_info=json_objects(
            shop_order_id=strings(numbers(order.order_id)),
            related_order_info=join("[", _line(export, cohort, case, line, order), "]"),
        ),
        text_part=json_objects(
            aftersale_type_text=pick(case.kind, quoted([_TYPE_WORDS[i] for i in range(4)])),
            reason_text=pick(case.reason, quoted(names.REASONS)),
        ),
        seller_logs="[]",
    )


def _logistics(cohort: Cohort, at: int) -> pa.Array:
    """order_logistics of every order: the parcels that had left by `at`."""
    links, parcels = cohort.parcel_links, cohort.parcels
    links = links.take(parcels.shipped_at[links.parcel_i] <= at)
    items = json_objects(
        tracking_no=strings(tracking_numbers(cohort).take(pa.array(links.parcel_i))),
        company_name=pick(parcels.carrier[links.parcel_i], quoted([c[1] for c in names.CARRIERS])),
    )
    return join("[", fold(items, np.bincount(links.order_i, minlength=cohort.orders.rows)), "]")


def _case(case: Frame, state: np.ndarray, line: Frame, logistics: pa.Array, at: int) -> pa.Array:
    sent_back = seen(case.returned_at, at) >= 0
    # A refund without goods to send back is under way as soon as it is agreed to.
    status = np.where((state == AGREED) & (case.kind < RETURN), 12, np.array([_STATUS[i] for i in range(6)])[state])
    return json_objects(
        aftersale_id=strings(numbers(case.after_sale_id)),
        aftersale_order_type="1",
        aftersale_type=numbers(np.array([_TYPE[i] for i in range(4)])[case.kind]),
        aftersale_status=numbers(status),
        related_id=strings(numbers(line.sub_order_id)),
        apply_time=numbers(unix(case.applied_at)),
        create_time=numbers(unix(case.applied_at)),
        update_time=numbers(unix(_changed(case, at))),
        status_deadline=numbers(unix(case.applied_at) + 2 * DAY),
        refund_amount=numbers(case.goods_fen),
        refund_post_amount=numbers(case.freight_fen),
        refund_tax_amount="0",
        return_promotion_amount="0",
        aftersale_num=numbers(line.quantity),
        part_type=where(case.full, "0", "1"),
        aftersale_refund_type="0",
        refund_type=where(case.fast, "1", "0"),
        refund_status=numbers(np.array([_REFUND[i] for i in range(6)])[state]),
        arbitrate_status="0",
        arbitrate_blame="0",
        return_logistics_code=where(sent_back, strings(numbers(7_700_000_000_000 + case.after_sale_id % 10**10)), '""'),
        return_logistics_company_name=where(sent_back, '"中通快递"', '""'),
        got_pkg=where(case.kind == PRE_SHIP, "0", "1"),
        order_logistics=logistics,
        is_agree_refuse_sign="2",
        remark='""',
        store_id="0",
        store_name='""',
    )


def _line(export: Export, cohort: Cohort, case: Frame, line: Frame, order: Frame) -> pa.Array:
    goods = export.world.catalogue
    product = goods.skus.product_i[line.sku]
    status = line_status(cohort.orders, cohort.lines, export.at)[case.line_i]
    return json_objects(
        sku_order_id=strings(numbers(line.sub_order_id)),
        order_status=where(status < SHIPPED, "2", where(status == COMPLETED, "5", "3")),
        pay_amount=numbers(line.payable_fen),
        post_amount=numbers(line.freight_fen),
        tax_amount="0",
        item_num=numbers(line.quantity),
        create_time=numbers(unix(order.ordered_at)),
        is_oversea_order="0",
        product_name=pick(product, quoted(goods.product_names)),
        product_id=numbers(goods.products.product_id[product]),
        sku_spec=pick(line.sku, [f'[{{"name":"颜色","value":{word}}}]' for word in quoted(goods.sku_names)]),
        shop_sku_code=pick(line.sku, quoted(goods.sku_ids)),
        aftersale_pay_amount=numbers(case.goods_fen),
        aftersale_post_amount=numbers(case.freight_fen),
        aftersale_tax_amount="0",
        aftersale_item_num=numbers(line.quantity),
        promotion_pay_amount=numbers(line.pay_discount_fen),
        price=numbers(line.unit_fen),
        given_sku_order_ids="[]",
    )
