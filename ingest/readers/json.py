"""JSON as platforms answer it: an envelope with pages, an array of items, or JSONL of either; all three load the same.

The contract says where items stand, what a row is (an item, or each element of a list in it) and which field is which
column, as paths. One json_transform per item turns it into a struct of text, so that long ids keep their digits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.headers import HeaderMatch
from ingest.protect import masked
from ingest.readers import Spoiled, Table
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

_LARGEST_OBJECT = 1024**3


def read_json(path: Path, contract: Contract, connection: duckdb.DuckDBPyConnection, scratch: Path) -> Table:
    """Open a JSON file. Raises Refused for invalid JSON, an error answer of the platform, or items of another dataset."""
    shape = contract.options.get("json", {"items": ["$"]})
    _documents(path, connection, scratch)
    _refuse_error_answers(connection, shape)
    _items(connection, shape)
    items = connection.execute("select count(*) from json_items").fetchone()[0]
    _refuse_missing_pages(connection, shape, items)
    _refuse_other_dataset(connection, contract, shape, items)
    tree = _tree(contract)
    explode = shape.get("explode")
    unknown = [] if explode else _unknown_fields(connection, contract)
    select, positions, extra = _select(contract, tree, shape, unknown)
    records = items
    if explode:
        at_least = "greatest(1, {})" if shape.get("keepEmpty") else "{}"
        length = at_least.format(f"coalesce(json_array_length(item, {literal('$.' + explode)}), 0)")
        records = connection.execute(f"select coalesce(sum({length}), 0)::bigint from json_items").fetchone()[0]
    numbered = f"select row_number() over () as _line, * from ({select})"
    spoiled = [Spoiled(n, why, "") for n, why in connection.execute("select ordinal, why from json_failed order by ordinal").fetchall()]
    header = tuple(c.header for c in contract.columns) + tuple(extra)
    table = Table(select, numbered, HeaderMatch(positions, extra, ()), records + len(spoiled), spoiled=spoiled, encoding="utf-8", header_cells=header)
    return table


def _documents(path: Path, connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Table json_documents(ordinal, doc): the top-level values of the file, an array's elements one by one."""
    import duckdb

    origin = _as_json(path, scratch)
    source = f"read_json_objects({literal(str(origin))}, format = 'auto', maximum_object_size = {_LARGEST_OBJECT})"
    try:
        connection.execute(f"create or replace temp table json_documents as select row_number() over () as ordinal, json as doc from {source}")
    except duckdb.Error as error:
        first = next((line for line in str(error).splitlines() if line.strip()), "not JSON")
        raise Refused(f"not valid JSON: {masked(first, limit=160)}", hint="the file is cut or is not JSON; download it again") from None


def _as_json(path: Path, scratch: Path) -> Path:
    """The file itself, or a scratch copy: callbacks come as form fields (param=...), some files with a byte order mark."""
    from urllib.parse import parse_qs

    with open(path, "rb") as file:
        head = file.read(16)
    if head.startswith(b"\xef\xbb\xbf") or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        from ingest.readers.text import to_utf8

        to_utf8(path, "utf-8-sig" if head.startswith(b"\xef") else "utf-16", scratch / "plain.json")
        return scratch / "plain.json"
    if not head.startswith(b"param="):
        return path
    target = scratch / "plain.jsonl"
    with open(path, encoding="utf-8") as file, open(target, "w", encoding="utf-8") as out:
        for line in file:
            if line.strip():
                out.write(" ".join(parse_qs(line.strip()).get("param", [line.strip()])[0].split("\n")) + "\n")
    return target


def _refuse_error_answers(connection: duckdb.DuckDBPyConnection, shape: dict[str, Any]) -> None:
    """HTTP 200 with an error code is an error: such an answer refuses the file, unless other answers of it are good.

    With `failFlag` (快递100) an error is about one number, so it becomes a failed item instead.
    """
    connection.execute("create or replace temp table json_failed (ordinal bigint, why varchar)")
    message = _first_text("doc", shape.get("message", []))
    code, flag = shape.get("code"), shape.get("failFlag")
    bad = []
    if flag:
        bad.append(f"coalesce(lower(doc ->> {literal('$.' + flag['path'])}) in ({', '.join(map(literal, flag['bad']))}), false)")
    elif code:
        value = f"(doc ->> {literal('$.' + code['path'])})"
        is_envelope = " or ".join(f"json_exists(doc, {literal('$.' + p)})" for p in ("data", "message", "msg"))
        bad.append(f"({value} is not null and {value} not in ({', '.join(map(literal, code['ok']))}) and ({is_envelope}))")
    if not bad:
        return
    why = f"'the platform answered with an error: ' || coalesce({message}, 'no message') || coalesce(' (code ' || (doc ->> {literal('$.' + code['path'])}) || ')', '')"
    found = connection.execute(f"select ordinal, {why} from json_documents where {bad[0]} order by ordinal").fetchall()
    if not found:
        return
    total = connection.execute("select count(*) from json_documents").fetchone()[0]
    if not flag or len(found) == total:
        raise Refused(masked(found[0][1], limit=200), line=found[0][0], hint="pull the day again; an error answer holds no data")
    connection.executemany("insert into json_failed values (?, ?)", [(n, masked(w, limit=200)) for n, w in found])
    connection.execute("delete from json_documents where ordinal in (select ordinal from json_failed)")


def _first_text(value: str, paths: list[str]) -> str:
    return f"coalesce({', '.join(f'{value} ->> {literal(chr(36) + chr(46) + p)}' for p in paths)})" if paths else "null"


