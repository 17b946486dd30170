"""抖店 order exports (订单管理 > 导出): history in several layouts and encodings, then one CSV a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from simulator import media
from simulator.csvfile import write_csv_parts
from simulator.days import export_moment
from simulator.exports.context import Export
from simulator.exports.layouts import ORDERS_73, ORDERS_74, ORDERS_75, ORDERS_90
from simulator.exports.order_columns import order_columns
from simulator.xlsx import write_xlsx_parts

LOOK_BACK_DAYS = 15
MANGLED_ROWS = 2


@dataclass(frozen=True)
class Window:
    """One order file: the orders placed on first..last, exported at 02:00 on the day after `last`."""

    first: date
    last: date
    layout: list[str]
    encoding: str = "utf-8-sig"  # "xlsx" for a workbook
    id_style: str = ""
    repeats_header: bool = False
    ends_with_total: bool = False
    hides_export_time: bool = False
    prefix: str = ""

    def path(self, export: Export) -> Path:
        """Where the file goes."""
        name = f"{self.prefix}抖店订单_{self.first:%Y%m%d}-{self.last:%Y%m%d}"
        suffix = "xlsx" if self.encoding == "xlsx" else "csv"
        path = export.path("douyin", "orders", name, export_moment(self.last), suffix)
        return path.with_name("抖店订单_补导.csv") if self.hides_export_time else path


def windows(export: Export) -> list[Window]:
    """The order files of the span, oldest export first; they overlap."""
    tab, apostrophe = (name if export.has(f"{name}_ids") else "" for name in ("tab", "apostrophe"))
    if not export.is_history:
        first = max(export.until - timedelta(days=LOOK_BACK_DAYS - 1), export.world.first_day)
        return [Window(first, export.until, ORDERS_73, id_style=tab)]
    early, middle = export.day(0.5), export.day(0.8)
    found = [
        Window(export.since, early, ORDERS_74, "gb18030", tab, repeats_header=export.has("repeated_header")),
        Window(
            export.day(0.35),
            middle,
            ORDERS_73,
            id_style=apostrophe,
            ends_with_total=export.has("total_row"),
            hides_export_time=export.has("no_export_time_in_name"),
        ),
        Window(export.day(0.6), export.until, ORDERS_75, "xlsx"),
    ]
    if export.has("bag_columns"):
        last_days = max(export.since, export.until - timedelta(days=1))
        found.append(Window(last_days, export.until, ORDERS_90, prefix="福袋"))
    return found


def write(export: Export) -> Iterator[Path]:
    """Writes the order files of the span."""
    for window in windows(export):
        layout, days = window.layout, (window.first, window.last, media.DOUYIN)
        parts = _parts(export, window)
        if window.encoding == "xlsx":
            yield write_xlsx_parts(
                window.path(export),
                "订单",
                layout,
                parts,
                inline=export.has("xlsx_inline_strings"),
                wrong_dimension=export.has("xlsx_wrong_dimension"),
            )
            continue
        rows = sum(piece.lines.rows for piece in export.pieces(*days)) if window.repeats_header else 0
        due = sum(int(piece.lines.payable_fen.sum()) for piece in export.pieces(*days)) if window.ends_with_total else 0
        yield write_csv_parts(
            window.path(export),
            layout,
            parts,
            window.encoding,
            repeat_header_at=rows // 2 if window.repeats_header else None,
            trailer=_total(layout, due) if window.ends_with_total else None,
        )


def _parts(export: Export, window: Window) -> Iterator[dict[str, pa.Array]]:
    """The columns of a window, piece by piece; the first rows of the 福袋 file may be mangled."""
    mangled = window.prefix and export.has("mangled_ids")
    for piece in export.pieces(window.first, window.last, media.DOUYIN):
        columns = order_columns(export, piece, window.layout, export_moment(window.last), window.id_style)
        if mangled:
            columns |= {name: _mangled(columns[name]) for name in ("主订单编号", "子订单编号")}
            mangled = False
        yield columns


def _total(layout: list[str], total: int) -> list[str]:
    """The 合计 row: the word, and the sum of 订单应付金额 (fen) with thousands commas."""
    cells = [""] * len(layout)
    cells[0] = "合计"
    cells[layout.index("订单应付金额")] = f"{total // 100:,}.{total % 100:02d}"
    return cells


def _mangled(ids: pa.Array) -> pa.Array:
    """The ids with those of the first rows as Excel shows them: the digits after the third are lost for good."""
    shown = [f"{int(word):.2E}" for word in ids.slice(0, MANGLED_ROWS).to_pylist()]
    return pa.concat_arrays([pa.array(shown, ids.type), ids.slice(MANGLED_ROWS)])
