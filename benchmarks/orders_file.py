"""A 73-column 抖店 order export of any size, written by DuckDB in seconds: about 490 bytes a row in UTF-8."""

from __future__ import annotations

import csv
import itertools
import shutil
import subprocess
from pathlib import Path

_CHUNK = 8 * 1024 * 1024
#: changes with the content, so that a cached file of an older layout is not used
_VERSION = 1
_DAY = 86400
_START = "timestamp '2026-09-01 00:00:00'"


def choice(salt: int, *texts: str) -> str:
    """SQL: one of the texts by a hash of the row's number; the same row has the same value in every run."""
    listed = ", ".join("'" + t.replace("'", "''") + "'" for t in texts)
    return f"([{listed}])[1 + (hash(i, {salt}) % {len(texts)})::int]"


def _chance(salt: int, share: float, there: str, otherwise: str = "'-'") -> str:
    return f"case when hash(i, {salt}) % 1000 < {int(share * 1000)} then {there} else {otherwise} end"


def _money(fen: str) -> str:
    """SQL: fen as yuan with two digits, and a thousands comma where there are thousands, as the back office writes it."""
    return f"format('{{:,}}.{{:02d}}', ({fen}) // 100, ({fen}) % 100)"


def _moment(seconds: str) -> str:
    return f"strftime({_START} + to_seconds(({seconds})::bigint), '%Y-%m-%d %H:%M:%S')"


_ORDERED = f"hash(i, 1) % {30 * _DAY}"
_PRICE = "(990 + hash(i, 2) % 39900)"
_PIECES = "(1 + (hash(i, 3) % 10 // 8))"
_CUT = f"({_PRICE} * {_PIECES} // 10)"
_PAID = "hash(i, 4) % 100 < 93"
_SHIPPED = "hash(i, 4) % 100 < 80"

#: columns that the export leaves blank; the other headers that CELLS does not name hold its null, "-"
_BLANK = ("商品69码", "发货SN码", "发货IMEI码1", "发货IMEI码2", "物流SN码", "物流IMEI码1", "物流IMEI码2", "商家备注")

#: header -> SQL over the row number i
CELLS = {
    "主订单编号": "(6917926768820000000 + i // 2 * 7919)::varchar || '\t'",
    "子订单编号": "(6917926768820000000 + i * 7919 + 1)::varchar || '\t'",
    "选购商品": choice(11, "真丝围巾", "纯棉四件套", "儿童保温杯", "小烤箱"),
    "商品规格": choice(12, "雾蓝;均码", "米白;1.8m床", "藏青;XL", "奶油黄;500ml"),
    "商品数量": f"{_PIECES}::varchar",
    "商品ID": "(3512345678901230000 + hash(i, 13) % 400)::varchar || '\t'",
    "商家编码": "'S' || lpad((hash(i, 13) % 400)::varchar, 5, '0')",
    "商品单价": _money(_PRICE),
    "订单应付金额": _money(f"{_PRICE} * {_PIECES} - {_CUT}"),
    "运费": "'0.00'",
    "优惠总金额": _money(_CUT),
    "平台优惠": _money(f"{_CUT} // 2"),
    "商家优惠": _chance(14, 0.03, f"'店铺券-满199减20-' || {_money(f'{_CUT} - {_CUT} // 2')}", _money(f"{_CUT} - {_CUT} // 2")),
    "达人优惠": "'0.00'",
    "商家改价": "'0.00'",
    "支付优惠": "'0.00'",
    "红包抵扣": "'0.00'",
    "支付方式": f"case when {_PAID} then {choice(15, '抖音支付', '微信支付', '支付宝')} else '-' end",
    "手续费": "'0.00'",
    "收件人": choice(16, "王", "李", "张", "刘", "陈") + " || '*'",
    "收件人手机号": "'1**********'",
    "省": choice(17, "广东省", "浙江省", "江苏省", "四川省", "上海市"),
    "市": choice(17, "广州市", "杭州市", "苏州市", "成都市", "上海市"),
    "区": "'***'",
    "街道": "'***'",
    "详细地址": "'***'",
    "是否修改过地址": "'否'",
    "买家留言": _chance(18, 0.015, "'请发\"雾蓝\",\n不要米白, 谢谢'", "null"),
    "订单提交时间": _moment(_ORDERED),
    "旗帜颜色": "'灰'",
    "订单完成时间": f"case when hash(i, 4) % 100 < 60 then {_moment(f'{_ORDERED} + {8 * _DAY}')} else '-' end",
    "支付完成时间": f"case when {_PAID} then {_moment(f'{_ORDERED} + 35')} else '-' end",
    "APP渠道": choice(19, "抖音", "抖音", "抖音极速版"),
    "流量来源": choice(20, "直播", "短视频", "商品卡", "达人推广"),
    "订单状态": f"case when hash(i, 4) % 100 < 60 then '已完成' when {_SHIPPED} then '已发货' when {_PAID} then '待发货' else '已关闭' end",
    "承诺发货时间": f"case when hash(i, 4) % 100 between 60 and 92 then {_moment(f'{_ORDERED} + {2 * _DAY}')} else '-' end",
    "订单类型": "'普通订单'",
    "达人ID": "(7012345678900000 + hash(i, 21) % 40)::varchar",
    "达人昵称": choice(21, "小鹿的衣橱", "阿May家居", "川妹子好物", "老王选品"),
    "售后状态": _chance(22, 0.06, "'退款成功'"),
    "取消原因": f"case when {_PAID} then '-' else '超时未支付' end",
    "仓库ID": f"case when {_SHIPPED} then {choice(23, 'WH-HZ-01', 'WH-GZ-02')} else '-' end",
    "仓库名称": f"case when {_SHIPPED} then {choice(23, '杭州下沙仓', '广州白云仓')} else '-' end",
    "是否安心购": "'否'",
    "广告渠道": _chance(24, 0.35, "'千川'"),
    "流量类型": _chance(24, 0.35, "'付费流量'", "'自然流量'"),
    "流量体裁": choice(20, "直播", "短视频", "商品卡", "直播"),
    "流量渠道": choice(20, "推荐feed", "搜索", "商城", "关注"),
    "发货主体": f"case when {_PAID} then '商家' else '-' end",
    "发货时间": f"case when {_SHIPPED} then {_moment(f'{_ORDERED} + {_DAY}')} else '-' end",
    "降价类优惠": "'0.00'",
    "平台实际承担优惠金额": _money(f"{_CUT} // 2"),
    "商家实际承担优惠金额": _money(f"{_CUT} - {_CUT} // 2"),
    "达人实际承担优惠金额": "'0.00'",
    "是否平台仓自流转": "'否'",
}  # fmt: skip


