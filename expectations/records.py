"""What Great Expectations said, kept per gate, run and suite, so that Data Docs can be built later and out of the way.

reports/quality/<gate>/<run_id>/<suite>.json under the home folder; only the last runs of a gate are kept.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from expectations.privacy import impersonal, masked_text
from ingest.home import replacing

#: runs of a gate that are kept, newest first
KEPT_RUNS = 30
#: failing and passing verdicts that one check keeps, so that a backfill of a thousand loads stays a page
KEPT_VERDICTS = 20


def records_folder(home: Path) -> Path:
    """reports/quality"""
    return Path(home) / "reports" / "quality"


def write_record(home: Path, run_id: str, gate: str, suite: str, document: dict[str, Any]) -> Path:
    """Keep one suite's validation result, capped; returns the file. gate: landing | marts."""
    for result in document["results"]:
        details = result.get("result", {}).get("details", {})
        if "verdicts" in details:
            details["verdicts"] = [_without_people(v) for v in worth_keeping(details["verdicts"])]
    # the rest of GX's own description holds the batch's SQL with the paths of this machine
    document["meta"] = {
        "great_expectations_version": document.get("meta", {}).get("great_expectations_version", ""),
        "run_id": {"run_name": run_id, "run_time": None},
    }
    target = records_folder(home) / gate / _safe(run_id) / f"{_safe(suite)}.json"
    with replacing(target) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False, default=str), encoding="utf-8")
    return target


def worth_keeping(verdicts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The verdicts of one check that are kept: those with most failures first."""
    return sorted(verdicts, key=lambda v: -v["rows_failed"])[:KEPT_VERDICTS]


def _without_people(verdict: dict[str, Any]) -> dict[str, Any]:
    return {
        **verdict,
        "observed": masked_text(str(verdict["observed"] or "")),
        "examples": impersonal(verdict["examples"]),
    }


def prune_records(home: Path, keep: int = KEPT_RUNS) -> int:
    """Remove the oldest runs of each gate beyond `keep`; returns how many went."""
    removed = 0
    for gate in records_folder(home).glob("*/"):
        runs = sorted(
            (p for p in gate.iterdir() if p.is_dir()), key=lambda p: (p.stat().st_mtime_ns, p.name), reverse=True
        )
        for old in runs[keep:]:
            shutil.rmtree(old)
            removed += 1
    return removed


def _safe(text: str) -> str:
    """A file name of letters, digits, dot, dash and underscore: a run id such as manual__2026-03-01T02:00+08:00 has others."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in text) or "_"
