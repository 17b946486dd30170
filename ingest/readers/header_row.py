"""Where the header stands: the best match among the first rows of a table."""

from __future__ import annotations

from ingest.contract import Contract, all_contracts
from ingest.errors import Refused
from ingest.headers import canonical, score
from ingest.protect import masked_cell

SEARCHED_ROWS = 20


def find_header(rows: list[list[str]], contract: Contract) -> tuple[int, int]:
    """(index, score) of the row with the most headers of the contract; (-1, 0) when no row has two or more.

    A contract of one or two columns is found by one.
    """
    enough = min(2, len(contract.columns))
    best, best_score = -1, 0
    for index, cells in enumerate(rows[:SEARCHED_ROWS]):
        points = score(cells, contract)
        if points > best_score:
            best, best_score = index, points
    return (best, best_score) if best_score >= enough else (-1, 0)


def no_header(rows: list[list[str]], contract: Contract) -> Refused:
    """The refusal for a file of another dataset, showing what stands where the header should be."""
    seen = next((c for c in rows if any(x.strip() for x in c)), [])
    # a file without a header shows its first customer here: only what is some contract's header is shown as it is
    known = {canonical(h) for c in all_contracts() for column in c.columns for h in column.headers}
    is_header = any(canonical(x) in known for x in seen)
    shown = ", ".join(x.strip() if is_header else masked_cell(x.strip()) for x in seen[:6])[:120]
    wanted = ", ".join(c.header for c in contract.columns if c.required)
    return Refused(
        f"no header of {contract.name} in the first {SEARCHED_ROWS} rows; the first row reads: {shown!r}",
        line=1, hint=f"the file needs at least the columns {wanted}; check that it belongs to this dataset",
    )  # fmt: skip
