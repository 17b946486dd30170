"""What an inference step is: which tables it reads, which table it gives, and the pure function between them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Step:
    """One table of schema `enriched`.

    name: of the table. inputs: the dbt models it is computed from, of any schema; everything that the result depends on stands
    in them (the day too). key: the columns, in every input and in the output, whose rows are computed together; () = the whole
    table at once. columns: the output's columns in order, with their DuckDB types. compute: {input: its rows, sorted by all
    columns} -> the output; no clock, no unseeded randomness, no thread-order sums. shared: inputs without the key (a calendar),
    read whole; a change in one of them computes everything again.
    """

    name: str
    inputs: tuple[str, ...]
    key: tuple[str, ...]
    columns: dict[str, str]
    compute: Callable[[dict[str, pa.Table]], pa.Table]
    shared: tuple[str, ...] = ()


@cache
def all_steps() -> tuple[Step, ...]:
    """The steps of enrich/steps/, by name. Raises ValueError naming the module whose STEP has another name than its file."""
    from enrich import steps

    found = []
    for module in sorted(pkgutil.iter_modules(steps.__path__), key=lambda m: m.name):
        step = importlib.import_module(f"enrich.steps.{module.name}").STEP
        if step.name != module.name:
            raise ValueError(f"enrich/steps/{module.name}.py makes {step.name!r}. Next: name the file as its table")
        found.append(step)
    return tuple(found)


def code_files() -> list[Path]:
    """The files that the results depend on, code and data, for the fingerprint of a build."""
    return sorted(p for p in Path(__file__).parent.rglob("*") if p.suffix in (".py", ".yml", ".csv"))


def library_versions() -> str:
    """The libraries that compute: another version of one may give another last digit."""
    from importlib.metadata import version

    return " ".join(f"{name}=={version(name)}" for name in ("numpy", "scipy", "scikit-learn", "jieba"))
