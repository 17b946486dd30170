"""Data contracts: the one place that says what a dataset's columns are, parsed from Open Data Contract Standard YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ingest.site import contract_folders

FOLDER = Path(__file__).parent / "contracts"

#: the DuckDB (and Parquet) type that each kind of column has in raw
TYPES = {
    "id": "VARCHAR",
    "id_list": "VARCHAR",  # several ids in one cell, kept as a,b,c
    "code": "VARCHAR",  # an id of people's making (商家编码): any text, without the ornaments round it
    "text": "VARCHAR",
    "money": "DECIMAL(18,2)",
    "number": "DECIMAL(18,4)",
    "rate": "DECIMAL(18,6)",
    "integer": "BIGINT",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
_KINDS = {
    "string": "text",
    "number": "number",
    "integer": "integer",
    "timestamp": "timestamp",
    "date": "date",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Column:
    """One column: our name, the platform's header and its aliases, what it holds and how it is protected."""

    name: str
    header: str
    aliases: tuple[str, ...]
    kind: str
    required: bool
    key: bool
    protect: str | None  # None | drop | key | scrub
    enum: tuple[str, ...]
    description: str
    options: dict[str, Any] = field(hash=False, default_factory=dict)

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that this column is known by, the usual one first."""
        return (self.header, *self.aliases)

    @property
    def type(self) -> str:
        """Its DuckDB type in raw; a keyed pseudonym is text."""
        return "VARCHAR" if self.protect == "key" else TYPES[self.kind]


@dataclass(frozen=True)
class Contract:
    """One dataset's contract. `options` are the schema's custom properties (formats, nullTokens, json, totalRow ...)."""

    source: str
    dataset: str
    title: str
    purpose: str
    limitations: str
    grain: str
    columns: tuple[Column, ...]
    quality: tuple[dict[str, Any], ...]
    options: dict[str, Any]

    @property
    def name(self) -> str:
        """<source>.<dataset>"""
        return f"{self.source}.{self.dataset}"

    @property
    def table(self) -> str:
        """The raw table's name, <source>__<dataset>."""
        return f"{self.source}__{self.dataset}"

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns that reach raw: all but those dropped at the door."""
        return tuple(c for c in self.columns if c.protect != "drop")

    @property
    def null_tokens(self) -> tuple[str, ...]:
        """Texts that stand for nothing, besides the empty one."""
        return tuple(self.options.get("nullTokens", ()))

    def column(self, name: str) -> Column:
        """The column of that name of ours; KeyError if there is none."""
        return next(c for c in self.columns if c.name == name)


def _custom(properties: Any) -> dict[str, Any]:
    return {p.property: p.value for p in properties or ()}


#: what a column's marks mean to the reader of the generated dbt sources
_MARKS = {
    ("level", None): "{value}-level, repeated on every row of the {value}: never sum over rows",
    ("measure", "stock"): "a level at a moment: never sum over time",
    ("measure", "unique"): "each counted once: never sum over rows",
    ("measure", "cumulative"): "counted from the start of its subject: never sum over rows, take the last",
    ("scope", "ad"): "of the ads only",
    ("scope", "room"): "of the whole room, natural and ads",
    ("scope", "subject"): "of all ad accounts of the same subject (同主体), not of this account",
}


def _described(declared: Any, custom: dict[str, Any]) -> str:
    """The column's description (its header where it has none and a mark needs words), with what its marks say."""
    told = [
        text.format(value=custom[mark])
        for (mark, value), text in _MARKS.items()
        if mark in custom and value in (None, custom[mark])
    ]
    own = declared.description or (declared.physicalName or declared.name if told else "")
    return f"{own} ({'; '.join(told)})" if told else own


def _level_rules(columns: tuple[Column, ...], levels: dict[str, str]) -> tuple[dict[str, Any], ...]:
    """One landing check per level: a value that repeats on the rows of an order is the same on all of them."""
    rules = []
    for level, key in levels.items():
        repeated = [c.name for c in columns if c.options.get("level") == level and c.protect != "drop"]
        if not repeated:
            continue
        differs = " or ".join(f'count(distinct "{c}") > 1' for c in repeated)
        query = (
            f'select * from {{batch}} where (_load_id, "{key}") in '
            f'(select (_load_id, "{key}") from {{batch}} where "{key}" is not null group by _load_id, "{key}" having {differs})'
        )
        rules.append(
            {
                "name": f"{level}_level_is_constant", "type": "sql", "severity": "warn", "query": query, "mustBe": 0,
                "description": f"{', '.join(repeated)} are of the {level} and differ between rows of one {key}.",
            }
        )  # fmt: skip
    return tuple(rules)


def _column(declared: Any) -> Column:
    custom = _custom(declared.customProperties)
    return Column(
        name=declared.name,
        header=declared.physicalName or declared.name,
        aliases=tuple(s.synonym for s in declared.synonyms or ()),
        kind=custom.pop("kind", None) or _KINDS[declared.logicalType],
        required=bool(declared.required),
        key=bool(declared.primaryKey),
        protect=custom.pop("protect", None),
        enum=tuple(str(e.value) for e in declared.enum or ()),
        description=_described(declared, custom),
        options=custom,
    )


def read_contract(path: Path) -> Contract:
    """Parse one `<source>/<dataset>.odcs.yaml`.

    Raises ValueError naming the file when it is not a valid contract (unknown key, unknown type, no schema).
    """
    import yaml
    from open_data_contract_standard.model import OpenDataContractStandard

    try:
        # the package's own from_file parses with the pure-Python loader, ten times slower than the C one
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        declared = OpenDataContractStandard.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))  # noqa: S506
        schema = declared.schema_[0]
        source, dataset = declared.id.split(".")
        columns, options = tuple(_column(p) for p in schema.properties), _custom(schema.customProperties)
        rules = tuple(q.model_dump(exclude_none=True) for q in schema.quality or ())
        return Contract(
            source=source,
            dataset=dataset,
            title=declared.name,
            purpose=declared.description.purpose or "",
            limitations=declared.description.limitations or "",
            grain=schema.dataGranularityDescription or "",
            columns=columns,
            quality=(*rules, *_level_rules(columns, options.get("levels", {}))),
            options=options,
        )
    except Exception as error:
        raise ValueError(f"{path}: not a valid data contract: {error}") from error


def load_contract(source: str, dataset: str, folder: Path | None = None) -> Contract:
    """The contract of one dataset (of a folder, else the project's or the company's); KeyError naming the known datasets."""
    return _loaded(source, dataset, tuple([folder] if folder else contract_folders()))


@cache
def _loaded(source: str, dataset: str, folders: tuple[Path, ...]) -> Contract:
    path = next((p for f in folders if (p := f / source / f"{dataset}.odcs.yaml").is_file()), None)
    if path is None:
        known = ", ".join(sorted(f"{p.parent.name}.{p.name.split('.')[0]}" for p in contract_files(*folders)))
        raise KeyError(f"no contract for {source}.{dataset}; known datasets: {known}")
    return read_contract(path)


def contract_files(*folders: Path) -> list[Path]:
    """The contract files of the folders (default: the project's and the company's), by source and dataset."""
    return sorted(
        (p for f in folders or contract_folders() for p in f.glob("*/*.odcs.yaml")), key=lambda p: p.parts[-2:]
    )


def all_contracts(folder: Path | None = None) -> list[Contract]:
    """Every contract, by source and dataset."""
    files = contract_files(folder) if folder else contract_files()
    return [load_contract(p.parent.name, p.name.split(".")[0], folder) for p in files]
