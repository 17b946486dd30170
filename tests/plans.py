"""What DuckDB makes of the models' joins: one that has an equality and looks at every pair of rows all the same is a trap.

A condition on one side of a left join (`on a.key = b.key and a.is_open`) is such: no hash table is used then, and a day that costs a
second with a thousand rows costs hours with a million. `on case when a.is_open then a.key end = b.key` says the same.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

#: models whose pairs are few on one side by nature
FEW = {
    "attribution_credits": "touches with the seven models",
    "credits_by_largest_remainder": "the same, written plainly",
    "int_touch_channels": "kinds of touches with the rules of a seed",
}
#: rows of a model above that a run keeps when some changed
_KEPT = re.compile(r'"replaced"\."\w+"')
_EQUALITY = re.compile(r"\(([a-z_]\w*) = ([a-z_]\w*)\)")


def joins_of_all_pairs(database: Path, compiled: Path) -> list[str]:
    """Model and condition of each such join. database: a build; compiled: dbt's folder of the compiled models of its last run."""
    import duckdb

    found, planned = [], 0
    with duckdb.connect(str(database), read_only=True) as connection:
        kept = {f'"{schema}"."{t}"' for schema, t in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()}  # fmt: skip
        for path in (p for p in sorted(compiled.rglob("models/**/*.sql")) if p.parent.suffix != ".yml"):
            sql = re.sub(r'"[a-z_0-9]+"\.(?="[a-z]+"\.")', f'"{database.stem}".', path.read_text(encoding="utf-8"))
            if not set(_KEPT.findall(sql)) <= kept:
                continue  # nothing changed in the model that it is derived from, so it was not run
            planned += 1
            plan = connection.execute(f"explain (format json) {sql}").fetchone()[1]
            found += [f"{path.stem}: {c}" for n in json.loads(plan) for c in _conditions(n) if path.stem not in FEW]
    assert planned > 150, "few models were compiled"
    return found


def _conditions(node: dict) -> list[str]:
    """The conditions of a plan's joins of all pairs in which an equality stands."""
    told = json.dumps(node.get("extra_info", {}))
    mine = [told] if "NL_JOIN" in node.get("name", "") and _EQUALITY.search(told) else []
    return mine + [c for child in node.get("children", []) for c in _conditions(child)]
