"""抖店 order exports (订单管理 > 导出): history in several layouts and encodings, then one CSV a day."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from simulator.csvfile import write_csv
from simulator.days import export_moment
from simulator.exports.context import Export
from simulator.exports.layouts import ORDERS_73, ORDERS_74, ORDERS_75, ORDERS_90
from simulator.exports.order_columns import order_columns
from simulator.xlsx import write_xlsx

LOOK_BACK_DAYS = 15


def write(export: Export) -> Iterator[Path]:
    """The order files of the span, oldest export first."""
    yield from _history(export) if export.is_history else _daily(export)


def _daily(export: Export) -> Iterator[Path]:
    first = export.until - timedelta(days=LOOK_BACK_DAYS - 1)
    cohort = export.cohorts(first, export.until)
    columns = order_columns(export, cohort, ORDERS_73, export.at, "tab" if export.has("tab_ids") else "")
    yield write_csv(
        export.path("douyin", "orders", _name(max(first, export.world.first_day), export.until)), columns, "utf-8-sig"
    )


def _history(export: Export) -> Iterator[Path]:
    early, middle = export.day(0.5), export.day(0.8)
    at, cohort = export_moment(early), export.cohorts(export.since, early)
    columns = order_columns(export, cohort, ORDERS_74, at, "tab" if export.has("tab_ids") else "")
    repeat = cohort.lines.rows // 2 if export.has("repeated_header") else None
    yield write_csv(
        export.path("douyin", "orders", _name(export.since, early), at), columns, "gb18030", repeat_header_at=repeat
    )

    at, cohort = export_moment(middle), export.cohorts(export.day(0.35), middle)
    columns = order_columns(export, cohort, ORDERS_73, at, "apostrophe" if export.has("apostrophe_ids") else "")
    path = export.path("douyin", "orders", _name(export.day(0.35), middle), at)
    if export.has("no_export_time_in_name"):
        path = path.with_name("抖店订单_补导.csv")
    yield write_csv(
        path, columns, "utf-8-sig", trailer=_total(cohort.lines.payable_fen) if export.has("total_row") else None
    )

    columns = order_columns(export, export.cohorts(export.day(0.6), export.until), ORDERS_75, export.at, "")
    yield write_xlsx(
        export.path("douyin", "orders", _name(export.day(0.6), export.until), suffix="xlsx"),
        "订单",
        columns,
        inline=export.has("xlsx_inline_strings"),
        wrong_dimension=export.has("xlsx_wrong_dimension"),
    )

    if export.has("bag_columns"):
        first = max(export.since, export.until - timedelta(days=1))
        columns = order_columns(export, export.cohorts(first, export.until), ORDERS_90, export.at, "")
        yield write_csv(export.path("douyin", "orders", "福袋" + _name(first, export.until)), columns, "utf-8-sig")


def _name(first: date, last: date) -> str:
    return f"抖店订单_{first:%Y%m%d}-{last:%Y%m%d}"


def _total(payable_fen) -> list[str]:
    """The 合计 row of the 73-column layout."""
    cells = [""] * len(ORDERS_73)
    cells[0] = "合计"
    total = int(payable_fen.sum())
    cells[ORDERS_73.index("订单应付金额")] = f"{total // 100:,}.{total % 100:02d}"
    return cells
