"""千川 素材 reports: report/material/get by day as JSON, and for a history the downloads people make of them."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import media
from simulator.exports.answers import DAILY_DAYS, quoted_numbers, ratio, write_answers
from simulator.exports.context import Export
from simulator.frame import Frame
from simulator.materials import created_at, material_days, material_id, material_names, material_sums
from simulator.text import TEXT, const, join, json_objects, money, numbers, pick, quoted, stamps
from simulator.world import World
from simulator.xlsx import write_xlsx

DOWNLOADED_DAYS = 7
#: Chinese header of the 推素材 download -> the name that it sometimes comes with instead
ENGLISH = {
    "素材ID": "material_id",
    "素材视频名称": "roi2_material_video_name",
    "素材创建时间": "material_create_time_v2",
    "整体消耗": "stat_cost_for_roi2",
    "整体成交订单数": "total_pay_order_count_for_roi2",
    "整体成交金额": "total_pay_order_gmv_include_coupon_for_roi2",
    "整体支付ROI": "total_prepay_and_pay_order_roi2",
    "整体展现次数": "live_show_count_for_roi2_v2",
    "整体点击次数": "live_watch_count_for_roi2_v2",
}


def write(export: Export) -> Iterator[Path]:
    """Answers for each account by day; for a history also the 素材日报, 推素材 and 追投 downloads of its first week."""
    first = export.since if export.is_history else export.until - timedelta(days=DAILY_DAYS - 1)
    first = max(first, export.world.first_day)
    for advertiser in media.ADVERTISERS:
        name = f"material_{advertiser}_{first:%Y%m%d}-{export.until:%Y%m%d}"
        path = export.path("qianchuan", "material_reports", name, suffix="jsonl")
        items = material_items(export.world, first, export.until, export.at, advertiser)
        yield write_answers(path, items, {"advertiser_id": advertiser})
    if export.is_history:
        yield from _downloads(export)


def material_items(world: World, first: date, last: date, at: int, advertiser: int) -> pa.Array:
    """report/material/get by day: one JSON object per material and day of one account; yuan, percent."""
    rows = material_days(world, first, last, at)
    rows = rows.take(media.AD_ADVERTISER[rows.ad] == media.ADVERTISERS.index(advertiser))
    return json_objects(
        advertiser_id=str(advertiser),
        stat_datetime=join('"', stamps(rows.hour_at), '"'),
        material_id=quoted_numbers(material_id(rows.ad, rows.nth)),
        material_name=pick(_name_i(rows), quoted(material_names())),
        material_type='"VIDEO"',
        create_time=join('"', stamps(created_at(world, rows.ad, rows.nth)), '"'),
        video_source='"LOCAL_UPLOAD"',
        related_ad_cnt="1",
        related_creative_cnt="1",
        stat_cost=money(rows.spend_fen),
        show_cnt=numbers(rows.impressions),
        click_cnt=numbers(rows.clicks),
        ctr=ratio(rows.clicks * 100, rows.impressions),
        convert_cnt=numbers(rows.paid_orders),
        convert_rate=ratio(rows.paid_orders * 100, rows.clicks),
        convert_cost=ratio(rows.spend_fen, rows.paid_orders * 100),
        pay_order_count=numbers(rows.paid_orders),
        pay_order_amount=money(rows.paid_fen),
        prepay_and_pay_order_roi=ratio(rows.paid_fen, rows.spend_fen),
        total_play=numbers(rows.plays),
        play_duration_3s=numbers(rows.plays * 45 // 100),
        play_over=numbers(rows.plays * 12 // 100),
        dy_follow=numbers(rows.follows),
    )


def _downloads(export: Export) -> Iterator[Path]:
    """Three workbooks that sum the week: they have no date column."""
    last = min(export.until, export.since + timedelta(days=DOWNLOADED_DAYS - 1))
    rows = material_sums(material_days(export.world, export.since, last, export.at))
    english = ENGLISH if export.has("english_headers") else {}
    tables = {
        "素材日报": _daily_columns(export, rows),
        "推素材": {english.get(name, name): column for name, column in _promoted_columns(export, rows).items()},
        "素材追投": _boosted_columns(export, rows),
    }
    for kind, columns in tables.items():
        if kind == "素材日报" and export.has("broken_headers"):
            columns = {
                name.replace("净成交", "净成交\n") if name == "净成交ROI" else name: c for name, c in columns.items()
            }
        name = f"{kind}_{export.since:%Y%m%d}-{last:%Y%m%d}"
        yield write_xlsx(
            export.path("qianchuan", "material_reports", name, suffix="xlsx"),
            kind,
            columns,
            inline=export.has("xlsx_inline_strings"),
            wrong_dimension=export.has("xlsx_wrong_dimension"),
            trailer=_total(columns) if export.has("ad_total_row") else None,
        )


def _daily_columns(export: Export, rows: Frame) -> dict[str, pa.Array]:
    """素材日报, 15 columns, with a row 视频素材集合 that sums the rows below and has no id."""
    rows, whole = _with_aggregate(export, rows)
    net = np.maximum(rows.paid_fen - rows.refund_1h_fen, 0)
    name = pick(_name_i(rows), material_names())
    return {
        "素材名称": _instead(whole, "视频素材集合", name),
        "素材ID": _instead(whole, "-", numbers(material_id(rows.ad, rows.nth))),
        "素材评估": pick(np.where(rows.paid_fen > rows.spend_fen, 0, 1), ("优质", "低效")),
        "素材时长": join("00:", pick(rows.nth, ("15", "28", "43"))),
        "素材创建时间": _instead(whole, "-", stamps(created_at(export.world, rows.ad, rows.nth))),
        "素材来源": const("本地上传", rows.rows),
        "标签": const("-", rows.rows),
        "整体消耗": money(rows.spend_fen, export.has("thousands_commas")),
        "净成交ROI": ratio(net, rows.spend_fen),
        "净成交金额": money(net, export.has("thousands_commas")),
        "1小时内退款率": _percent(rows.refund_1h_fen, rows.paid_fen),
        "整体支付ROI": ratio(rows.paid_fen, rows.spend_fen),
        "整体成交金额": money(rows.paid_fen, export.has("thousands_commas")),
        "净成交金额结算率": _percent(net, rows.paid_fen),
        "净成交订单数": numbers(np.maximum(rows.paid_orders - rows.refund_1h_orders, 0)),
    }


def _promoted_columns(export: Export, rows: Frame) -> dict[str, pa.Array]:
    """推素材; its header is English when the page was opened in English."""
    return {
        "素材ID": numbers(material_id(rows.ad, rows.nth)),
        "素材视频名称": pick(_name_i(rows), material_names()),
        "素材创建时间": stamps(created_at(export.world, rows.ad, rows.nth)),
        "整体消耗": money(rows.spend_fen),
        "整体成交订单数": numbers(rows.paid_orders),
        "整体成交金额": money(rows.paid_fen),
        "整体支付ROI": ratio(rows.paid_fen, rows.spend_fen),
        "整体展现次数": numbers(rows.impressions),
        "整体点击次数": numbers(rows.clicks),
    }


def _boosted_columns(export: Export, rows: Frame) -> dict[str, pa.Array]:
    """素材 with 追投: base spend and boost spend make the whole."""
    boost = np.where(rows.nth == 0, rows.spend_fen // 5, 0)
    signs = "¥" if export.has("yuan_marks") else ""
    return {
        "素材ID": numbers(material_id(rows.ad, rows.nth)),
        "素材名称": pick(_name_i(rows), material_names()),
        "整体消耗": join(signs, money(rows.spend_fen)),
        "基础消耗": join(signs, money(rows.spend_fen - boost)),
        "追投调控消耗": join(signs, money(boost)),
        "追投调控支付ROI": ratio(np.where(boost > 0, rows.paid_fen // 5, 0), boost),
        "整体支付ROI": ratio(rows.paid_fen, rows.spend_fen),
    }


def _with_aggregate(export: Export, rows: Frame) -> tuple[Frame, np.ndarray]:
    """(the rows, after a first one that sums them; which one that is)."""
    whole = np.zeros(rows.rows, bool)
    if not export.has("material_aggregate"):
        return rows, whole
    first = Frame({name: np.concatenate([[column.sum()], column]) for name, column in rows.items()})
    first["ad"][0] = first["nth"][0] = 0
    return first, np.append(True, whole)


def _total(columns: dict[str, pa.Array]) -> list[str]:
    """The row 全部: what can be summed is, the ids are `-`."""
    cells = dict.fromkeys(columns, "-")
    name = next(n for n in ("素材名称", "素材视频名称", "roi2_material_video_name") if n in columns)
    cells[name] = "全部"
    spend = next(n for n in ("整体消耗", "stat_cost_for_roi2") if n in columns)
    plain = [float(v.replace(",", "").lstrip("¥")) for v in columns[spend].to_pylist()]
    kinds = columns[name].to_pylist()
    cells[spend] = f"{sum(v for v, kind in zip(plain, kinds, strict=True) if not kind.endswith('集合')):.2f}"
    return list(cells.values())


def _name_i(rows: Frame) -> np.ndarray:
    return rows.ad * media.CREATIVES_PER_AD + rows.nth


def _instead(mask: np.ndarray, word: str, column: pa.Array) -> pa.Array:
    cells = column.to_numpy(zero_copy_only=False)
    return pa.array(np.where(mask, word, cells), TEXT)


def _percent(top: np.ndarray, bottom: np.ndarray) -> pa.Array:
    """1.25% as text."""
    return join(ratio(top * 100, bottom), "%")
