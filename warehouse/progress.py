"""What a person sees while a run works: one line a step, with a count that moves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.ledger import Load


class Step:
    """One step under way."""

    def __init__(self, teller: Teller, name: str) -> None:
        self.teller, self.name, self.count, self.rows, self.problem = teller, name, 0, 0, ""

    def load(self, load: Load) -> None:
        """A file was landed."""
        self.count += 1
        self.rows += load.rows_loaded
        self.teller.show(self, f"{self.count} files, {self.rows:,} rows: {load.file_name} {load.status}")

    def note(self, text: str) -> None:
        """How far something long is, a transfer above all."""
        self.teller.show(self, text)

    def node(self, name: str) -> None:
        """A model, seed or test of dbt has ended."""
        self.count += 1
        self.teller.show(self, f"{self.count} nodes: {name}")

    def failed(self, why: str) -> None:
        """The step failed, and the run goes on."""
        self.problem = why


class Teller:
    """Steps on a terminal: a live line while they work, one line when they are done. Plain lines when not on a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        from rich.console import Console

        self.console = Console(stderr=True, quiet=quiet, highlight=False)
        self.live = None

    def __enter__(self) -> Teller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the live line, before an error is printed."""
        if self.live is not None:
            self.live.stop()
            self.live = None

    def show(self, step: Step, text: str) -> None:
        """Change the live line."""
        if self.live is not None:
            self.live.update(f"{step.name}: {text}")

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """A step; its line stays with its time and count."""
        step = Step(self, name)
        started = time.perf_counter()
        if self.console.is_terminal:
            self.live = self.console.status(name)
            self.live.start()
        try:
            yield step
        except BaseException:
            self.close()
            self.console.print(f"[red]✗[/red] {name}")
            raise
        self.close()
        counted = f" {step.count} files, {step.rows:,} rows" if step.rows else (f" {step.count}" if step.count else "")
        mark = "[red]✗[/red]" if step.problem else "[green]✓[/green]"
        self.console.print(f"{mark} {name:<18}{counted:<28}{time.perf_counter() - started:6.1f} s {step.problem}")
