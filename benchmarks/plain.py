"""The plain tools on the other side of each ratio: what a person would write who only wants the rows in Parquet.

None of them keeps the original, hashes, flushes, counts, types by a contract, keys persons, or writes a ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path


def duckdb_copy(file: str, target: str) -> None:
    """DuckDB's bare copy of a CSV to Parquet, all text, nothing cleaned, typed or checked."""
    import duckdb

    duckdb.execute(f"copy (select * from read_csv('{file}', all_varchar = true)) to '{target}' (format parquet)")


def iconv_duckdb_copy(file: str, target: str) -> None:
    """For GB18030: iconv to UTF-8, then the bare copy."""
    import subprocess

    utf8 = Path(target).with_suffix(".utf8.csv")
    with open(utf8, "wb") as out:
        subprocess.run(["iconv", "-f", "GB18030", "-t", "UTF-8", file], stdout=out, check=True)
    duckdb_copy(str(utf8), target)


def pandas_copy(file: str, target: str) -> None:
    """What most people would write: pandas, all text."""
    import pandas as pd

    pd.read_csv(file, dtype=str).to_parquet(target)


def duckdb_json_copy(file: str, target: str) -> None:
    """DuckDB's bare copy of JSONL to Parquet, every type guessed, nested fields as structs."""
    import duckdb

    duckdb.execute(
        f"copy (select * from read_json('{file}', format = 'newline_delimited')) to '{target}' (format parquet)"
    )
    print(json.dumps({"rows": duckdb.execute(f"select count(*) from '{target}'").fetchone()[0]}))


def duckdb_loop(folder: str, target: str, threads: str) -> None:
    """One bare copy after the other in one process and one connection: every CSV of a folder to a Parquet file of its own."""
    import duckdb

    Path(target).mkdir(parents=True)
    files = sorted(Path(folder).glob("*.csv"))
    with duckdb.connect(config={"threads": int(threads)}) as connection:
        for number, file in enumerate(files):
            connection.execute(
                f"copy (select * from read_csv('{file}', all_varchar = true)) to '{target}/{number}.parquet' (format parquet)"
            )
    print(json.dumps({"files": len(files)}))


def calamine_objects(file: str) -> None:
    """calamine's own reading: open, parse, every cell a Python object."""
    print(json.dumps({"rows": sum(1 for _ in _calamine_rows(file))}))


def calamine_parquet(file: str, target: str) -> None:
    """calamine's rows as columns of text in Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    header, *rows = _calamine_rows(file)
    columns = [
        pa.array([None if v == "" else str(v) for v in column], pa.string()) for column in zip(*rows, strict=True)
    ]
    pq.write_table(pa.table(columns, names=[str(h) for h in header]), target)
    print(json.dumps({"rows": len(rows) + 1}))


def _calamine_rows(file: str) -> Iterator[list]:
    import python_calamine

    with python_calamine.CalamineWorkbook.from_path(file) as workbook:
        for name in workbook.sheet_names:
            yield from workbook.get_sheet_by_name(name).to_python()


SIDES = (
    duckdb_copy, iconv_duckdb_copy, pandas_copy, duckdb_json_copy, duckdb_loop, calamine_objects, calamine_parquet,
)  # fmt: skip
