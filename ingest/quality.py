"""Check results kept as Parquet objects, one per gate run, for ops.quality_results."""

from __future__ import annotations

from pathlib import Path

from ingest.home import replacing

COLUMNS = {
    "run_id": "string", "gate": "string", "dataset_or_table": "string", "subject": "string", "check_name": "string", "column_name": "string",
    "severity": "string", "passed": "bool", "rows_seen": "int64", "rows_failed": "int64", "observed": "string", "examples": "string", "action": "string",
}  # fmt: skip


def keep_results(home: Path, run_id: str, results: list) -> Path:
    """Write ledger/quality_results/<run_id>.parquet; the same run id replaces its results."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [(name, pa.bool_() if kind == "bool" else getattr(pa, kind)()) for name, kind in COLUMNS.items()]
    )
    target = home / "ledger" / "quality_results" / f"{run_id}.parquet"
    with replacing(target) as temporary:
        pq.write_table(pa.Table.from_pylist([r.to_row() for r in results], schema=schema), temporary)
    return target
