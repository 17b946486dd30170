"""What a sample says about its rows as a whole: the key, the day of the data, the totals."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from ingest.contract import Column
from ingest.draft.look import Look
from ingest.draft.table import Sample
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_EXPORTED = [
    "(20\\d{12})(?!\\d)",
    "(20\\d{6}[_-]\\d{6})(?!\\d)",
    "(20\\d{2}-\\d{2}-\\d{2}[ _T]\\d{2}[-:_]?\\d{2}[-:_]?\\d{2})(?!\\d)",
]
_BORN = ("下单", "创建", "提交", "申请", "订单", "发生", "统计", "日期", "create", "order", "date")
_FINE = ("子订单", "明细", "sub_order", "detail")


def key_of(
    connection: duckdb.DuckDBPyConnection, sample: Sample, columns: list[Column], looks: dict[str, Look], look: list
) -> list[str]:
    """The column, or the pair, that is filled in every row and never repeats."""
    whole = [c for c in columns if not c.protect and c.name in looks and looks[c.name].filled == sample.rows]
    unique = [
        c
        for c in whole
        if looks[c.name].distinct == sample.rows and c.kind in ("id", "code", "text", "date", "timestamp")
    ]
    ranked = sorted(unique, key=lambda c: (c.kind not in ("id", "code"), c.kind in ("date", "timestamp"), not any(w in c.header for w in _FINE)))  # fmt: skip
    if ranked and ranked[0].kind in ("id", "code"):
        if sample.rows < 20:
            look.append((ranked[0].header, f"taken for the key: it is unique in {sample.rows} rows, which is few"))
        if len(ranked) > 1 and ranked[1].kind in ("id", "code"):
            look.append((ranked[0].header, f"taken for the key; {ranked[1].header} is unique too"))
        return [ranked[0].name]
    candidates = [
        c
        for c in whole
        if c.kind in ("id", "code", "date", "timestamp") or (c.kind == "text" and looks[c.name].distinct > 1)
    ][:10]
    for size in (2, 3):
        for several in combinations(candidates, size):
            cells = ", ".join(sample.headers[c.header] for c in several)
            distinct = connection.execute(
                f"select count(*) from (select distinct {cells} from sample where is_data)"
            ).fetchone()[0]
            if distinct == sample.rows:
                look.append(
                    (several[0].header, f"taken for the key together with {', '.join(c.header for c in several[1:])}")
                )
                return [c.name for c in several]
    if ranked:
        look.append((ranked[0].header, "taken for the key: it is unique here, though it is no id"))
        return [ranked[0].name]
    look.append(
        (
            "",
            "no key was found: every row of every file is kept; set primaryKey (and take keyless out) if rows can come twice",
        )
    )
    return []


def always_there(columns: list[Column], looks: dict[str, Look], sample: Sample) -> list[str]:
    """Without a key: the column that no row lacks, a moment or a figure rather than words, by which the dataset is told."""
    whole = [c for c in columns if not c.protect and c.name in looks and looks[c.name].filled == sample.rows]
    ranked = sorted(whole, key=lambda c: (c.kind not in ("timestamp", "date"), c.kind == "text"))
    return [c.name for c in ranked[:1]]


def moments(columns: list[Column], looks: dict[str, Look], sample: Sample, look: list) -> dict[str, Any]:
    """Where the export time is, and which column is the day of the data."""
    times = [c for c in columns if c.kind in ("timestamp", "date") and not c.protect]
    options: dict[str, Any] = {"exportTime": {"fileName": _EXPORTED}}
    if not times:
        look.append(("", "no column of times: freshness is that of the export"))
        return options
    ranked = sorted(
        times,
        key=lambda c: (
            looks[c.name].filled < sample.rows,
            next((i for i, w in enumerate(_BORN) if w in c.header.lower()), 99),
        ),
    )
    look.append(
        (ranked[0].header, "taken for the day of the data (dataDate), by which freshness and volume are judged")
    )
    return options | {"contentTime": [c.name for c in times], "dataDate": ranked[0].name}


def totals(connection: duckdb.DuckDBPyConnection, sample: Sample, columns: list[Column], look: list) -> dict[str, Any]:
    """The rule for total rows, with the column that they add up."""
    if not sample.totals:
        return {}
    tokens = sorted({t for found in sample.totals.values() for t in found})
    rule: dict[str, Any] = {"columns": list(sample.totals), "tokens": tokens}
    marks = " or ".join(
        f"trim(trim({sample.headers[h]}, ' \t'), ':：') in ({', '.join(map(literal, tokens))})" for h in sample.totals
    )
    for column in (c for c in columns if c.kind == "money" and c.header in sample.headers):
        cell = f"try_cast(replace(trim({sample.headers[column.header]}, ' \t¥￥元'), ',', '') as decimal(18,2))"
        rows, total = connection.execute(
            f"select sum({cell}) filter (where is_data), sum({cell}) filter (where not is_data and ({marks})) from sample"
        ).fetchone()
        if total is not None and rows == total:
            rule["control"] = [column.header]
            look.append((column.header, "adds up to the total row: every file's total is compared with its rows"))
            break
    look.append((next(iter(sample.totals)), f"rows of {', '.join(tokens)} are totals and not loaded"))
    return {"totalRow": rule}