def orders_file(folder: Path, rows: int, encoding: str) -> Path:
    """The cached export of so many rows in utf-8 (with BOM) or gb18030; made when it is not there.

    CRLF lines, tabs behind the ids, "-" for null, thousands commas, masked people, and one note in seventy over two lines.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"抖店订单_v{_VERSION}_{rows}_{encoding}_20261001020000.csv"
    target = folder / name
    if target.exists():
        return target
    part = folder / f".{name}.part"
    if encoding == "gb18030":
        _recode(orders_file(folder, rows, "utf-8"), part)
    else:
        _generate(rows, part, folder)
    part.replace(target)
    return target


def small_files(folder: Path, files: int, rows: int = 50) -> Path:
    """The cached folder of so many exports of so many rows each, in UTF-8 with BOM, every one with rows of its own."""
    whole = orders_file(folder, files * rows, "utf-8")
    target = folder / f"{whole.stem}_in_{files}"
    if target.exists():
        return target
    part = folder / f".{target.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    with open(whole, encoding="utf-8-sig", newline="") as source:
        records = csv.reader(source)
        header = next(records)
        for number in range(files):
            with open(part / f"抖店订单_{number:05d}_20261001020000.csv", "w", encoding="utf-8-sig", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(header)
                writer.writerows(itertools.islice(records, rows))
    part.replace(target)
    return target


def _generate(rows: int, target: Path, folder: Path) -> None:
    import duckdb

    from simulator.exports.layouts import ORDERS_73

    unknown = set(CELLS) - set(ORDERS_73)
    if unknown:
        raise ValueError(f"not in the 73-column layout: {unknown}")
    absent = dict.fromkeys(ORDERS_73, "'-'") | dict.fromkeys(_BLANK, "null")
    columns = ", ".join(f'{CELLS.get(header, absent[header])} as "{header}"' for header in ORDERS_73)
    plain = folder / f".{target.name}.lf"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns} from range({rows}) t(i)) to '{plain}' (format csv, header)")
    with open(plain, "rb") as source, open(target, "wb") as out:
        out.write(b"\xef\xbb\xbf")
        while chunk := source.read(_CHUNK):
            out.write(chunk.replace(b"\n", b"\r\n"))
    plain.unlink()


def _recode(utf8: Path, target: Path) -> None:
    with open(target, "wb") as out, open(utf8, "rb") as source:
        source.seek(3)  # the BOM
        subprocess.run(["iconv", "-f", "UTF-8", "-t", "GB18030"], stdin=source, stdout=out, check=True)
