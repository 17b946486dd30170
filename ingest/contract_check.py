"""What is wrong with a contract that parses: each finding names the dataset, the column, the value and the next step.

`validate` looks at one contract; `problems` at a folder of them (the project's or a company's own).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.contract import TYPES, Column, Contract, read_contract
from ingest.contract_references import enums, keys, patterns, people, references, rules, totals
from ingest.headers import canonical

_COLUMN_PROPERTIES = {
    "unit", "format", "keyType", "keyTypeColumn", "nullTokens", "parse", "inner", "fromName", "impersonal", "level", "measure", "scope",
}  # fmt: skip
_SCHEMA_PROPERTIES = {
    "formats", "json", "totalRow", "nullTokens", "exportTime", "contentTime", "dataDate", "maxQuarantineShare", "allowEmpty", "requireOneOf",
    "drop", "keyUnique", "keyless", "aggregateId", "levels", "explainingRows",
    "samePerson",
}  # fmt: skip
_JSON_PROPERTIES = {
    "items", "unwrap", "explode", "explodeAs", "flatten", "carry", "keepEmpty", "code", "failFlag", "message", "total",
}  # fmt: skip
_FORMATS = {"csv", "xlsx", "xls", "json"}
#: the values that a column's property may have, and the kinds it makes sense for
_VALUES: dict[str, tuple[set[str], set[str]]] = {
    "unit": ({"fen", "yuan", "yuan_100000", "percent"}, {"money", "rate"}),
    "format": ({"text", "epoch_s", "epoch_ms"}, {"timestamp"}),
    "parse": ({"amount_after_last_dash"}, {"money"}),
    "measure": ({"stock", "flow", "cumulative", "unique"}, set(TYPES)),
    "scope": ({"ad", "room", "subject", "account"}, set(TYPES)),
}
_PROTECT = {None, "drop", "key", "scrub"}


def problems(folder: Path) -> list[str]:
    """Every problem of the contracts in `<folder>/<source>/<dataset>.odcs.yaml`, in the order of the files; [] when all is well."""
    found: list[str] = []
    for path in sorted(folder.glob("*/*.odcs.yaml")):
        shown = "/".join(path.parts[-3:])
        try:
            contract = read_contract(path)
        except ValueError as error:
            found.append(f"{error}. Next: mend the file, or draft it again with fupan contracts new")
            continue
        place = f"{path.parent.name}.{path.name.removesuffix('.odcs.yaml')}"
        if contract.name != place:
            found.append(f"{shown}: id is {contract.name}, but the file stands for {place}. Next: make them the same")
        found += [f"{shown}: {problem}" for problem in [*validate(contract), *_classes(path, contract)]]
    return found


def validate(contract: Contract) -> list[str]:
    """The problems of one contract, each with its next step; [] when it is whole."""
    checks: tuple[Callable[[Contract], Iterator[str]], ...] = (
        _wholeness, _names, _properties, _headers, _json, people, keys, references, patterns, enums, totals, rules,
    )  # fmt: skip
    return [problem for check in checks for problem in check(contract)]


def _wholeness(contract: Contract) -> Iterator[str]:
    for what, told in (("a name", contract.title), ("description.purpose", contract.purpose), ("dataGranularityDescription", contract.grain)):  # fmt: skip
        if not told.strip():
            yield f"has no {what}. Next: say it in one sentence"
    if any("unconfirmed" in c.description for c in contract.columns) and "unconfirmed" not in contract.limitations:
        yield "a column says that something is unconfirmed and description.limitations does not. Next: say there what is unconfirmed"
    if not any(c.required for c in contract.columns) and not contract.options.get("requireOneOf"):
        yield "requires no column, so that any file would do. Next: mark the columns that make a row with required: true"
    share = contract.options.get("maxQuarantineShare", 0.2)
    if not isinstance(share, (int, float)) or not 0 <= share <= 1:
        yield f"maxQuarantineShare is {share!r}. Next: write a share between 0 and 1"


def _names(contract: Contract) -> Iterator[str]:
    seen: set[str] = set()
    for column in contract.columns:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", column.name):
            yield f"column name {column.name!r} is not snake_case. Next: write it in small letters, digits and underscores"
        if column.name in seen:
            yield f"column {column.name} is declared twice. Next: keep one, the other header as its synonym"
        seen.add(column.name)


def _properties(contract: Contract) -> Iterator[str]:
    for name in sorted(set(contract.options) - _SCHEMA_PROPERTIES):
        yield f"unknown custom property {name!r} of the schema; known: {', '.join(sorted(_SCHEMA_PROPERTIES))}. Next: correct or delete it"
    for name in sorted(set(contract.options.get("json", {})) - _JSON_PROPERTIES):
        yield f"unknown key {name!r} of json; known: {', '.join(sorted(_JSON_PROPERTIES))}. Next: correct or delete it"
    for kind in contract.options.get("formats", []):
        if kind not in _FORMATS:
            yield f"unknown format {kind!r}; known: {', '.join(sorted(_FORMATS))}. Next: correct it"
    for column in contract.columns:
        yield from _column_properties(column)


def _column_properties(column: Column) -> Iterator[str]:
    if column.kind not in TYPES:
        yield f"column {column.name}: unknown kind {column.kind!r}; known: {', '.join(TYPES)}. Next: correct it"
    if column.protect not in _PROTECT:
        yield f"column {column.name}: unknown protect {column.protect!r}; known: drop, key, scrub. Next: correct it"
    for name, value in column.options.items():
        if name not in _COLUMN_PROPERTIES:
            yield f"column {column.name}: unknown custom property {name!r}; known: kind, protect, {', '.join(sorted(_COLUMN_PROPERTIES))}. Next: correct or delete it"
        elif name in _VALUES:
            known, kinds = _VALUES[name]
            if value not in known:
                yield f"column {column.name}: {name} is {value!r}; known: {', '.join(sorted(known))}. Next: correct it"
            if column.kind not in kinds:
                yield f"column {column.name}: {name} says nothing about a {column.kind}. Next: delete it, or correct the kind"
    if (column.options.get("unit") == "percent") != (column.kind == "rate") and column.options.get("unit") in ("percent", "fen") and column.kind != "money":  # fmt: skip
        yield f"column {column.name}: unit {column.options['unit']} does not go with {column.kind}. Next: correct one of them"
    inner = column.options.get("inner")
    if inner is not None and not (
        isinstance(inner, dict) and {"value", "unit"} <= set(inner) <= {"value", "unit", "fen"}
    ):
        yield f"column {column.name}: inner is {inner!r}. Next: write {{value: ..., unit: ..., fen: [...]}}"


def _headers(contract: Contract) -> Iterator[str]:
    """One header must name one column, also after canonicalising."""
    owners: dict[str, str] = {}
    for column in contract.columns:
        for header in column.headers:
            spelling = canonical(header)
            if not spelling:
                yield f"column {column.name}: an empty header. Next: write the header of the export"
            other = owners.setdefault(spelling, column.name)
            if other != column.name:
                yield f"header {header!r} belongs to both {other} and {column.name}. Next: leave it to one of them"


def _json(contract: Contract) -> Iterator[str]:
    shape = contract.options.get("json")
    if not shape:
        return
    if not shape.get("items"):
        yield "json has no items. Next: list the paths where the items stand ($ for the document itself)"
    codes = shape.get("code") or []
    for code in [codes] if isinstance(codes, dict) else codes:
        if set(code) != {"path", "ok"} or not all(isinstance(v, str) for v in code["ok"]):
            yield f'json.code is {code!r}. Next: write {{path: ..., ok: ["0"]}}, the codes as text'
    paths = {p: c.name for c in contract.kept for p in c.headers if p.isascii()}
    for path, name in paths.items():
        inside = next((other for other in paths if other.startswith((path + ".", path + "[*]."))), None)
        if inside:
            yield f"column {name}: {path} is a value here and a part that holds {inside} in {paths[inside]}. Next: name the value inside it"
    spellings: dict[str, str] = {}
    for path in paths:
        other = spellings.setdefault(path.lower(), path)
        if other != path:
            yield f"{other} and {path} differ in capitals only, which the reader cannot tell apart. Next: keep one"
    explode = shape.get("explode")
    if explode and not any(p.startswith(explode + ".") for p in paths):
        yield f"json.explode is {explode} and no column stands in it. Next: correct it"


def _classes(path: Path, contract: Contract) -> Iterator[str]:
    """`classification: personal` stands exactly where something is protected; the parsed contract does not keep it."""
    import yaml

    declared = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    personal = {p["name"] for p in declared["schema"][0]["properties"] if p.get("classification") == "personal"}
    for column in contract.columns:
        if bool(column.protect) != (column.name in personal):
            what = "protected and not classified" if column.protect else "classified as personal and not protected"
            yield f"column {column.name} is {what}. Next: write classification: personal and protect together"
