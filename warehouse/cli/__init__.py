"""The `fupan` command line. Every command imports what it needs when it runs, so that --help is quick."""

from __future__ import annotations

from warehouse.cli import contracts, data, keep, people, quarantine, rebuild, simulate
from warehouse.cli.common import app

app.add_typer(quarantine.app, name="quarantine")
app.add_typer(contracts.app, name="contracts")
app.add_typer(keep.keys, name="keys")


def main() -> None:
    """Entry point."""
    app()


__all__ = ["app", "contracts", "data", "keep", "main", "people", "quarantine", "rebuild", "simulate"]
