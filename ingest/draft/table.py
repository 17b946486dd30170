"""A sample read by the loader's own readers, under a contract that takes every column as text, into the table `sample`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Column, Contract
from ingest.draft.head import header_cells
from ingest.draft.look import TOTALS
from ingest.errors import Refused
from ingest.headers import canonical, without_unit
from ingest.readers import open_table
from ingest.readers.careful_csv import NOTE
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_DEPTH, _FEW_FIELDS = 3, 3


@dataclass
class Sample:
    """headers: of the columns that can be told apart, each with its cell (c0 ...) in `sample`; twins: headers that stand twice.

    rows: of data; totals: header -> the tokens of total rows found under it; lists: JSON fields that are lists.
    """

    kind: str
    encoding: str | None
    headers: dict[str, str]
    twins: list[str]
    rows: int
    totals: dict[str, list[str]]
    json: dict[str, Any] | None = None
    lists: tuple[str, ...] = ()


def read_sample(path: Path, kind: str, connection: duckdb.DuckDBPyConnection, scratch: Path) -> Sample:
    """Read a whole file into the temporary table `sample` (_line, c0, c1 ..., is_data). Raises Refused for what no reader takes."""
    shape, lists = None, ()
    if kind == "json":
        shape, headers, lists = _json_shape(path)
        twins: list[str] = []
    else:
        headers, twins = _distinct(header_cells(path, kind))
    contract = as_text(headers, twins, shape)
    table = open_table(path, kind, contract, connection, scratch)
    try:
        _keep(connection, table.numbered)
    except Exception:
        if table.fallback is None:
            raise
        table = table.fallback()
        _keep(connection, table.numbered)
    cells = {
        contract.column(n).header: f"c{i}" for n, i in table.match.positions.items() if not contract.column(n).protect
    }
    sample = Sample(kind, table.encoding, {h: cells[h] for h in headers if h in cells}, twins, 0, {}, shape, lists)
    _mark(connection, sample)
    return sample


def as_text(headers: list[str], twins: list[str], shape: dict[str, Any] | None = None) -> Contract:
    """A contract under which every header is a column of text; of those that stand twice nothing is read."""
    columns = [Column(f"x{i}", h, (), "text", False, False, None, (), "") for i, h in enumerate(headers)]
    columns += [Column(f"y{i}", h, (), "text", False, False, "drop", (), "") for i, h in enumerate(twins)]
    options: dict[str, Any] = {"formats": ["csv", "xlsx", "xls", "json"], "allowEmpty": True, "maxQuarantineShare": 1}
    return Contract("draft", "sample", "", "", "", "", tuple(columns), (), options | ({"json": shape} if shape else {}))


def _keep(connection: duckdb.DuckDBPyConnection, select: str) -> None:
    connection.execute(f"create or replace temp table sample as select *, true as is_data from ({select})")


def _distinct(cells: list[str]) -> tuple[list[str], list[str]]:
    """(headers that stand once, headers that stand more often), by the spelling that the loader compares."""
    spellings: dict[str, list[str]] = {}
    for cell in cells:
        if cell.strip():
            spellings.setdefault(without_unit(canonical(cell)), []).append(cell.strip())
    once = [found[0] for found in spellings.values() if len(found) == 1]
    return once, [found[0] for found in spellings.values() if len(found) > 1]


def _mark(connection: duckdb.DuckDBPyConnection, sample: Sample) -> None:
    """Tell data from blank rows, the header again, totals and notes."""
    cells = sample.headers
    filled = " + ".join(f"(coalesce(trim({c}), '') <> '')::int" for c in cells.values())
    again = " and ".join(f"coalesce(trim({c}), '') = {literal(h)}" for h, c in cells.items())
    joined = f"concat_ws('', {', '.join(cells.values())})"
    token = f"({'|'.join(TOTALS)})[:：]?"
    connection.execute(
        f"update sample set is_data = false where {filled} = 0 or ({again}) or ({filled} = 1 and regexp_matches({joined}, {literal(NOTE)}))"
    )
    for header, cell in cells.items():
        is_total = f"regexp_full_match(trim({cell}, ' \t'), {literal(token)})"
        tokens = connection.execute(
            f"select distinct trim(trim({cell}, ' \t'), ':：') as t from sample where {is_total} order by t"
        ).fetchall()
        # a vocabulary may hold 全部; a total stands at the end, a few times at most
        found, rows = connection.execute(f"select count(*) filter (where {is_total}), count(*) from sample").fetchone()
        if tokens and found <= max(3, rows // 20):
            sample.totals[header] = [t for (t,) in tokens]
            connection.execute(f"update sample set is_data = false where {is_total}")
    sample.rows = connection.execute("select count(*) from sample where is_data").fetchone()[0]
    if not sample.rows:
        raise Refused("the file has a header and no rows", hint="draft from an export with data in it")


def _json_shape(path: Path) -> tuple[dict[str, Any], list[str], tuple[str, ...]]:
    """(where the items stand, the paths of their fields in order, fields that are lists) over all documents of a file."""
    from ingest.readers.envelope import documents

    paths: dict[str, bool] = {}
    found: str | None = None
    seen = 0
    for document in documents(path):
        seen += 1
        place, items = _items(document)
        found = found or (place if place != "$" else None)
        for item in items:
            _fields(item, "", 0, paths)
    if not paths or (seen == 1 and not found and len(paths) < _FEW_FIELDS):  # an error's code and message
        raise Refused("no list of objects was found in the JSON", hint="draft from an answer that has items in it")
    headers = [p for p, is_list in paths.items() if not is_list and p.isascii()]
    return {"items": [found or "$"]}, headers, tuple(p for p, is_list in paths.items() if is_list or not p.isascii())


def _items(document: Any) -> tuple[str, list[dict]]:
    """The longest list of objects of a document, and its path; a document without one is an item itself."""
    best: tuple[str, list[dict]] = ("$", [])
    waiting = [("", document)] if isinstance(document, dict) else []
    while waiting:
        at, value = waiting.pop(0)
        for key, inner in value.items():
            path = f"{at}.{key}" if at else key
            if isinstance(inner, dict) and path.count(".") < _DEPTH:
                waiting.append((path, inner))
            elif isinstance(inner, list) and len(inner) > len(best[1]) and all(isinstance(x, dict) for x in inner):
                best = (path, inner)
    # a record with a list of its own (an order with its lines) is an item; an envelope has hardly anything beside the list
    is_envelope = best[1] and isinstance(document, dict) and ("." in best[0] or len(document) <= 6)
    return best if is_envelope else ("$", [document] if isinstance(document, dict) else [])


def _fields(value: dict, at: str, depth: int, paths: dict[str, bool]) -> None:
    for key, inner in value.items():
        path = f"{at}.{key}" if at else str(key)
        if isinstance(inner, dict) and depth < _DEPTH:
            _fields(inner, path, depth + 1, paths)
        elif isinstance(inner, list):
            paths[path] = True
        else:
            paths.setdefault(path, False)


__all__ = ["Sample", "as_text", "read_sample"]
