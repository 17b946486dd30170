"""A contract as Open Data Contract Standard YAML, in the hand of the contracts that exist: one line per column."""

from __future__ import annotations

from typing import Any

from ingest.contract import Column, Contract

_LOGICAL = {"money": "number", "number": "number", "rate": "number", "integer": "integer", "timestamp": "timestamp", "date": "date", "boolean": "boolean"}  # fmt: skip
_USUAL = {"text": "string", **{k: k for k in ("number", "integer", "timestamp", "date", "boolean")}}


def contract_yaml(contract: Contract) -> str:
    """The text of the contract; `read_contract` of it gives the same contract again."""
    lines = [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {contract.name}",
        f"name: {_flow(contract.title)}",
        "version: 1.0.0",
        "status: draft",
        f"domain: {contract.source}",
        "description:",
        f"  purpose: {_flow(contract.purpose)}",
        f"  limitations: {_flow(contract.limitations)}",
        "schema:",
        f"  - name: {contract.table}",
        f"    physicalName: {_flow(contract.title)}",
        f"    dataGranularityDescription: {_flow(contract.grain)}",
        "    customProperties:",
        *(f"      - {_flow({'property': k, 'value': v})}" for k, v in contract.options.items()),
        "    properties:",
        *(f"      - {_flow(_property(c))}" for c in contract.columns),
    ]
    return "\n".join(lines) + "\n"


def _property(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": column.name,
        "physicalName": column.header,
        "logicalType": _LOGICAL.get(column.kind, "string"),
    }
    if column.required:
        told["required"] = True
    if column.key:
        told["primaryKey"] = True
    if column.protect:
        told["classification"] = "personal"
    if column.enum:
        told["enum"] = [{"value": v} for v in column.enum]
    custom = {} if _USUAL.get(column.kind) == told["logicalType"] else {"kind": column.kind}
    custom |= {**column.options, **({"protect": column.protect} if column.protect else {})}
    if custom:
        told["customProperties"] = [{"property": k, "value": v} for k, v in custom.items()]
    return told


def _flow(value: Any) -> str:
    """One line of YAML."""
    import yaml

    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=float("inf"), sort_keys=False).removesuffix("\n").removesuffix("\n...").strip()  # fmt: skip
