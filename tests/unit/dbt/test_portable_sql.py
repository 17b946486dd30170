"""The models run on DuckDB and on Spark: what the two read differently stays in macros/dialect.sql.

Loud differences would fail on the other engine some day; the silent ones would give other numbers. Both are refused here.
"""

from __future__ import annotations

import re

import pytest
from dbt_raw_world import DBT_PROJECT

FILES = sorted([*DBT_PROJECT.glob("models/**/*.sql"), *DBT_PROJECT.glob("tests/*.sql")])
REFUSED = {
    "the clock": r"\b(now|today|getdate)\s*\(|\bcurrent_(date|time|timestamp)\b|\blocaltimestamp\b",
    "quantiles of one engine": r"\bquantile(_cont|_disc)?\s*\(|\bmedian\s*\(|\bapprox_quantile\s*\(",
    "DuckDB date functions": r"\b(strftime|strptime|epoch|epoch_ms|date_diff|datediff|date_sub|generate_series|range)\s*\(",
    "lists, structs and maps": r"\blist\s*\(|\barray_agg\s*\(|\barg_max\s*\(|\barg_min\s*\(|\bunnest\s*\(|\[|\]|\{|\}",
    "regular expression predicates": r"\bregexp_(matches|like|full_match)\s*\(|~",
    "JSON operators": r"->>?",
    "integer division": r"//",
    "* exclude and * replace": r"\*\s*(exclude|replace|except)\b",
    "engine-made hashes": r"\bhash\s*\(",
    "double quotes (a text on Spark)": r'"',
    "weekday numbers": r"\b(dayofweek|isodow|weekday)\s*\(",
    "logarithm of zero": r"\bln\s*\(|\blog\s*\(",
    "joins of one engine": r"\basof\s+join\b|\bpositional\s+join\b",
    "samples": r"\busing\s+sample\b",
    "varchar without length (refused by Spark)": r"\bas\s+varchar\b(?!\()",
}
# Nulls come first on Spark and last on DuckDB when a window orders upwards; these columns are never null (grain tests).
NEVER_NULL = {
    "platform",
    "order_id",
    "sub_order_id",
    "event_id",
    "occurred_at",
    "touch_rank",
    "priority",
    "preference",
    "stage_number",
    "warehouse_id",
    "row_in_load",
}
DIVISORS = r"nullif\b|[0-9]|days_(7|28)\b|total_weight\b"


def sql_of(path) -> str:
    """The file's SQL in lower case: comments, Jinja and text literals taken out."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", " jinja ", text, flags=re.DOTALL)
    text = re.sub(r"--[^\n]*", " ", text)
    return re.sub(r"'[^']*'", "''", text).lower()


def portability_faults(sql: str) -> list[str]:
    """What in this SQL the two engines would not read alike."""
    faults = [f"{what}: {hit.group(0)!r}" for what, pattern in REFUSED.items() if (hit := re.search(pattern, sql))]
    faults += [f"division by {hit!r} without nullif" for hit in re.findall(r"/\s*(?!" + DIVISORS + r")(\S+)", sql)]
    for clause in re.findall(r"order by([^()]*(?:\([^()]*\)[^()]*)*?)(?:\)|\brows\b|\brange\b)", sql):
        depth_free = re.sub(r"\([^()]*\)", "", clause)
        for item in depth_free.split(","):
            words = item.split()
            if not words or "nulls" in words or words[-1] == "desc":
                continue
            if words[0].split(".")[-1] not in NEVER_NULL:
                faults.append(f"order by {item.strip()!r} without nulls last")
    return faults


def test_the_project_has_models():
    assert len(FILES) > 40


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_model_is_portable(path):
    assert portability_faults(sql_of(path)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_model_ends_in_final_and_stays_small(path):
    text = path.read_text(encoding="utf-8")
    if "models" in path.parts:
        assert text.rstrip().endswith("select * from final")
        assert "final as (" in text
    assert len(text.splitlines()) <= 120


@pytest.mark.parametrize(
    "bad",
    [
        "select now()",
        "select current_date",
        "select a / b from t",
        "select row_number() over (partition by a order by b)",
        'select "a" from t',
        "select list(a) from t",
        "select [1, 2]",
        "select a // 2 from t",
        "select * exclude (a) from t",
        "select date_diff('', a, b) from t",
        "select quantile_cont(a, 0.5) from t",
        "select cast(a as varchar) from t",
    ],
)
def test_the_check_can_fail(bad):
    assert portability_faults(bad)
