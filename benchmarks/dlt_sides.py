"""The sides that need dlt or fastexcel: `python -m benchmarks.dlt_sides NAME ARGUMENTS`, run by the environment of benchmarks.others.

dlt is used as its documentation shows it: the filesystem source, its own readers, the filesystem destination, Parquet files.
Text is asked for where the reader has a choice, because ids of 19 digits do not survive being guessed to be numbers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any


def csv_files(folder: str, pattern: str, encoding: str, work: str) -> None:
    """read_csv over every file of the folder that the pattern takes."""
    from dlt.sources.filesystem import filesystem, read_csv

    files = filesystem(bucket_url=Path(folder).as_uri(), file_glob=pattern)
    _load(files | read_csv(dtype=str, keep_default_na=False, encoding=encoding), work)


def jsonl(file: str, work: str) -> None:
    """read_jsonl over one file."""
    from dlt.sources.filesystem import filesystem, read_jsonl

    path = Path(file)
    _load(filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name) | read_jsonl(), work)


def workbook(file: str, work: str) -> None:
    """The transformer of dlt's documentation for Excel: pandas.read_excel, which reads by openpyxl."""
    import dlt
    from dlt.sources.filesystem import filesystem

    @dlt.transformer
    def read_excel(items: Iterable[Any]) -> Iterator[Any]:
        import pandas as pd

        for item in items:
            with item.open() as opened:
                yield pd.read_excel(opened, dtype=str, keep_default_na=False).to_dict(orient="records")

    path = Path(file)
    _load(filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name) | read_excel, work)


def fastexcel_parquet(file: str, target: str) -> None:
    """The fastest plain reader of a workbook: fastexcel (calamine in Rust) to Arrow, and that to Parquet; all text, nothing checked."""
    import fastexcel
    import pyarrow.parquet as pq

    batch = fastexcel.read_excel(file).load_sheet(0, dtypes="string").to_arrow()
    import pyarrow as pa

    table = pa.Table.from_batches([batch])
    pq.write_table(table, target)
    print(json.dumps({"rows": table.num_rows, "fastexcel": version("fastexcel")}))


def _load(resource: Any, work: str) -> None:
    """Run the pipeline into a folder of its own and print the rows that it counted."""
    import dlt

    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.filesystem(bucket_url=(Path(work) / "out").as_uri()), dataset_name="raw",
        pipelines_dir=str(Path(work) / "state"),
    )  # fmt: skip
    pipeline.run(resource.with_name("rows"), loader_file_format="parquet")
    counted = pipeline.last_trace.last_normalize_info.row_counts
    print(json.dumps({"rows": counted["rows"], "dlt": version("dlt")}))


SIDES = {f.__name__: f for f in (csv_files, jsonl, workbook, fastexcel_parquet)}

if __name__ == "__main__":
    SIDES[sys.argv[1]](*sys.argv[2:])
