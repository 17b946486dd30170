"""A data contract drafted from a sample export: header and rows by the loader's own readers, kinds from every row.

What was guessed is told, column by column; the draft is a valid contract, and it loads the very file that it was made from.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Column, Contract, read_contract
from ingest.draft.guess import column_of
from ingest.draft.look import NULLS, Look, look_at, misfits
from ingest.draft.names import name_of
from ingest.draft.table import Sample, read_sample
from ingest.draft.write import contract_yaml
from ingest.errors import Refused
from ingest.files import kind_of
from ingest.ledger import Load
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_EXPORTED = [
    "(20\\d{12})(?!\\d)",
    "(20\\d{6}[_-]\\d{6})(?!\\d)",
    "(20\\d{2}-\\d{2}-\\d{2}[ _T]\\d{2}[-:_]?\\d{2}[-:_]?\\d{2})",
]
_BORN = ("下单", "创建", "提交", "申请", "订单", "发生", "统计", "日期", "create", "order", "date")
_FINE = ("子订单", "明细", "sub_order", "detail")


@dataclass
class Draft:
    """contract: what was made of the file; text: its YAML; look: what a person should look at, by header (or "")."""

    contract: Contract
    text: str
    look: list[tuple[str, str]] = field(default_factory=list)
    load: Load | None = None


def draft_contract(path: Path, source: str, dataset: str, *, title: str = "") -> Draft:
    """Draft the contract of a file. Raises Refused with the next step for a file that no reader takes, or without rows.

    source, dataset: lower-case names, which become the raw table <source>__<dataset>; ValueError for other ones.
    """
    for name in (source, dataset):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
            raise ValueError(
                f"{name!r} is no name for a source or dataset: lower-case letters, digits and _, beginning with a letter"
            )
    from ingest.landing import connect

    scratch = Path(tempfile.mkdtemp(prefix="fupan-draft-"))
    try:
        with connect(scratch / "home", scratch) as connection:
            sample = read_sample(path, kind_of(path), connection, scratch)
            draft = _drafted(connection, sample, source, dataset, title or path.stem)
        return _tried(draft, path, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _drafted(connection: duckdb.DuckDBPyConnection, sample: Sample, source: str, dataset: str, title: str) -> Draft:
    look: list[tuple[str, str]] = []
    options: dict[str, Any] = {
        "formats": ["json"] if sample.kind == "json" else ["csv", "xlsx", "xls"], **({"json": sample.json} if sample.json else {}),
        "nullTokens": _null_tokens(connection, sample),
    }  # fmt: skip
    bare = Contract(source, dataset, title, "", "", "", (), (), options)
    columns: list[Column] = []
    looks: dict[str, Look] = {}
    taken: set[str] = set()
    for index, (header, cell) in enumerate(sample.headers.items()):
        told: list[str] = []
        seen = look_at(connection, cell)
        column = column_of(header, seen, lambda c, cell=cell: misfits(connection, cell, c, bare), told)
        name, sure = name_of(header, column.kind, index, taken)
        column = replace(column, name=name)
        if not sure:
            told.append(f"is called {column.name}, which is only a guess at a name")
        look += [(header, t) for t in told]
        columns.append(column)
        looks[column.name] = seen
    for header in sample.twins:
        name, _ = name_of(header, "text", len(columns), taken)
        columns.append(Column(name, header, (), "text", False, False, "drop", (), ""))
        look.append(
            (header, "stands in several columns: dropped; export it once, or give the columns names of their own")
        )
    look += [
        (h, "is a list or has a header that is not ASCII: not read; `json.explode` makes rows of a list")
        for h in sample.lists
    ]
    keys = _key(connection, sample, columns, looks, look)
    needed = keys or _always_there(columns, looks, sample)
    columns = [replace(c, key=c.name in keys, required=c.name in needed) for c in columns]
    options |= {} if keys else {"keyless": "no one, two or three columns were unique in the sample"}
    options |= _moments(columns, looks, sample, look) | _totals(connection, sample, columns, look)
    grain = (
        f"one row per {', '.join(keys)}"
        if keys
        else "one row per line of the file; no column or pair of columns is unique"
    )
    contract = replace(
        bare, purpose=f"{title}, drafted from a sample of {sample.rows:,} rows.",
        limitations="Drafted from one file: values, columns and layouts that it does not have are unconfirmed.", grain=grain,
        columns=tuple(columns), options=options,
    )  # fmt: skip
    if sample.encoding:
        look.append(
            ("", f"the file is in {sample.encoding}; encodings are told file by file and need no word in the contract")
        )
    return Draft(contract, contract_yaml(contract), look)


def _null_tokens(connection: duckdb.DuckDBPyConnection, sample: Sample) -> list[str]:
    cells = ", ".join(sample.headers.values())
    found = connection.execute(
        f"select distinct v from (select unnest([{', '.join(f'trim({c})' for c in sample.headers.values())}]) as v from sample where is_data) where v in ({', '.join(map(literal, NULLS))})"
        if cells
        else "select null where false"
    ).fetchall()
    there = {v for (v,) in found}
    return [t for t in NULLS if t in there or t in ("-", "--")]


def _key(
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


def _always_there(columns: list[Column], looks: dict[str, Look], sample: Sample) -> list[str]:
    """Without a key: the column that no row lacks, a moment or a figure rather than words, by which the dataset is told."""
    whole = [c for c in columns if not c.protect and c.name in looks and looks[c.name].filled == sample.rows]
    ranked = sorted(whole, key=lambda c: (c.kind not in ("timestamp", "date"), c.kind == "text"))
    return [c.name for c in ranked[:1]]


def _moments(columns: list[Column], looks: dict[str, Look], sample: Sample, look: list) -> dict[str, Any]:
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


def _totals(connection: duckdb.DuckDBPyConnection, sample: Sample, columns: list[Column], look: list) -> dict[str, Any]:
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


def _tried(draft: Draft, path: Path, scratch: Path) -> Draft:
    """Load the very file under the draft; a column that sets rows aside becomes text. Raises Refused when it does not load."""
    from ingest.landing import land_file
    from ingest.quarantine import quarantined_rows

    file = scratch / "draft.odcs.yaml"
    for attempt in range(4):
        file.write_text(draft.text, encoding="utf-8")
        contract = read_contract(file)
        home = scratch / f"try{attempt}"
        load = land_file(path, contract.source, contract.dataset, home, contract=contract)
        if load.status != "loaded":
            raise Refused(f"the draft does not load its own sample: {load.reason}", hint="please report this layout")
        # an id that a spreadsheet has rounded is no reason to take ids for text
        wrong = {r["column"] for r in quarantined_rows(home, [load]) if r["kind"] != "mangled_id"} - {None}
        if not wrong:
            return replace(draft, contract=contract, load=load)
        columns = tuple(
            replace(c, kind="text", options={}, required=False) if c.name in wrong else c for c in contract.columns
        )
        look = [
            *draft.look,
            *((contract.column(n).header, "some rows did not load as guessed: taken for text") for n in sorted(wrong)),
        ]
        changed = replace(contract, columns=columns, options=_without(contract, wrong))
        draft = Draft(changed, contract_yaml(changed), look)
    return replace(draft, load=load)


def _without(contract: Contract, names: set[str]) -> dict[str, Any]:
    """The options of a contract in which these columns are text: no moment and no control total is taken from them."""
    options = dict(contract.options)
    if "contentTime" in options:
        options["contentTime"] = [n for n in options["contentTime"] if n not in names]
    if options.get("dataDate") in names:
        del options["dataDate"]
    rule = options.get("totalRow", {})
    if any(contract.column(n).header in rule.get("control", ()) for n in names):
        options["totalRow"] = {k: v for k, v in rule.items() if k != "control"}
    return options


__all__ = ["Draft", "draft_contract"]
