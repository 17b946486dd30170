"""Every model says how it continues from the last build, and hears of every change above it (docs/incremental.md)."""

from __future__ import annotations

import re

import pytest
from dbt_raw_world import DBT_PROJECT

MODELS = {p.stem: p.read_text(encoding="utf-8") for p in sorted(DBT_PROJECT.glob("models/**/*.sql"))}
KEPT = re.compile(r"materialized='(newest|keyed|derived|summed|whole|handed)'")
HANDED = {name for name, sql in MODELS.items() if "materialized='handed'" in sql}
SIGNED = re.compile(r"\bsigned\('(\w+)'\)")
#: what does not add up: a day's run could not subtract from it what went
NO_SUM = re.compile(r"\b(distinct|min\(|max\(|avg\(|median\(|over \(|qualify|having|count\()")
REF = re.compile(r"(?:\bref|\bpicked)\('(\w+)'[,)]")
CHANGES = re.compile(r"\bchanges\('(\w+)'[,)]")
ENRICHED = re.compile(r"\benriched\('(\w+)'\)")
ENRICHED_CHANGES = re.compile(r"\benriched_changes\('(\w+)'\)")
CHANGED_KEYS = re.compile(r"\bchanged_keys_of\('(\w+)'\)")
KEY = re.compile(r"materialized='\w+', key=\[([^\]]*)\]")
OF = re.compile(r"\bof='(\w+)'\)")
#: refs whose changes need not be heard: (model, ref) -> why
UNHEARD = {
    ("attribution_channels", "int_attribution_model_names"): "changes with the code only, which rebuilds everything",
    ("attribution_credits", "int_attribution_model_names"): "changes with the code only, which rebuilds everything",
    (
        "fct_touchpoints",
        "int_touch_channels",
    ): "a new kind comes with a new touch, and a kind never changes its channel",
}


def faults(name: str, sql: str) -> list[str]:
    """What in a model breaks the incremental contract."""
    kept = KEPT.search(sql)
    if not kept:
        return ["it is not kept as newest, keyed, derived, summed, whole or handed"]
    if kept[1] == "newest":
        return [] if "version_columns(" in sql else ["it keeps no version_columns()"]
    if kept[1] == "whole":
        return ["it filters what a small table reads whole"] if "only_reopened(" in sql else []
    if kept[1] == "summed":
        return sum_faults(sql)
    if kept[1] == "derived":
        return derived_faults(name, sql)
    heard, read = set(CHANGES.findall(sql)), set(REF.findall(sql)) & MODELS.keys()
    # whoever hears of the keys that are handed to a step hears of all that reopened them
    heard |= {above for handed in heard & HANDED for above in CHANGES.findall(MODELS[handed])}
    found = [f"it does not hear of changes of {ref}" for ref in sorted(read - heard) if (name, ref) not in UNHEARD]
    found += [f"it reads {ref}, which is computed for a step alone" for ref in sorted(read & HANDED)]
    unheard = set(ENRICHED.findall(sql)) - set(ENRICHED_CHANGES.findall(sql))
    found += [f"it does not hear of changes of enriched {table}" for table in sorted(unheard)]
    found += ["it reopens nothing"] if "reopen(" not in sql else []
    found += [f"it is not derived from {above}, whose changed keys it reads" for above in CHANGED_KEYS.findall(sql)]
    filters_a_key = any(told in sql for told in ("only_reopened(", "picked(", "if continues() else"))
    return found + ([] if filters_a_key else ["none of its inputs is filtered by the reopened keys"])


def derived_faults(name: str, sql: str) -> list[str]:
    """What in a derived model is no function of the rows that one model above has for the same key."""
    of, read = OF.findall(sql), CHANGED_KEYS.findall(sql)
    others = [ref for ref in REF.findall(sql) if ref in MODELS and (name, ref) not in UNHEARD]
    found = [f"it reads {ref} too" for ref in others]
    found += ["it reads the changed keys of another model than it says"] if read != of or len(of) != 1 else []
    found += [f"it has another key than {above}" for above in read if keys(sql) != keys(MODELS[above])]
    return found + (["it reopens keys"] if "reopen(" in sql or "changes(" in sql else [])


