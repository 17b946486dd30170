"""A small raw layer for tests: typed tables from the contracts, filled with hand-written rows, and one build over them."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
CONTRACTS = PROJECT / "ingest" / "contracts"
DBT_PROJECT = PROJECT / "dbt_project"
KIND_TYPES = {
    "money": "DECIMAL(18,2)",
    "number": "DECIMAL(18,4)",
    "rate": "DECIMAL(18,6)",
    "id": "VARCHAR",
    "text": "VARCHAR",
}
LOGICAL_TYPES = {
    "string": "VARCHAR",
    "number": "DECIMAL(18,4)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}
LINEAGE = {
    "_extra": "VARCHAR",
    "_load_id": "VARCHAR",
    "_source_file": "VARCHAR",
    "_row_number": "BIGINT",
    "_exported_at": "TIMESTAMP",
    "_loaded_at": "TIMESTAMP",
    "_tiebreak_at": "TIMESTAMP",
}


def raw_tables() -> dict[str, dict[str, str]]:
    """Table name (`<source>__<dataset>`) -> column -> DuckDB type, read from the contracts; dropped personal columns left out."""
    import yaml

    tables = {}
    for path in sorted(CONTRACTS.glob("*/*.odcs.yaml")):
        schema = yaml.safe_load(path.read_text(encoding="utf-8"))["schema"][0]
        columns = {}
        for item in schema["properties"]:
            custom = {c["property"]: c["value"] for c in item.get("customProperties", [])}
            if custom.get("protect") == "drop":
                continue
            columns[item["name"]] = KIND_TYPES.get(custom.get("kind"), LOGICAL_TYPES[item["logicalType"]])
        tables[schema["name"]] = columns | LINEAGE
    return tables


def write_raw(database: Path, rows: dict[str, list[dict]], *, backwards: bool = False) -> None:
    """Creates schema `raw` in the DuckDB file with every contract's table (typed, empty) and inserts the rows.

    rows: table -> list of {column: value}; columns that are not given are null. Lineage columns default to one load of
    2026-10-01 02:00:00. A column that no contract knows raises KeyError. backwards: inserts the same numbered rows last first.
    """
    import duckdb

    with duckdb.connect(str(database)) as con:
        con.execute("create schema if not exists raw")
        for table, columns in raw_tables().items():
            spec = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            con.execute(f"create or replace table raw.{table} ({spec})")
            numbered = list(enumerate(rows.get(table, []), start=1))
            for number, row in reversed(numbered) if backwards else numbered:
                filled = {
                    "_load_id": "load1",
                    "_row_number": number,
                    "_exported_at": "2026-10-01 02:00:00",
                    "_loaded_at": "2026-10-01 03:00:00",
                } | row
                unknown = set(filled) - set(columns)
                if unknown:
                    raise KeyError(f"{table}: no such column {sorted(unknown)}")
                names = ", ".join(filled)
                marks = ", ".join("?" for _ in filled)
                con.execute(f"insert into raw.{table} ({names}) values ({marks})", list(filled.values()))


def build(database: Path, workdir: Path, *, left_out: list[str] | None = None, variables: dict | None = None):
    """Builds the whole project (inference too) in this process; returns warehouse.dbt_build.Outcome."""
    from warehouse import dbt_build

    return dbt_build.build(database, workdir, left_out=left_out or [], continues=False, variables=variables)
