"""The marts gate's checks as data: reads `checks/*.yml` into typed entries and refuses what it does not understand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from expectations.bounds import KNOWN
from expectations.result import BLOCK, WARN

FOLDER = Path(__file__).parent / "checks"


class CatalogueError(ValueError):
    """An entry of checks/*.yml that cannot be used; the message names the file and the entry."""


@dataclass(frozen=True)
class Table:
    """A published table. key: its grain; filled: columns that are never null; source_rows: SQL that counts what it is made of.

    turn_by: of a table that grows long, the columns whose changed values a day's gate looks at ($looked_at, expectations/turns.py);
    turn_of: the marts whose changes these are; the first has the keys that are looked at in turn.
    """

    name: str
    key: tuple[str, ...]
    source_rows: str
    filled: tuple[str, ...] = ()
    optional: bool = False
    turn_by: tuple[str, ...] = ()
    turn_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One check of the marts. failing: SQL of the rows that break it; ctes: what failing, seen and observed may use.

    seen: SQL that counts the rows looked at (default: the table's); conditional: that may be none of them; observed: a SQL
    expression that gives text; bound: the bound whose severity the check takes. $name in SQL is a bound, as_of or looked_at.
    """

    name: str
    table: str
    failing: str
    action: str
    severity: str = ""
    column: str = ""
    ctes: str = ""
    seen: str = ""
    observed: str = "''"
    bound: str = ""
    conditional: bool = False


def read_tables(folder: Path = FOLDER) -> dict[str, Table]:
    """The published tables by name, from tables.yml."""
    entries = _yaml(folder / "tables.yml", "tables")
    tables = {}
    for name, entry in entries.items():
        made = _made(Table, {"name": name, **entry}, f"tables.yml: {name}")
        lists = {x: tuple(getattr(made, x)) for x in ("key", "filled", "turn_by", "turn_of")}
        tables[name] = replace(made, **lists)
        if bool(made.turn_by) != bool(made.turn_of):
            raise CatalogueError(f"tables.yml: {name}: turn_by and turn_of go together")
    return tables


def read_rules(folder: Path = FOLDER) -> list[Rule]:
    """All rules of the other files, in file order.

    Raises CatalogueError for an unknown key, table, bound or severity, and for a name that one table has twice.
    """
    tables, rules, names = read_tables(folder), [], set()
    for path in sorted(folder.glob("*.yml")):
        if path.name == "tables.yml":
            continue
        for entry in _yaml(path, "checks"):
            where = f"{path.name}: {entry.get('name')}"
            rule = _made(Rule, entry, where)
            _sensible(rule, tables, where)
            if (rule.table, rule.name) in names:
                raise CatalogueError(f"{where}: {rule.table} has a check of this name already")
            names.add((rule.table, rule.name))
            rules.append(rule)
    return rules


def _sensible(rule: Rule, tables: Mapping[str, Table], where: str) -> None:
    if rule.table not in tables:
        raise CatalogueError(f"{where}: no table {rule.table!r} in tables.yml")
    if rule.bound and rule.bound not in KNOWN:
        raise CatalogueError(f"{where}: no bound {rule.bound!r}")
    if bool(rule.bound) == bool(rule.severity) or rule.severity not in ("", BLOCK, WARN):
        raise CatalogueError(f"{where}: give a severity (block or warn), or the bound that has one")


def _yaml(path: Path, root: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # both are safe; the C one is ten times faster
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    if not isinstance(content, dict) or set(content) != {root}:
        raise CatalogueError(f"{path.name}: one key `{root}` is expected")
    return content[root]


def _made(kind: type, entry: Mapping[str, Any], where: str) -> Any:
    known = {f.name for f in fields(kind)}
    if set(entry) - known:
        raise CatalogueError(f"{where}: unknown keys {sorted(set(entry) - known)}; known: {sorted(known)}")
    try:
        return kind(**entry)
    except TypeError as error:
        raise CatalogueError(f"{where}: {error}") from None
