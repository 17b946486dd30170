"""Our name for a platform's header: the one that a contract has already for the same words, else made from its parts."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from ingest.contract import FOLDER, Column, all_contracts
from ingest.headers import canonical, without_unit

#: parts of headers that no contract may know as a whole; longer ones are looked for first
_PARTS = {
    "订单": "order", "子订单": "sub_order", "编号": "id", "单号": "no", "号码": "no", "商品": "product", "名称": "name", "数量": "quantity", "金额": "amount",
    "价格": "price", "单价": "unit_price", "实付": "paid", "应付": "payable", "支付": "paid", "下单": "ordered", "创建": "created", "更新": "updated",
    "发货": "shipped", "完成": "completed", "退款": "refund", "售后": "after_sale", "时间": "at", "日期": "date", "状态": "status", "类型": "type", "店铺": "shop",
    "用户": "user", "会员": "member", "达人": "creator", "主播": "host", "直播": "live", "快递": "express", "物流": "logistics", "公司": "company", "运费": "freight",
    "优惠": "discount", "佣金": "commission", "服务费": "service_fee", "平台": "platform", "仓库": "warehouse", "规格": "sku", "类目": "category", "渠道": "channel",
    "付款": "paid", "分销": "distribution", "推广": "promotion", "券": "coupon", "标题": "name", "客服": "agent", "重量": "weight", "体积": "volume", "税": "tax",
    "来源": "source", "原因": "reason", "备注": "note", "省": "province", "市": "city", "区": "district", "次数": "count", "人数": "people", "点击": "click",
    "曝光": "exposure", "成交": "deal", "消耗": "spend", "率": "rate", "收入": "income", "结算": "settlement", "供应商": "supplier", "评分": "score", "评价": "review",
    "收件": "receiver", "收货": "receiver", "姓名": "name", "电话": "phone", "手机": "phone", "地址": "address", "昵称": "nickname", "买家": "buyer", "是否": "is",
}  # fmt: skip
_ENDINGS = {"money": "_cny", "rate": "_rate", "timestamp": "_at", "date": "_date"}


@cache
def _known() -> dict[str, Column]:
    """A header's column in the project's contracts: of several names the one used most."""
    votes: dict[str, Counter[str]] = {}
    columns: dict[tuple[str, str], Column] = {}
    for contract in all_contracts(FOLDER):
        for column in contract.columns:
            for header in column.headers:
                spelling = without_unit(canonical(header))
                votes.setdefault(spelling, Counter())[column.name] += 1
                columns.setdefault((spelling, column.name), column)
    return {spelling: columns[spelling, names.most_common(1)[0][0]] for spelling, names in votes.items()}


def known_column(header: str) -> Column | None:
    """The column that other contracts have for this header."""
    return _known().get(without_unit(canonical(header)))


def name_of(header: str, kind: str, index: int, taken: set[str]) -> tuple[str, bool]:
    """(name, whether it needs no look); it ends as its kind does and is unique among `taken`, to which it is added.

    index: the column's, from 0, for a header that says nothing.
    """
    known = known_column(header)
    name, sure = (known.name, True) if known else _made(without_unit(canonical(header)))
    name = _ended(name or f"column_{index + 1:02}", kind)
    base, number = name, 2
    while name in taken:
        name, number, sure = f"{base}_{number}", number + 1, False
    taken.add(name)
    return name, sure


def _ended(name: str, kind: str) -> str:
    """The name with the ending of its kind, and without that of another: _cny, _rate, _at, _date; is_ before yes and no."""
    for other, ending in _ENDINGS.items():
        if other != kind and kind in (*_ENDINGS, "text", "code", "id", "integer", "number"):
            name = name.removesuffix(ending) or name
    ending = _ENDINGS.get(kind, "")
    if kind == "boolean" and not name.startswith(("is_", "has_")):
        return f"is_{name}" if name != "is" else "is_so"
    return name if name.endswith(ending) else name + ending


def _made(spelling: str) -> tuple[str, bool]:
    """A name from an English header as it is, or from the Chinese parts that are known; sure only of the former."""
    if spelling.isascii():
        name = re.sub(r"[^0-9a-z]+", "_", spelling.lower()).strip("_")
        return (f"c_{name}" if name[:1].isdigit() else name), True
    parts = sorted(_PARTS, key=len, reverse=True)
    found = re.findall("|".join(map(re.escape, parts)) + r"|[0-9a-z]+", spelling.lower())
    return "_".join(_PARTS.get(f, f) for f in found), False