def sum_faults(sql: str) -> list[str]:
    """What in a summed model could not be kept by adding what came and subtracting what went."""
    signed = SIGNED.findall(sql)
    both = signed if "if continues()" in sql else []  # of two that change, each change meets the other as it stands
    found = [
        f"it reads {x} itself and not what came and went of it"
        for x in REF.findall(sql)
        if x in MODELS and x not in both
    ]
    found += [] if signed and "rows='" in sql else ["it adds up no signed() rows, or does not count them"]
    query = sql[sql.index("with ") :]
    found += [f"{x[1]!r} does not add up" for x in NO_SUM.finditer(query)]
    if "union all" in query:  # each part signs its own columns
        parts = [part.split("signed(") for part in query.split("union all")]
        return found + ["a part of it without a sign" for columns, *read in parts if read and "_sign" not in columns]
    summed = re.findall(r"\bsum\((.*?)\) as ", query)
    return found + [f"sum({x}) without a sign" for x in summed if "_sign" not in x]


def keys(sql: str) -> list[str]:
    """The columns of a keyed model's key."""
    return re.findall(r"'(\w+)'", KEY.search(sql)[1])


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


def test_what_is_handed_to_a_step_is_read_by_the_step_alone():
    sql = MODELS["channel_removal_effects"]
    assert HANDED and faults("channel_removal_effects", sql) == []
    reading = sql.replace("ref('int_attribution_path_days')", "ref('int_attribution_paths')")
    assert faults("channel_removal_effects", reading) == ["it reads int_attribution_paths, which is computed for a step alone"]  # fmt: skip
    deaf = sql.replace("changes('int_attribution_paths')", "changes('int_attribution_spans')")
    assert "it does not hear of changes of int_attribution_path_days" in faults("channel_removal_effects", deaf)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("signed('int_funnel_buyers')", "ref('int_funnel_buyers')"), "reads int_funnel_buyers itself"),
        (("signed('int_funnel_buyers')", "ref('channels')"), "adds up no signed() rows"),
        (("rows='orders_created'", "tags='x'"), "does not count them"),
        (("sum(_sign * gmv_cny)", "max(gmv_cny)"), "'max(' does not add up"),
        (("sum(_sign * gmv_cny)", "sum(gmv_cny)"), "without a sign"),
    ],
)
def test_what_a_sum_cannot_subtract_is_found(change, fault):
    sql = MODELS["int_funnel_orders"]
    assert change[0] in sql and faults("int_funnel_orders", sql) == []
    assert any(fault in told for told in faults("int_funnel_orders", sql.replace(*change)))


def test_each_part_of_a_sum_is_signed():
    sql = MODELS["int_attribution_path_days"]
    unsigned = sql.replace("as gmv_cny,\n        _sign\n", "as gmv_cny\n")
    assert unsigned != sql and faults("int_attribution_path_days", sql) == []
    assert faults("int_attribution_path_days", unsigned) == ["a part of it without a sign"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("of='int_attribution_touches'", "of='int_journeys'"), "another model than it says"),
        (("key=['platform', 'order_id']", "key=['order_id']"), "another key"),
        (("ref('int_attribution_model_names')", "ref('int_orders')"), "reads int_orders too"),
        (("with touches as", "{{- reopen(touched) -}} with touches as"), "reopens keys"),
        (("materialized='derived'", "materialized='keyed'"), "not derived from int_attribution_touches"),
    ],
)
def test_what_is_no_function_of_one_model_is_found(change, fault):
    sql = MODELS["attribution_credits"]
    assert change[0] in sql and faults("attribution_credits", sql) == []
    assert any(fault in told for told in faults("attribution_credits", sql.replace(*change)))


def test_the_exceptions_are_in_use():
    assert all(
        ref in REF.findall(MODELS[model]) and ref not in CHANGES.findall(MODELS[model]) for model, ref in UNHEARD
    )
