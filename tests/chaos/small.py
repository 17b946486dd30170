"""The project made small for a thousand runs: the models behind the orders and their credits, and the checks of these.

The gates ask the same queries and stop the same things, of DuckDB without Great Expectations around it, which writes nothing that
must be durable and takes half of a small run. `--whole` leaves the project as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from expectations.engine import Check, Ran

#: marts that are built, with all that they are made of
WANTED = (
    "attribution_credits",
    "fct_ad_hours",
    "fct_order_lines",
    "fct_refunds",
    "dim_product",
    "dim_date",
    "int_data_span",
)

#: the marts among these
MARTS = (
    "attribution_credits",
    "dim_date",
    "dim_product",
    "fct_ad_hours",
    "fct_order_lines",
    "fct_refunds",
    "fct_touchpoints",
)


def closure(manifest: Any) -> set[str]:
    """Ids of the models and seeds that WANTED needs."""
    by_name = {n.name: i for i, n in manifest.nodes.items() if n.resource_type in ("model", "seed")}
    found, waiting = set(), [by_name[name] for name in WANTED]
    while waiting:
        here = waiting.pop()
        if here not in found and here in manifest.nodes:
            found.add(here)
            waiting += getattr(manifest.nodes[here].depends_on, "nodes", [])
    return found


class Session:
    """As expectations.engine.Session, without Great Expectations."""

    def __init__(self, database: str = ":memory:", *, memory_limit: str = "1GB") -> None:
        import duckdb

        in_memory = database == ":memory:"
        self.connection = duckdb.connect(database, read_only=not in_memory, config={"memory_limit": memory_limit})

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def run(self, suite: str, rows: str, checks: Iterable[Check]) -> tuple[list[Ran], dict[str, Any]]:
        """The verdicts of each check, and the document that is kept for Data Docs."""
        return [self._ran(check, rows) for check in checks], {"suite_name": suite, "results": []}

    def _ran(self, check: Check, rows: str) -> Ran:
        import duckdb

        try:
            found = self.connection.execute(check.query.format(batch=f"({rows})"))
        except duckdb.Error as problem:
            return Ran(check, error=str(problem).splitlines()[0])
        names = [d[0] for d in found.description]
        return Ran(check, tuple(dict(zip(names, row, strict=True)) for row in found.fetchall()))


def shrink() -> None:
    """Patch this process: the build, its gate and its data tests are those of WANTED. Everything durable stays as it is."""
    import expectations.landing_gate as landing_gate
    import expectations.marts_gate as gate
    from warehouse import candidate, dbt_build

    honest_halves = dbt_build.halves
    tables = {name: table for name, table in gate.read_tables().items() if name in MARTS}
    others = set(gate.read_tables()) - set(MARTS)
    rules = [r for r in gate.read_rules() if r.table in MARTS and not others & set(re.findall(r"\w+", f"{r}"))]

    def halves(manifest: Any, steps: tuple) -> tuple[set[str], set[str]]:
        return set(), honest_halves(manifest, ())[1] & closure(manifest)

    dbt_build.halves, dbt_build.all_steps = halves, lambda: ()
    candidate.LEFT_OUT = candidate.BUT_MODELS
    gate.Session = landing_gate.Session = Session
    gate.read_tables, gate.read_rules = lambda: tables, lambda: rules
