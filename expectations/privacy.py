"""No person leaves a gate: columns that stand for people never stand in examples, and quoted cells are masked."""

from __future__ import annotations

import json
from functools import cache


@cache
def personal_columns() -> frozenset[str]:
    """Every column that a contract protects (dropped, keyed or scrubbed), and our key of a customer."""
    from ingest.contract import all_contracts

    return frozenset({"customer_key"} | {c.name for contract in all_contracts() for c in contract.columns if c.protect})


def impersonal(examples: str | None) -> str:
    """A JSON list of examples without the columns that stand for a person, whatever the query selected."""
    if examples in (None, "", "[]"):
        return "[]"  # the usual case, and reading all contracts takes a second
    hidden = personal_columns()
    rows = [{k: v for k, v in row.items() if k not in hidden} for row in json.loads(examples)]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def masked_text(text: str) -> str:
    """Text that may quote cells of the data: phone numbers, ID cards and addresses starred, 200 characters at most."""
    from ingest.protect import masked

    return masked(text, limit=200)
