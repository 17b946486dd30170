"""What a contract says about itself must hold: people, keys, names of columns, patterns, vocabularies, totals and rules.

Each check yields problems with their next step; contract_check puts them together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.contract import TYPES, Column, Contract
from ingest.headers import canonical, smells_personal

_WORDS = {"text", "code", "id"}
_MOMENTS = {"timestamp", "date"}
#: kinds that hold nothing about a person, whatever their header says (确认收货时间, 买家实付金额)
_IMPERSONAL_KINDS = {"money", "rate", "boolean", *_MOMENTS}
#: a count of people or of what they did (new_contact_cnt, 买家数) is about none of them
_COUNT = re.compile(r"(_cnt|_num|_count|数|量)$")


def _smells(column: Column, header: str) -> bool:
    if column.kind in _IMPERSONAL_KINDS or (column.kind in ("integer", "number") and _COUNT.search(header)):
        return False
    return smells_personal(header)


def people(contract: Contract) -> Iterator[str]:
    """A header that smells of a person is protected, or says why it is about none."""
    names = {c.name for c in contract.columns}
    for column in contract.columns:
        smelling = next((h for h in column.headers if _smells(column, h)), None)
        reason = column.options.get("impersonal")
        if smelling and not column.protect and not reason:
            yield f"column {column.name}: {smelling!r} smells of a person. Next: protect it (drop, key or scrub), or say under impersonal why it is none"
        if reason is not None and (not smelling or column.protect):
            yield f"column {column.name}: impersonal stands where nothing smells of a person. Next: delete it"
        if column.protect == "key":
            type_column = column.options.get("keyTypeColumn")
            if not type_column and not column.options.get("keyType"):
                yield f"column {column.name}: a keyed column without keyType. Next: say what the identity is (keyType: phone), or which column says it (keyTypeColumn)"
            if type_column and type_column not in names:
                yield f"column {column.name}: keyTypeColumn {type_column} is no column. Next: correct it"


def keys(contract: Contract) -> Iterator[str]:
    """A dataset has a key, or says why it has none."""
    marked, keyless = [c for c in contract.columns if c.key], contract.options.get("keyless")
    if not marked and not keyless:
        yield "no column is a primaryKey. Next: mark those that make a row one of its kind, or say under keyless why there are none"
    if marked and keyless:
        yield f"keyless, and yet {marked[0].name} is a primaryKey. Next: keep one of them"
    yield from (
        f"column {c.name}: a dropped column cannot be a key. Next: key it (protect: key)" for c in marked if c.protect == "drop"
    )  # fmt: skip


def references(contract: Contract) -> Iterator[str]:
    """Columns that other parts of the contract name must exist and be of the right kind."""
    kinds = {c.name: c.kind for c in contract.kept}
    day = contract.options.get("dataDate")
    for what, name in [*(("contentTime", n) for n in contract.options.get("contentTime", ())), *([("dataDate", day)] if day else [])]:  # fmt: skip
        if kinds.get(name) not in _MOMENTS:
            yield f"{what} names {name}, which is {'a ' + kinds[name] if name in kinds else 'no column'}. Next: name a timestamp or a date"
    for group in contract.options.get("requireOneOf", ()):
        yield from (f"requireOneOf names {n}, which is no column. Next: correct it" for n in group if n not in kinds)
    levels = contract.options.get("levels", {})
    used = {c.options["level"] for c in contract.columns if "level" in c.options}
    for level, key in levels.items():
        if key not in kinds:
            yield f"levels says that {key} is the key of {level}, and it is no column. Next: correct it"
    for level in sorted(used ^ set(levels)):
        yield f"level {level} is {'marked on a column but not in levels' if level in used else 'in levels but on no column'}. Next: mend one of them"
    same = contract.options.get("samePerson", [])
    keyed = {c.name for c in contract.columns if c.protect == "key"}
    if same and (len(same) != 2 or set(same) - keyed):
        yield f"samePerson is {same!r}. Next: name the two keyed columns (protect: key) that are one person"
    rows = contract.options.get("explainingRows")
    if rows is not None:
        if not isinstance(rows, int) or not 1 <= rows <= 20:
            yield f"explainingRows is {rows!r}. Next: write how many rows below the header are no data (1 to 20)"
        if not any(c.required and c.kind in {"id", "id_list", *_MOMENTS} for c in contract.kept):
            yield "explainingRows needs a required id or moment, by which data are told. Next: mark one as required"


def patterns(contract: Contract) -> Iterator[str]:
    """Regular expressions compile, and one that takes a value has one group."""
    listed = [("exportTime", p) for p in contract.options.get("exportTime", {}).get("fileName", ())]
    listed += [("totalRow.tokens", p) for p in (contract.options.get("totalRow") or {}).get("tokens", ())]
    listed += [(f"column {c.name}: fromName", c.options["fromName"]) for c in contract.columns if "fromName" in c.options]  # fmt: skip
    for where, pattern in listed:
        try:
            groups = re.compile(str(pattern)).groups
        except re.error as error:
            yield f"{where} has the bad regular expression {pattern!r} ({error}). Next: correct it"
            continue
        if "fromName" in where and groups != 1:
            yield f"{where} has {groups} groups. Next: put the value, and nothing else, into one pair of brackets"


def enums(contract: Contract) -> Iterator[str]:
    """Vocabularies are of words, without repeats or blanks."""
    for column in (c for c in contract.columns if c.enum):
        if column.kind not in _WORDS:
            yield f"column {column.name}: an enum of a {column.kind} is never compared as text. Next: make it text, or write a quality rule"
        if len(set(column.enum)) < len(column.enum) or not all(v.strip() == v and v for v in column.enum):
            yield f"column {column.name}: its enum repeats a value, or has an empty or padded one. Next: correct it"


def totals(contract: Contract) -> Iterator[str]:
    """A total row is found by known headers and checked by a column that adds up."""
    rule = contract.options.get("totalRow")
    if not rule:
        return
    known = {canonical(h): c for c in contract.columns for h in c.headers}
    if not rule.get("columns") or not rule.get("tokens"):
        yield "totalRow needs columns and tokens. Next: say where 合计 may stand and how it is spelt"
    if not any(canonical(h) in known for h in rule.get("columns", ())):
        yield f"totalRow.columns {rule.get('columns')} are headers of no column. Next: name those that hold 合计"
    for header in rule.get("control", ()):
        column = known.get(canonical(header))
        if column is None or column.kind not in ("money", "number", "integer"):
            yield f"totalRow.control {header!r} is no column of numbers. Next: name one that adds up"
        elif column.options.get("level") or column.options.get("measure") in ("stock", "unique", "cumulative"):
            yield f"totalRow.control {header!r} does not add up over rows. Next: name one that does"


def rules(contract: Contract) -> Iterator[str]:
    """Quality rules run on an empty table of the contract's columns: an unknown column or bad SQL is seen here, not at night."""
    import duckdb

    stamps = [("_load_id", "VARCHAR"), ("_source_file", "VARCHAR"), ("_extra", "VARCHAR"), ("_ordinal", "BIGINT")]
    declared = ", ".join(f'"{n}" {t}' for n, t in [*((c.name, c.type) for c in contract.kept), *stamps])
    rules: list[dict[str, Any]] = [r for r in contract.quality]
    if not rules or any(c.kind not in TYPES for c in contract.columns):
        return
    with duckdb.connect() as connection:
        try:
            connection.execute(f"create table batch ({declared})")
        except duckdb.Error:
            return  # names that are declared twice are told by _names
        for rule in rules:
            title = f"quality rule {rule.get('name')}"
            if rule.get("type") != "sql" or rule.get("mustBe") != 0 or "{batch}" not in str(rule.get("query")):
                yield f"{title} is not `type: sql`, `mustBe: 0` with a query over {{batch}}. Next: write it so"
                continue
            if rule.get("severity") not in ("error", "warn"):
                yield f"{title}: severity is {rule.get('severity')!r}. Next: write error (blocks) or warn"
            try:
                connection.execute(str(rule["query"]).replace("{batch}", "batch")).fetchall()
            except duckdb.Error as error:
                yield f"{title} cannot run: {str(error).splitlines()[0][:200]}. Next: correct its query"
