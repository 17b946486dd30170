"""One dbt build with inference in its middle: the models that enrich/ reads, enrich/, then all other nodes, in one warm process."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enrich.step import Step, all_steps
from ingest import durable
from ingest.clock import beijing_now
from ingest.limits import build_memory
from warehouse.layout import DBT

_PART = "fupan_part_"


@dataclass(frozen=True)
class Node:
    """What became of one node: a model, seed or test of dbt, or a step of enrich."""

    kind: str
    name: str
    status: str
    seconds: float
    failures: int | None = None
    message: str = ""
    started_at: dt.datetime | None = None  # Beijing wall time


@dataclass
class Outcome:
    """All nodes that ran, what kept dbt from running, and dbt's manifest."""

    nodes: list[Node] = field(default_factory=list)
    exception: BaseException | None = None
    manifest: Any = None

    @property
    def failed(self) -> list[Node]:
        """Nodes that stop a build; warnings and skipped ones are not among them."""
        return [n for n in self.nodes if n.status in ("error", "fail", "runtime error")]


def build(
    database: Path,
    scratch: Path,
    *,
    left_out: list[str],
    continues: bool,
    variables: dict[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
    steps: tuple[Step, ...] | None = None,
) -> Outcome:
    """Build every node of the project in `database`; scratch: where dbt keeps target/ and logs/.

    left_out: kinds of nodes that are not run (test, unit_test, seed). A node that fails ends the build before the next part.
    """
    import json

    os.environ.update(
        {
            "FUPAN_BUILD_DB": str(database), "FUPAN_CONTINUES": str(continues).lower(), "DO_NOT_TRACK": "1",
            "FUPAN_MEMORY_LIMIT": build_memory(),
        }
    )  # fmt: skip
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    scratch.mkdir(parents=True, exist_ok=True)
    common = [
        "--project-dir", str(DBT), "--profiles-dir", str(DBT), "--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs"),
        *(["--vars", json.dumps(variables)] if variables else []),
    ]  # fmt: skip
    # artifacts that nobody reads, and log lines that dbt makes of every statement before it drops them, take half of a small build
    quiet = ["--quiet", "--no-use-colors", "--no-write-json", "--log-level", "none", "--log-level-file", "none"]
    excluded = [f"--exclude-resource-type={kind}" for kind in left_out]
    told = Outcome()

    def invoke(arguments: list[str], manifest: Any = None) -> Any:
        runner = dbtRunner(manifest=manifest, callbacks=[_reporter(progress), _logger(scratch / "logs" / "dbt.log")])
        try:
            answer = runner.invoke([*quiet, *arguments, *common])
        finally:
            DuckDBConnectionManager.close_all_connections()  # dbt keeps the write lock until its process ends, otherwise
        told.exception = answer.exception
        return answer.result

    told.manifest = invoke(["parse"])
    if told.exception is not None:
        return told
    steps = all_steps() if steps is None else steps
    parts = halves(told.manifest, steps)
    _mark(told.manifest, parts)
    for part, names in enumerate(parts):
        if names:
            ran = invoke(
                ["build", "--select", f"tag:{_PART}{part}", "--indirect-selection", "empty", *excluded], told.manifest
            )
            told.nodes += [_node(r) for r in getattr(ran, "results", None) or []]
        if told.exception is not None or told.failed:
            return told
        if part == 0 and steps:
            _enrich(database, steps, continues, told, progress)
    return told


def halves(manifest: Any, steps: tuple[Step, ...]) -> tuple[set[str], set[str]]:
    """(ids of the nodes that the steps' inputs need, ids of all others). Raises ValueError when a step reads another's result.

    A test belongs to the first half when all that it reads does. Without steps the first half is empty.
    """
    nodes = {i: n for i, n in manifest.nodes.items() if n.resource_type in ("model", "seed", "snapshot", "test")}
    by_name = {n.name: i for i, n in nodes.items() if n.resource_type in ("model", "seed")}
    first: set[str] = set()
    for step in steps:
        for model in (*step.inputs, *step.shared):
            if model not in by_name:
                raise ValueError(f"enrich step {step.name} reads {model}, which is no model. Next: mend its inputs")
            first |= _needed(by_name[model], nodes, step)
    for identifier, node in nodes.items():
        if node.resource_type == "test" and _above(node) and set(_above(node)) <= first:
            first.add(identifier)
    return first, (nodes.keys() | manifest.unit_tests.keys()) - first


def _mark(manifest: Any, parts: tuple[set[str], set[str]]) -> None:
    """Tag the nodes of the parsed project with their part: dbt looks up one tag quickly, and hundreds of names slowly."""
    for identifier, node in [*manifest.nodes.items(), *manifest.unit_tests.items()]:
        for part, names in enumerate(parts):
            if identifier in names:
                where = node.tags if hasattr(node, "tags") else node.config.tags
                where.append(f"{_PART}{part}")


def _needed(identifier: str, nodes: dict[str, Any], step: Step) -> set[str]:
    found, waiting = set(), [identifier]
    while waiting:
        here = waiting.pop()
        if here in found or here not in nodes:
            continue
        found.add(here)
        if any(above.startswith("source.fupan.enriched.") for above in _above(nodes[here])):
            raise ValueError(
                f"enrich step {step.name} needs {nodes[here].name}, which reads another step's result. Next: compute both in one step"
            )
        waiting += _above(nodes[here])
    return found


def _above(node: Any) -> list[str]:
    return getattr(node.depends_on, "nodes", [])  # a seed depends on macros only


def _enrich(
    database: Path,
    steps: tuple[Step, ...],
    continues: bool,
    told: Outcome,
    progress: Callable[[str], None] | None,
) -> None:
    import duckdb

    from enrich.run import StepFailed, run_steps

    started = beijing_now()
    with duckdb.connect(str(database), config={"memory_limit": build_memory()}) as connection:
        connection.execute("set timezone = 'Asia/Shanghai'")
        try:
            for run in run_steps(connection, steps, continues=continues, progress=progress):
                durable.step(f"after enrich {run.name}")
                told.nodes.append(Node("enrich", run.name, "success", run.seconds, started_at=started))
        except StepFailed as problem:
            told.nodes.append(Node("enrich", str(problem).split()[2], "error", 0.0, message=str(problem)))


def _reporter(progress: Callable[[str], None] | None):
    def tell(event) -> None:
        if event.info.name == "NodeFinished":
            name = getattr(getattr(event.data, "node_info", None), "node_name", "")
            durable.step(f"after dbt {name}")
            if progress:
                progress(name)

    return tell


def _logger(path: Path) -> Callable[[Any], None]:
    """Writes what dbt warns of and what went wrong, as dbt's own log would."""

    def write(event: Any) -> None:
        if event.info.level in ("warn", "error"):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as log:
                log.write(f"{beijing_now():%Y-%m-%d %H:%M:%S} [{event.info.level}] {event.info.msg}\n")

    return write


def _node(result: Any) -> Node:
    times = [t.started_at for t in result.timing if t.started_at]
    return Node(
        kind=str(result.node.resource_type), name=result.node.name, status=str(result.status), seconds=float(result.execution_time),
        failures=None if result.failures is None else int(result.failures), message=" ".join(str(result.message or "").split())[:300],
        started_at=(min(times).replace(tzinfo=None) + dt.timedelta(hours=8)) if times else None,
    )  # fmt: skip
