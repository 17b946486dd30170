"""What is generated from the contracts: dbt's `sources` YAML. The landing suites are made from them at run time."""

from __future__ import annotations

from pathlib import Path

from ingest.contract import FOLDER, contract_files, read_contract
from warehouse.layout import DBT

SOURCES_YAML = DBT / "models" / "staging" / "_raw__sources.yml"
_STAMPS = {
    "_extra": ("VARCHAR", "Columns of the file that the contract does not know, as JSON text, scrubbed"),
    "_load_id": ("VARCHAR", "The load that the row came with (ops.loads)"),
    "_source_file": ("VARCHAR", "Name of the file"),
    "_row_number": ("BIGINT", "Ordinal of the row among the loaded rows of its file"),
    "_exported_at": ("TIMESTAMP", "When the platform wrote the file"),
    "_loaded_at": ("TIMESTAMP", "When the file was landed"),
    "_tiebreak_at": (
        "TIMESTAMP",
        "_loaded_at of files that do not say when they were written, else null: breaks ties of age",
    ),
}


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def sources_yaml(folder: Path = FOLDER, origin: str = "ingest/contracts by `make contracts`") -> str:
    """The text of dbt's sources: one table per contract of a folder, every column with its type and meaning."""
    files = contract_files(folder)
    lines = [f"# Generated from {origin}. Do not edit.", "version: 2"]
    lines += ["sources:", "  - name: raw", "    schema: raw", "    tables:"] if files else []
    for path in files:
        contract = read_contract(path)
        lines += [
            f"      - name: {contract.table}",
            f"        description: {_text(f'{contract.title}: {contract.purpose} Grain: {contract.grain}.')}",
            "        columns:",
        ]
        for column in contract.kept:
            told = column.description or column.header
            if column.protect == "key":
                told += " (keyed pseudonym)"
            lines += [
                f"          - {{name: {column.name}, data_type: {_text(column.type)}, description: {_text(told)}}}"
            ]
        lines += [
            f"          - {{name: {name}, data_type: {kind}, description: {_text(told)}}}"
            for name, (kind, told) in _STAMPS.items()
        ]
    return "\n".join(lines) + "\n"


def generate(*, write: bool) -> list[Path]:
    """The generated files that differ from the contracts; they are rewritten when `write`. ValueError for a bad contract."""
    wanted = sources_yaml()
    if SOURCES_YAML.exists() and SOURCES_YAML.read_text(encoding="utf-8") == wanted:
        return []
    if write:
        SOURCES_YAML.write_text(wanted, encoding="utf-8")
    return [SOURCES_YAML]
