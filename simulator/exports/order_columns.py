"""The cells of the 抖店 order export: one column of text for every header of every layout."""

import numpy as np
import pyarrow as pa

from simulator import media, names
from simulator.days import DAY, day_of, start_of
from simulator.exports.context import Export
from simulator.exports.tracking import joined_tracking
from simulator.frame import NONE
from simulator.status import LINE_STATUS, UNPAID, case_status, case_words, happened, latest_case, line_status, seen
from simulator.text import TEXT, const, join, money, numbers, pick, stamps, where
from simulator.world import Cohort

PLACEHOLDER = "数据将于第二天更新"
_CITIES = [city for row in names.PROVINCES for city in row[1]]
_FIRST_CITY = np.cumsum([0] + [len(row[1]) for row in names.PROVINCES])[:-1]


def order_columns(export: Export, cohort: Cohort, layout: list[str], at: int, id_style: str) -> dict[str, pa.Array]:
    """The columns of `layout` for every line of the cohort as known at `at`.

    `id_style` is "", "tab" or "apostrophe": what stands round the ids.
    """
    lines, orders = cohort.lines, cohort.orders
    known = _known(export, cohort, at, id_style)
    rows = lines.rows
    known |= _money(export, cohort)
    known |= _person(export, cohort)
    known |= _traffic(export, cohort, at)
    if "快递信息" in layout:
        known["快递信息"] = joined_tracking(export.world, cohort, at, with_carrier=True).take(pa.array(lines.order_i))
    if "福袋采购单号" in layout:
        known |= _bags(export, cohort)
    empty = const(null(export), rows)
    return {name: known.get(name, empty) for name in layout} if orders.rows else {name: empty for name in layout}


def null(export: Export) -> str:
    """How a missing value is written."""
    return "-" if export.has("dash_nulls") else ""


def city_name(province: np.ndarray, city: np.ndarray) -> pa.Array:
    """The city's name from a province index and a city's position in it."""
    return pick(_FIRST_CITY[province] + city, _CITIES)


def styled(ids: np.ndarray, style: str) -> pa.Array:
    """Ids as text with a trailing tab or a leading apostrophe round them."""
    plain = numbers(ids)
    return join(plain, "\t") if style == "tab" else join("'", plain) if style == "apostrophe" else plain


def _known(export: Export, cohort: Cohort, at: int, style: str) -> dict[str, pa.Array]:
    lines, orders, goods = cohort.lines, cohort.orders, export.world.catalogue
    order = orders.take(lines.order_i)
    product = goods.skus.product_i[lines.sku]
    none = null(export)
    status = line_status(orders, lines, at)
    shipped = happened(lines.shipped_at, at)
    return {
        "主订单编号": styled(order.order_id, style),
        "子订单编号": styled(lines.sub_order_id, style),
        "选购商品": pick(product, goods.product_names),
        "商品规格": pick(lines.sku, goods.sku_names),
        "货号": pick(lines.sku, goods.sku_ids),
        "商品数量": numbers(lines.quantity),
        "商品ID": styled(goods.products.product_id[product], style),
        "商家编码": pick(lines.sku, goods.sku_ids),
        "支付方式": pick(
            np.where(happened(order.paid_at, at), order.pay_method, NONE),
            [method for method, _ in names.PAY_METHODS],
            none,
        ),
        "是否修改过地址": const("否", lines.rows),
        "订单提交时间": stamps(order.ordered_at),
        "支付完成时间": stamps(seen(order.paid_at, at)),
        "订单完成时间": stamps(seen(lines.completed_at, at), none),
        "承诺发货时间": stamps(
            seen(np.where(happened(order.paid_at, at), order.promised_at, NONE), at + 3 * DAY), none
        ),
        "发货时间": stamps(seen(lines.shipped_at, at), none),
        "APP渠道": where(lines.variety < 0.85, "抖音", "抖音极速版"),
        "订单状态": pick(status, LINE_STATUS),
        "订单类型": const("普通订单", lines.rows),
        "售后状态": _after_sale_words(export, cohort, at),
        "取消原因": where(
            happened(lines.closed_at, at), where(order.paid_at == NONE, "超时未支付", "售后退款完成"), none
        ),
        "仓库ID": pick(np.where(shipped, order.warehouse, NONE), [w[0] for w in names.WAREHOUSES], none),
        "仓库名称": pick(np.where(shipped, order.warehouse, NONE), [w[1] for w in names.WAREHOUSES], none),
        "是否安心购": const("否", lines.rows),
        "达人ID": numbers(np.array([c[0] for c in names.CREATORS])[order.creator]),
        "达人昵称": pick(order.creator, [c[1] for c in names.CREATORS]),
        "发货主体": where(status == UNPAID, none, "商家"),
        "是否平台仓自流转": const("否", lines.rows),
        "是否是以旧换新": const("否", lines.rows),
        "商品单价是否含税": const("否", lines.rows),
        "是否是渠道商品": const("否", lines.rows),
        "旗帜颜色": const("灰", lines.rows),
    }


