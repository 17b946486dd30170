"""JSON as platforms answer it: an envelope with pages, an array of items, or JSONL of either; all three load the same.

The contract says where items stand, what a row is (an item, or each element of a list in it) and which field is which
column, as paths. One json_transform per item turns it into a struct of text, so that long ids keep their digits.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Column, Contract
from ingest.errors import Refused
from ingest.headers import HeaderMatch
from ingest.protect import masked
from ingest.readers import Spoiled, Table
from ingest.readers.envelope import Unwrapped, unwrap
from ingest.readers.text import tail_of, unless_total
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_LARGEST_LINE = 16 * 1024**2


def read_json(path: Path, contract: Contract, connection: duckdb.DuckDBPyConnection, scratch: Path) -> Table:
    """Open a JSON file. Raises Refused for invalid JSON, an error answer of the platform, or items of another dataset."""
    import duckdb

    shape = contract.options.get("json", {"items": ["$"]})
    try:
        told = _items(path, shape, connection, scratch)
        told.items, fields = _look_over(connection)
        _refuse_other_dataset(connection, contract, shape, told.items)
        explode = shape.get("explode")
        unknown = [] if explode else _unknown_fields(fields, contract)
        present = {*fields, explode} if explode else fields
        select, positions, extra = _select(contract, present, shape, unknown)
        records = told.items
        if explode:
            length = f"coalesce(json_array_length(item, {literal('$.' + explode)}), 0)"
            length = f"greatest(1, {length})" if shape.get("keepEmpty") else length
            records = connection.execute(f"select coalesce(sum({length}), 0)::bigint from json_items").fetchone()[0]
    except duckdb.InvalidInputException as error:
        raise not_json(error) from None
    numbered = f"select row_number() over () as _line, * from ({select})"
    spoiled = [Spoiled(n, why, "") for n, why in told.failed]
    header = tuple(c.header for c in contract.columns) + tuple(extra)
    return Table(
        select,
        numbered,
        HeaderMatch(positions, extra, ()),
        records + len(spoiled),
        spoiled=spoiled,
        unless_total=unless_total(tail_of(path)) if _can_be_cut(path, told) else "",
        encoding="utf-8",
        header_cells=header,
    )


def not_json(error: Exception) -> Refused:
    """DuckDB's complaint about a line as a refusal: what it says of the place, not of the file's path on this machine."""
    told = str(error)
    line = re.search(r"in line (\d+)", told)
    why = told.splitlines()[0].rpartition(": ")[2] if told.strip() else "it cannot be read"
    return Refused(
        f"not valid JSON: {masked(why, limit=120)}", line=int(line[1]) - 1 if line else None,  # DuckDB counts one too many
        hint="the file is cut or is not JSON; download it again",
    )  # fmt: skip


def _items(path: Path, shape: dict[str, Any], connection: duckdb.DuckDBPyConnection, scratch: Path) -> Unwrapped:
    """View json_items(item) over the items, one a line; plain JSONL is read where it lies."""
    if _is_plain_lines(path, shape):
        origin, told = path, Unwrapped()
    else:
        origin = scratch / "items.jsonl"
        told = unwrap(path, shape, origin)
    largest = max(told.largest + 1024, _LARGEST_LINE)
    # a view: the items are never all in memory
    source = f"read_ndjson_objects({literal(str(origin))}, maximum_object_size = {largest})"
    connection.execute(f"create or replace temp view json_items as select json as item from {source}")
    return told


def _look_over(connection: duckdb.DuckDBPyConnection) -> tuple[int, set[str]]:
    """(items, fields that any of them has), in one pass. Raises Refused for an item that has a field twice."""
    items, fields = 0, set()
    found = connection.execute(
        "select json_keys(item), count(*) from json_items group by all"  # no keys of what is no object
    ).fetchall()
    for keys, count in found:
        items += count
        if keys and len(set(keys)) < len(keys):
            twice = next(k for k in keys if keys.count(k) > 1)
            raise Refused(f"an item has the field {masked(twice)!r} twice", hint="which of the two holds cannot be told; export it again")  # fmt: skip
        fields |= set(keys or ())
    return items, fields


def _can_be_cut(path: Path, told: Unwrapped) -> bool:
    """Whether a cut would leave valid JSON: between the lines of several values, where no total is stated."""
    with open(path, "rb") as file:
        is_array = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    return told.stated is None and told.documents != 1 and not is_array


def _is_plain_lines(path: Path, shape: dict[str, Any]) -> bool:
    """Whether a file is JSONL of items: no envelope declared or seen in its first two lines, each an object of its own."""
    import orjson

    if any(shape.get(k) for k in ("code", "unwrap", "failFlag", "total", "carry", "explodeAs")):
        return False
    with open(path, "rb") as file:
        lines = [file.readline(_LARGEST_LINE) for _ in range(2)]
    try:
        values = [orjson.loads(line) for line in lines if line.strip()]
    except orjson.JSONDecodeError:
        return False
    parts = [p.split(".")[0] for p in (*shape["items"], *shape.get("flatten", ())) if p != "$"]
    return bool(values) and all(
        isinstance(v, dict) and not any(isinstance(v.get(p), (list, dict)) for p in parts) for v in values
    )


def _refuse_other_dataset(
    connection: duckdb.DuckDBPyConnection, contract: Contract, shape: dict[str, Any], items: int
) -> None:
    """Items that show none of a required column's paths belong to another dataset, or are empty answers."""
    if not items:
        return
    explode = shape.get("explode")
    for column in (c for c in contract.columns if c.required):
        seen = " or ".join(f"json_exists(item, {literal(_probe(p, explode))})" for p in column.headers if p.isascii())
        guard = (
            f" or coalesce(json_array_length(item, {literal('$.' + explode)}), 0) = 0"
            if explode and column.header.startswith(explode + ".")
            else ""
        )
        if not connection.execute(
            f"select count(*) from (select 1 from json_items where {seen}{guard} limit 1)"
        ).fetchone()[0]:
            keys = connection.execute(
                "select array_to_string(json_keys(item)[:8], ', ') from json_items where json_type(item) = 'OBJECT' limit 1"
            ).fetchone()
            raise Refused(
                f"no item has the required field {column.header!r} of {contract.name}; the first item has: {keys[0] if keys else 'no fields'}",
                column=column.header, hint="check that the file belongs to this dataset",
            )  # fmt: skip


