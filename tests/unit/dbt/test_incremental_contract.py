"""Every model says how it continues from the last build, and hears of every change above it (docs/incremental.md)."""

from __future__ import annotations

import re

import pytest
from dbt_raw_world import DBT_PROJECT

MODELS = {p.stem: p.read_text(encoding="utf-8") for p in sorted(DBT_PROJECT.glob("models/**/*.sql"))}
KEPT = re.compile(r"materialized='(newest|keyed|whole)'")
REF = re.compile(r"ref\('(\w+)'\)")
CHANGES = re.compile(r"\bchanges\('(\w+)'[,)]")
ENRICHED = re.compile(r"\benriched\('(\w+)'\)")
ENRICHED_CHANGES = re.compile(r"\benriched_changes\('(\w+)'\)")
#: refs whose changes need not be heard: (model, ref) -> why
UNHEARD = {
    ("attribution_channels", "int_attribution_model_names"): "changes with the code only, which rebuilds everything",
    ("attribution_credits", "int_attribution_model_names"): "changes with the code only, which rebuilds everything",
    ("int_attribution_paths", "dim_date"): "its last day is as_of, which is heard of by int_data_span",
    (
        "fct_touchpoints",
        "int_touch_channels",
    ): "a new kind comes with a new touch, and a kind never changes its channel",
}


def faults(name: str, sql: str) -> list[str]:
    """What in a model breaks the incremental contract."""
    kept = KEPT.search(sql)
    if not kept:
        return ["it is not kept as newest, keyed or whole"]
    if kept[1] == "newest":
        return [] if "version_columns(" in sql else ["it keeps no version_columns()"]
    if kept[1] == "whole":
        return ["it filters what a small table reads whole"] if "only_reopened(" in sql else []
    heard, read = set(CHANGES.findall(sql)), set(REF.findall(sql)) & MODELS.keys()
    found = [f"it does not hear of changes of {ref}" for ref in sorted(read - heard) if (name, ref) not in UNHEARD]
    unheard = set(ENRICHED.findall(sql)) - set(ENRICHED_CHANGES.findall(sql))
    found += [f"it does not hear of changes of enriched {table}" for table in sorted(unheard)]
    found += ["it reopens nothing"] if "reopen(" not in sql else []
    filters_a_key = "only_reopened(" in sql or "if continues() else" in sql
    return found + ([] if filters_a_key else ["none of its inputs is filtered by the reopened keys"])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_continues(name):
    assert faults(name, MODELS[name]) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("materialized='keyed'", "materialized='table'"), "not kept"),
        (("{{ changes('int_order_labels') }}", "{{ ref('int_order_labels') }}"), "does not hear of changes of int_order_labels"),
        (("reopen(touched)", "touched"), "reopens nothing"),
        (("only_reopened(", "lower("), "none of its inputs"),
    ],
)  # fmt: skip
def test_what_breaks_the_contract_is_found(change, fault):
    assert change[0] in MODELS["int_journeys"]
    assert any(fault in told for told in faults("int_journeys", MODELS["int_journeys"].replace(*change)))


def test_the_exceptions_are_in_use():
    assert all(
        ref in REF.findall(MODELS[model]) and ref not in CHANGES.findall(MODELS[model]) for model, ref in UNHEARD
    )
