"""Data Docs: built from the records of the gates, without people, machine paths or other hosts."""

from __future__ import annotations

import re

import pytest

from expectations.data_docs import build_data_docs
from expectations.records import prune_records, records_folder, write_record


def test_pages_name_the_failure_and_nobody(landing, marts) -> None:
    landing.put([landing.order(1), landing.order(2, order_id=None), landing.order(3, order_status="13812345678")])
    landing.gate()
    marts(
        "insert into marts.dim_customer select * from marts.dim_customer",
        "dim_customer",
        "fct_parcels",
        home=landing.home,
    )
    index = build_data_docs(landing.home)
    pages = {p.name: p.read_text(encoding="utf-8") for p in index.parent.rglob("*.html")}
    assert "1 failed" in pages["index.html"] and "all passed" in pages["index.html"]
    links = re.findall(r'href="([^"]+)"', pages["index.html"])
    assert len(links) == 3 and all((index.parent / link).is_file() for link in links)
    told = "".join(pages.values())
    assert "required_order_id" in told and "grain_unique" in told
    for forbidden in ("13812345678", "&quot;c1&quot;", '"c1"', str(landing.home), "dataContextId"):
        assert forbidden not in told
    assert not re.findall(r"""(?:src|href)=["']https?:[^"']*(?:cdn|amazonaws|unpkg|jquery|bootstrap)""", told)


def test_without_a_run_it_says_so(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="no gate has run yet"):
        build_data_docs(tmp_path)


def test_records_are_capped_and_old_runs_go(tmp_path) -> None:
    import json

    for number in range(4):
        verdicts = [
            {
                "subject": str(n),
                "rows_seen": 1,
                "rows_failed": int(n == 99),
                "observed": "",
                "examples": '[{"customer_key":"c1","row":1}]',
            }
            for n in range(100)
        ]
        document = {
            "suite_name": "s",
            "meta": {},
            "results": [{"success": True, "result": {"details": {"verdicts": verdicts}}}],
        }
        path = write_record(tmp_path, f"run/{number}", "landing", "a.b", document)
    kept = json.loads(path.read_text())["results"][0]["result"]["details"]["verdicts"]
    assert len(kept) == 20 and kept[0]["subject"] == "99" and kept[0]["examples"] == '[{"row":1}]'
    assert prune_records(tmp_path, keep=3) == 1
    assert sorted(p.name for p in (records_folder(tmp_path) / "landing").iterdir()) == ["run_1", "run_2", "run_3"]