def _probe(path: str, explode: str | None) -> str:
    """A contract path as a JSON path to its first occurrence: sku_order_list.order_id -> $.sku_order_list[0].order_id."""
    if explode and path.startswith(explode + "."):
        return f"$.{explode}[0].{path.removeprefix(explode + '.')}"
    return "$." + path.replace("[*]", "[0]")


def _paths(column: Column, fields: set[str]) -> list[str]:
    """The paths of a column that some item may have, by their first step; others would be looked for in every item in vain."""
    # a header that is not ASCII is one of the spreadsheet form
    return [p for p in column.headers if p.isascii() and p.split(".")[0].removesuffix("[*]") in fields]


def _tree(contract: Contract, fields: set[str]) -> dict[str, Any]:
    """The paths of all kept columns as a nested structure for json_transform: {field: VARCHAR | {...} | [{...}]}."""
    explode = contract.options.get("json", {}).get("explode")
    root: dict[str, Any] = {}
    for column in contract.kept:
        for path in _paths(column, fields):
            node = root
            steps = path.split(".")
            for depth, step in enumerate(steps[:-1]):
                is_list = step.endswith("[*]") or (depth == 0 and step == explode)
                child = node.setdefault(step.removesuffix("[*]"), [{}] if is_list else {})
                node = child[0] if isinstance(child, list) else child
            node.setdefault(steps[-1], "VARCHAR")
    return root or {"_": "VARCHAR"}  # an empty structure is none to DuckDB


def _unknown_fields(fields: set[str], contract: Contract) -> list[str]:
    """Fields of flat items that the contract does not know and that do not smell of a person."""
    from ingest.headers import smells_personal

    known = {p.split(".")[0] for c in contract.columns for p in c.headers} | set(contract.options.get("drop", ()))
    return [k for k in sorted(fields) if k not in known and not smells_personal(k)]


def _select(
    contract: Contract, fields: set[str], shape: dict[str, Any], unknown: list[str]
) -> tuple[str, dict[str, int], dict[str, int]]:
    """SQL of c0, c1 ... (one per kept column), our names to indexes, and the unknown fields as one JSON text.

    fields: those that the items have, and the list that is exploded.
    """
    import json

    explode = shape.get("explode")
    structure = literal(json.dumps(_tree(contract, fields)))
    rows = f"select item, json_transform(item, {structure}) as s from json_items"
    if explode:
        child = f"s.{_quoted(explode)}"
        unnested = f"case when len({child}) > 0 then {child} else [null] end" if shape.get("keepEmpty") else child
        rows = f"select item, s, unnest({unnested}) as e from ({rows})"
    expressions, positions = [], {}
    for index, column in enumerate(contract.kept):
        texts = [_expression(p, explode) for p in _paths(column, fields)]
        expressions.append(
            f"{'coalesce(' + ', '.join(texts) + ')' if len(texts) > 1 else (texts[0] if texts else 'null::varchar')} as c{index}"
        )
        positions[column.name] = index
    extra = {}
    for index, field in enumerate(unknown, len(expressions)):
        # a JSON pointer: in a path, a quote in the name is an error and * stands for every field
        expressions.append(f"item ->> {literal('/' + field.replace('~', '~0').replace('/', '~1'))} as c{index}")
        extra[field] = index
    return f"select {', '.join(expressions)} from ({rows})", positions, extra


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _expression(path: str, explode: str | None) -> str:
    steps = path.split(".")
    base = "s"
    if explode and steps[0] == explode:
        base, steps = "e", steps[1:]
    for depth, step in enumerate(steps):
        if step.endswith("[*]"):
            inner = ".".join(_quoted(x) for x in steps[depth + 1 :])
            return f"nullif(array_to_string(list_transform({base}.{_quoted(step.removesuffix('[*]'))}, lambda x: x.{inner}), ','), '')"
        base = f"{base}.{_quoted(step)}"
    return base
