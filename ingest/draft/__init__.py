"""A data contract drafted from a sample export: header and rows by the loader's own readers, kinds from every row.

What was guessed is told, column by column; the draft is a valid contract, and it loads the very file that it was made from.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contract import Column, Contract, read_contract
from ingest.draft.guess import column_of
from ingest.draft.look import NULLS, Look, look_at, misfits
from ingest.draft.names import name_of
from ingest.draft.structure import always_there, key_of, moments, totals
from ingest.draft.table import Sample, read_sample
from ingest.draft.write import contract_yaml
from ingest.errors import Refused
from ingest.files import kind_of
from ingest.ledger import Load
from ingest.typing_sql import literal

if TYPE_CHECKING:
    import duckdb


@dataclass
class Draft:
    """contract: what was made of the file; text: its YAML; look: what a person should look at, by header (or "")."""

    contract: Contract
    text: str
    look: list[tuple[str, str]] = field(default_factory=list)
    load: Load | None = None


def draft_contract(path: Path, source: str, dataset: str, *, title: str = "") -> Draft:
    """Draft the contract of a file. Raises Refused with the next step for a file that no reader takes, or without rows.

    source, dataset: lower-case names, which become the raw table <source>__<dataset>; ValueError for other ones.
    """
    for name in (source, dataset):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
            raise ValueError(
                f"{name!r} is no name for a source or dataset: lower-case letters, digits and _, beginning with a letter"
            )
    from ingest.landing import connect

    scratch = Path(tempfile.mkdtemp(prefix="fupan-draft-"))
    try:
        with connect(scratch / "home", scratch) as connection:
            sample = read_sample(path, kind_of(path), connection, scratch)
            draft = _drafted(connection, sample, source, dataset, title or path.stem)
        return _tried(draft, path, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _drafted(connection: duckdb.DuckDBPyConnection, sample: Sample, source: str, dataset: str, title: str) -> Draft:
    look: list[tuple[str, str]] = []
    options: dict[str, Any] = {
        "formats": ["json"] if sample.kind == "json" else ["csv", "xlsx", "xls"], **({"json": sample.json} if sample.json else {}),
        "nullTokens": _null_tokens(connection, sample),
    }  # fmt: skip
    bare = Contract(source, dataset, title, "", "", "", (), (), options)
    columns: list[Column] = []
    looks: dict[str, Look] = {}
    taken: set[str] = set()
    for index, (header, cell) in enumerate(sample.headers.items()):
        told: list[str] = []
        seen = look_at(connection, cell)
        column = column_of(header, seen, lambda c, cell=cell: misfits(connection, cell, c, bare), told)
        name, sure = name_of(header, column.kind, index, taken)
        column = replace(column, name=name)
        if not sure:
            told.append(f"is called {column.name}, which is only a guess at a name")
        look += [(header, t) for t in told]
        columns.append(column)
        looks[column.name] = seen
    for header in sample.twins:
        name, _ = name_of(header, "text", len(columns), taken)
        columns.append(Column(name, header, (), "text", False, False, "drop", (), ""))
        look.append(
            (header, "stands in several columns: dropped; export it once, or give the columns names of their own")
        )
    look += [
        (h, "is a list or has a header that is not ASCII: not read; `json.explode` makes rows of a list")
        for h in sample.lists
    ]
    keys = key_of(connection, sample, columns, looks, look)
    needed = keys or always_there(columns, looks, sample)
    columns = [replace(c, key=c.name in keys, required=c.name in needed) for c in columns]
    options |= {} if keys else {"keyless": "no one, two or three columns were unique in the sample"}
    options |= moments(columns, looks, sample, look) | totals(connection, sample, columns, look)
    grain = (
        f"one row per {', '.join(keys)}"
        if keys
        else "one row per line of the file; no column or pair of columns is unique"
    )
    contract = replace(
        bare, purpose=f"{title}, drafted from a sample of {sample.rows:,} rows.",
        limitations="Drafted from one file: values, columns and layouts that it does not have are unconfirmed.", grain=grain,
        columns=tuple(columns), options=options,
    )  # fmt: skip
    if sample.encoding:
        look.append(
            ("", f"the file is in {sample.encoding}; encodings are told file by file and need no word in the contract")
        )
    return Draft(contract, contract_yaml(contract), look)


def _null_tokens(connection: duckdb.DuckDBPyConnection, sample: Sample) -> list[str]:
    cells = ", ".join(sample.headers.values())
    found = connection.execute(
        f"select distinct v from (select unnest([{', '.join(f'trim({c})' for c in sample.headers.values())}]) as v from sample where is_data) where v in ({', '.join(map(literal, NULLS))})"
        if cells
        else "select null where false"
    ).fetchall()
    there = {v for (v,) in found}
    return [t for t in NULLS if t in there or t in ("-", "--")]


def _tried(draft: Draft, path: Path, scratch: Path) -> Draft:
    """Load the very file under the draft; a column that sets rows aside becomes text. Raises Refused when it does not load."""
    from ingest.landing import land_file
    from ingest.quarantine import quarantined_rows

    file = scratch / "draft.odcs.yaml"
    for attempt in range(4):
        file.write_text(draft.text, encoding="utf-8")
        contract = read_contract(file)
        home = scratch / f"try{attempt}"
        load = land_file(path, contract.source, contract.dataset, home, contract=contract)
        if load.status != "loaded":
            raise Refused(f"the draft does not load its own sample: {load.reason}", hint="please report this layout")
        # an id that a spreadsheet has rounded is no reason to take ids for text
        wrong = {r["column"] for r in quarantined_rows(home, [load]) if r["kind"] != "mangled_id"} - {None}
        if not wrong:
            return replace(draft, contract=contract, load=load)
        columns = tuple(
            replace(c, kind="text", options={}, required=False) if c.name in wrong else c for c in contract.columns
        )
        look = [
            *draft.look,
            *((contract.column(n).header, "some rows did not load as guessed: taken for text") for n in sorted(wrong)),
        ]
        changed = replace(contract, columns=columns, options=_without(contract, wrong))
        draft = Draft(changed, contract_yaml(changed), look)
    return replace(draft, load=load)


def _without(contract: Contract, names: set[str]) -> dict[str, Any]:
    """The options of a contract in which these columns are text: no moment and no control total is taken from them."""
    options = dict(contract.options)
    if "contentTime" in options:
        options["contentTime"] = [n for n in options["contentTime"] if n not in names]
    if options.get("dataDate") in names:
        del options["dataDate"]
    rule = options.get("totalRow", {})
    if any(contract.column(n).header in rule.get("control", ()) for n in names):
        options["totalRow"] = {k: v for k, v in rule.items() if k != "control"}
    return options


__all__ = ["Draft", "draft_contract"]