def _money(export: Export, cohort: Cohort) -> dict[str, pa.Array]:
    lines = cohort.lines
    commas = export.has("thousands_commas")
    zero = const("0.00", lines.rows)
    shop = money(lines.shop_fen, commas)
    if export.has("discount_as_text"):
        # The coupon's name may hold the dash itself: only the last one parts name and amount.
        worded = (lines.shop_fen > 0) & (lines.variety > 0.97)
        shop = where(worded, join(where(lines.variety > 0.985, "店铺券-满199减20-", "新人立减-"), shop), shop)
    amounts = {
        "商品单价": "unit_fen",
        "商品金额": "list_fen",
        "订单应付金额": "payable_fen",
        "运费": "freight_fen",
        "优惠总金额": "discount_fen",
        "平台优惠": "platform_fen",
        "达人优惠": "creator_fen",
        "支付优惠": "pay_discount_fen",
        "红包抵扣": "redpacket_fen",
        "降价类优惠": "markdown_fen",
        "平台实际承担优惠金额": "platform_borne_fen",
        "商家实际承担优惠金额": "shop_borne_fen",
        "达人实际承担优惠金额": "creator_borne_fen",
    }
    made = {name: money(lines[column], commas) for name, column in amounts.items()}
    return made | {
        "商家优惠": shop,
        "商家改价": zero,
        "手续费": zero,
        "税费": zero,
        "教育优惠": zero,
        "换新额外补贴": zero,
    }


def _person(export: Export, cohort: Cohort) -> dict[str, pa.Array]:
    order = cohort.orders.take(cohort.lines.order_i)
    province = pick(order.province, [row[0] for row in names.PROVINCES])
    city = city_name(order.province, order.city)
    note = np.full(cohort.orders.rows, "", object)
    if export.has("phones_in_notes"):
        rows = np.flatnonzero(cohort.orders.note < 0.03)
        for row, phone in zip(rows, export.world.people.phone(cohort.orders.person[rows]).tolist(), strict=True):
            note[row] = f"到货请打{phone}，放门卫"
    if export.has("newlines_in_notes"):
        note[cohort.orders.note > 0.985] = '请发"雾蓝",\n不要米白, 谢谢'
    return {
        "收件人": join(pick(order.person % len(names.SURNAMES), list(names.SURNAMES)), "*"),
        "收件人手机号": const("1**********", cohort.lines.rows),
        "省": province,
        "市": city,
        "区": const("***", cohort.lines.rows),
        "街道": const("***", cohort.lines.rows),
        "详细地址": join(province, city, "****小区*栋***室"),
        "买家留言": pa.array(note, TEXT).take(pa.array(cohort.lines.order_i)),
    }


def _traffic(export: Export, cohort: Cohort, at: int) -> dict[str, pa.Array]:
    order = cohort.orders.take(cohort.lines.order_i)
    labels = [channel.labels for channel in media.CHANNELS]
    source, kind, form, channel, ad = (
        pick(order.channel, [label[i] for label in labels], media.NO_TOUCH_LABELS[i]) for i in range(5)
    )
    if export.has("next_day_placeholder"):
        fresh = order.ordered_at >= start_of(day_of(at)) - DAY
        form, channel = where(fresh, PLACEHOLDER, form), where(fresh, PLACEHOLDER, channel)
    return {"流量来源": source, "流量类型": kind, "流量体裁": form, "流量渠道": channel, "广告渠道": ad}


def _after_sale_words(export: Export, cohort: Cohort, at: int) -> pa.Array:
    lines, after = cohort.lines, cohort.after_sales
    newest = latest_case(lines, after, at)
    rows = np.flatnonzero(newest != NONE)
    cases = newest[rows]
    words = np.full(lines.rows, "-", object)
    words[rows] = case_words(
        after.kind[cases], case_status(after, at)[cases], lines.variety[rows], export.has("fullwidth_comma_status")
    )
    return pa.array(words, TEXT)


def _bags(export: Export, cohort: Cohort) -> dict[str, pa.Array]:
    """A few lines bought for a lucky bag (福袋)."""
    bag = cohort.lines.variety < 0.02
    none = null(export)
    return {
        "福袋采购单号": where(bag, numbers(cohort.lines.sub_order_id + 7), none),
        "福袋活动名称": where(bag, "晚场福袋", none),
        "福袋数量": where(bag, "1", none),
        "福袋采购状态": where(bag, "已采购", none),
    }
