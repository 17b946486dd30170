"""千川 标准推广 report as a person downloads it: one row per day and plan, XLSX, with a total row."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator import media
from simulator.ads import ad_hours, grouped
from simulator.exports.context import Export
from simulator.frame import Frame
from simulator.text import TEXT, const, join, money, numbers, pick, stamps
from simulator.xlsx import write_xlsx

DAYS = 10
"""Only the oldest days of a history were downloaded by hand; the API has the others."""


def write(export: Export) -> Iterator[Path]:
    """The report of the history's first ten days; nothing for a single day."""
    if not export.is_history:
        return
    last = min(export.until, export.since + timedelta(days=DAYS - 1))
    rows = grouped(ad_hours(export.world, export.since, last, export.at), by_day=True)
    path = export.path("qianchuan", "ad_reports", f"标准推广_{export.since:%Y%m%d}-{last:%Y%m%d}", suffix="xlsx")
    columns = report_columns(export, rows)
    yield write_xlsx(
        path,
        "标准推广",
        columns,
        inline=export.has("xlsx_inline_strings"),
        wrong_dimension=export.has("xlsx_wrong_dimension"),
        trailer=_total(export, rows, list(columns)) if export.has("ad_total_row") else None,
    )


def report_columns(export: Export, rows: Frame) -> dict[str, pa.Array]:
    """The cells of the report, all text as the download writes them."""
    commas = export.has("thousands_commas")
    none = "-" if export.has("dash_nulls") else ""
    live = np.array([media.CHANNELS[plan[2]].live for plan in media.PLANS])[rows.ad]
    return {
        "日期": day_text(rows.hour_at),
        "账户ID": numbers(np.array(media.ADVERTISERS)[media.AD_ADVERTISER[rows.ad]]),
        "计划ID": numbers(media.AD_IDS[rows.ad]),
        "计划名称": pick(rows.ad, [plan[0] for plan in media.PLANS]),
        "消耗(元)": money(rows.spend_fen, commas),
        "展示次数": _count(rows.impressions, commas),
        "点击次数": _count(rows.clicks, commas),
        "点击率(%)": _percent(export, rows.clicks, rows.impressions, none),
        "转化数": _count(rows.paid_orders, commas),
        "转化率(%)": _percent(export, rows.paid_orders, rows.clicks, none),
        "转化成本(元)": _ratio(rows.spend_fen, rows.paid_orders * 100, none),
        "7日总支付ROI": _ratio(rows.paid_fen + rows.indirect_fen, rows.spend_fen, none),
        "直接成交金额(元)": money(rows.paid_fen, commas),
        "直接成交订单数": _count(rows.paid_orders, commas),
        "直接支付ROI": _ratio(rows.paid_fen, rows.spend_fen, none),
        "直接下单金额(元)": money(rows.created_fen, commas),
        "直接下单订单数": _count(rows.created_orders, commas),
        "直接下单ROI": _ratio(rows.created_fen, rows.spend_fen, none),
        "7日间接成交金额(元)": money(rows.indirect_fen, commas),
        "成交智能优惠券金额": const(none, rows.rows),
        "播放数": _count(rows.plays, commas),
        "3s播放数": _count(rows.plays * 45 // 100, commas),
        "播放完成数": _count(rows.plays * 12 // 100, commas),
        "推广类型": pa.array(np.where(live, "直播带货", "短视频带货").astype(object), TEXT),
    }


def day_text(seconds: np.ndarray) -> pa.Array:
    """YYYY-MM-DD of wall seconds."""
    return pc.utf8_slice_codeunits(stamps(seconds), 0, 10)


def _count(values: np.ndarray, commas: bool) -> pa.Array:
    return pa.array([f"{value:,}" if commas else str(value) for value in values.tolist()], TEXT)


def _ratio(top: np.ndarray, bottom: np.ndarray, none: str) -> pa.Array:
    """top / bottom with two decimals; `none` where the bottom is 0."""
    pairs = zip(top.tolist(), bottom.tolist(), strict=True)
    return pa.array([f"{t / b:.2f}" if b else none for t, b in pairs], TEXT)


def _percent(export: Export, top: np.ndarray, bottom: np.ndarray, none: str) -> pa.Array:
    words = _ratio(top * 100, bottom, none)
    if not export.has("ad_percent_text"):
        return words
    return pc.if_else(pc.equal(words, none), words, join(words, "%"))


def _total(export: Export, rows: Frame, header: list[str]) -> list[str]:
    """The 日期=全部 row: sums of the file, `-` for the ids."""
    whole = Frame({name: np.array([column.sum()]) for name, column in rows.items()})
    whole["hour_at"], whole["ad"] = np.array([0]), np.array([0])
    cells = {name: column[0].as_py() for name, column in report_columns(export, whole).items()}
    cells |= {"日期": "全部", "账户ID": "-", "计划ID": "-", "计划名称": "-", "推广类型": "-"}
    return [cells[name] for name in header]