def _items(connection: duckdb.DuckDBPyConnection, shape: dict[str, Any]) -> None:
    """Table json_items(item): the first declared path that is a list, element by element; else the document itself."""
    unwrapped = "doc"
    for path in reversed(shape.get("unwrap", [])):
        steps = path.split(".")
        inner = f"json_extract(doc, {literal('$.' + path)})"
        if len(steps) > 1:  # param is itself JSON written as text
            inner = f"json_extract(try_cast(doc ->> {literal('$.' + steps[0])} as json), {literal('$.' + '.'.join(steps[1:]))})"
        unwrapped = f"coalesce({inner}, {unwrapped})"
    paths = [p for p in shape["items"] if p != "$"]
    choices = "".join(f"when json_type(doc, {literal('$.' + p)}) = 'ARRAY' then json_extract(doc, {literal('$.' + p + '[*]')}) " for p in paths)
    chosen = f"case {choices}else [doc] end" if choices else "[doc]"
    connection.execute(
        "create or replace temp table json_items as "
        f"select row_number() over () as ordinal, unnest({chosen}) as item from (select ordinal, {unwrapped} as doc from json_documents order by ordinal)"
    )


def _refuse_missing_pages(connection: duckdb.DuckDBPyConnection, shape: dict[str, Any], items: int) -> None:
    total = _first_text("doc", shape.get("total", []))
    if total == "null":
        return
    stated = connection.execute(f"select max(try_cast({total} as bigint)) from json_documents").fetchone()[0]
    if stated is not None and items < stated:
        raise Refused(f"pages are missing: the platform states {stated:,} items, the file holds {items:,}", hint="pull the day again with all its pages")


def _refuse_other_dataset(connection: duckdb.DuckDBPyConnection, contract: Contract, shape: dict[str, Any], items: int) -> None:
    """Items that show none of a required column's paths belong to another dataset, or are empty answers."""
    if not items:
        return
    for column in (c for c in contract.columns if c.required):
        paths = [_json_path(p) for p in column.headers]
        seen = " or ".join(f"json_exists(item, {literal(p)})" for p in paths)
        explode = shape.get("explode")
        guard = f" or coalesce(json_array_length(item, {literal('$.' + explode)}), 0) = 0" if explode and explode + "." in column.header else ""
        if not connection.execute(f"select count(*) from json_items where {seen}{guard}").fetchone()[0]:
            keys = connection.execute("select array_to_string(json_keys(item)[:8], ', ') from json_items where json_type(item) = 'OBJECT' limit 1").fetchone()
            raise Refused(
                f"no item has the required field {column.header!r} of {contract.name}; the first item has: {keys[0] if keys else 'no fields'}",
                column=column.header, hint="check that the file belongs to this dataset",
            )  # fmt: skip


def _json_path(path: str) -> str:
    """A contract path as a JSON path that looks into lists: sku_order_list.order_id -> $.sku_order_list[*].order_id is not
    needed to see that a field exists in the first element."""
    head, _, rest = path.partition(".")
    return "$." + (f"{head}[0].{rest}" if rest and head in ("sku_order_list", "data") and "[*]" not in path else path.replace("[*]", "[0]"))


def _tree(contract: Contract) -> dict[str, Any]:
    """The paths of all kept columns as a nested structure for json_transform: {field: VARCHAR | {...} | [{...}]}."""
    explode = contract.options.get("json", {}).get("explode")
    root: dict[str, Any] = {}
    for column in contract.kept:
        for path in column.headers:
            if not path.isascii():
                continue  # a header of the spreadsheet form
            node = root
            steps = path.split(".")
            for depth, step in enumerate(steps[:-1]):
                is_list = step.endswith("[*]") or (depth == 0 and step == explode)
                child = node.setdefault(step.removesuffix("[*]"), [{}] if is_list else {})
                node = child[0] if isinstance(child, list) else child
            node.setdefault(steps[-1], "VARCHAR")
    return root


def _unknown_fields(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """Fields of flat items that the contract does not know and that do not smell of a person."""
    from ingest.headers import smells_personal

    known = {p.split(".")[0] for c in contract.columns for p in c.headers} | set(contract.options.get("drop", ()))
    found = connection.execute("select distinct unnest(json_keys(item)) as k from json_items where json_type(item) = 'OBJECT' order by k").fetchall()
    return [k for (k,) in found if k not in known and not smells_personal(k)]


def _select(contract: Contract, tree: dict[str, Any], shape: dict[str, Any], unknown: list[str]) -> tuple[str, dict[str, int], dict[str, int]]:
    """SQL of c0, c1 ... (one per kept column), our names to indexes, and the unknown fields as one JSON text."""
    import json

    explode = shape.get("explode")
    structure = literal(json.dumps(tree))
    rows = f"select item, json_transform(item, {structure}) as s from json_items"
    if explode:
        child = f"s.{_quoted(explode)}"
        unnested = f"case when len({child}) > 0 then {child} else [null] end" if shape.get("keepEmpty") else child
        rows = f"select item, s, unnest({unnested}) as e from ({rows})"
    expressions, positions = [], {}
    for index, column in enumerate(contract.kept):
        texts = [_expression(p, explode) for p in column.headers if p.isascii()]
        expressions.append(f"{'coalesce(' + ', '.join(texts) + ')' if len(texts) > 1 else (texts[0] if texts else 'null::varchar')} as c{index}")
        positions[column.name] = index
    extra = {}
    for index, field in enumerate(unknown, len(expressions)):
        expressions.append(f"item ->> {literal('$.' + _quoted(field))} as c{index}")
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
