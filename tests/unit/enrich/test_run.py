"""The runner of inference: a continued run computes only what changed and ends with the rows of a run afresh."""

from __future__ import annotations

from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.run import StepFailed, run_steps
from enrich.step import Step, all_steps
from warehouse.dbt_build import halves


def _sums(inputs: dict[str, pa.Table]) -> pa.Table:
    """Per shop: the sum of its amounts, times the one factor."""
    factor = inputs["factors"].column("factor").to_pylist()[0]
    totals: dict[str, int] = {}
    for row in inputs["amounts"].to_pylist():
        totals[row["shop"]] = totals.get(row["shop"], 0) + row["amount"] * factor
    return pa.table({"shop": pa.array(list(totals), pa.string()), "total": pa.array(list(totals.values()), pa.int64())})


def _step(key: tuple[str, ...] = ("shop",), compute=_sums) -> Step:
    return Step("shop_sums", ("amounts",), key, {"shop": "varchar", "total": "bigint"}, compute, shared=("factors",))


def _world(amounts: list[tuple[str, int]], factor: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema intermediate; create schema changes")
    connection.execute("create table intermediate.amounts (shop varchar, amount bigint)")
    connection.execute("create table intermediate.factors as select ?::bigint as factor", [factor])
    if amounts:
        connection.executemany("insert into intermediate.amounts values (?, ?)", amounts)
    return connection


def _change(connection: duckdb.DuckDBPyConnection, amounts: list[tuple[str, int]], factor: int) -> None:
    """Put other rows into the inputs and tell what changed, as the materializations do."""
    after = _world(amounts, factor)
    for table in ("amounts", "factors"):
        connection.register("after", after.execute(f"from intermediate.{table}").fetch_arrow_table())
        connection.execute(
            f"create or replace table changes.{table} as select *, false as _is_new from (from intermediate.{table} except all from after) "
            f"union all select *, true as _is_new from (from after except all from intermediate.{table})"
        )
        connection.execute(f"create or replace table intermediate.{table} as from after")
        connection.unregister("after")


ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-9, 9)), max_size=12)


@pytest.mark.parametrize("key", [("shop",), ()])
@settings(max_examples=40, deadline=None)
@given(history=st.lists(st.tuples(ROWS, st.integers(1, 2)), min_size=2, max_size=5))
def test_continued_equals_afresh(key, history):
    """Whatever rows come and go, and whenever the shared input changes."""
    step = _step(key)
    connection = _world(*history[0])
    run_steps(connection, (step,), continues=False)
    for amounts, factor in history[1:]:
        before = connection.execute("from enriched.shop_sums order by all").fetchall()
        _change(connection, amounts, factor)
        run_steps(connection, (step,), continues=True)
        afresh = _world(amounts, factor)
        run_steps(afresh, (step,), continues=False)
        now = connection.execute("from enriched.shop_sums order by all").fetchall()
        assert now == afresh.execute("from enriched.shop_sums order by all").fetchall()
        told = connection.execute("select shop, total, _is_new from changes.shop_sums").fetchall()
        assert {r[:2] for r in told if r[2]} == set(now) - set(before)
        assert {r[:2] for r in told if not r[2]} == set(before) - set(now)


def test_only_what_changed_is_computed():
    """One shop's row changes: one shop is computed; nothing changes: nothing is; the factor changes: all are."""
    seen = []

    def watched(inputs):
        seen.append(sorted({r["shop"] for r in inputs["amounts"].to_pylist()}))
        return _sums(inputs)

    step = _step(compute=watched)
    connection = _world([("a", 1), ("b", 2)], 1)
    run_steps(connection, (step,), continues=False)
    for amounts, factor in ([("a", 1), ("b", 3)], 1), ([("a", 1), ("b", 3)], 1), ([("a", 1), ("b", 3)], 2):
        _change(connection, amounts, factor)
        run_steps(connection, (step,), continues=True)
    assert seen == [["a", "b"], ["b"], ["a", "b"]]


@pytest.mark.parametrize(
    ("compute", "columns", "told"),
    [
        (lambda i: pa.table({"other": [1]}), {"shop": "varchar"}, "gave the columns other and declares shop"),
        (lambda i: pa.table({"rate": [float("nan")]}), {"rate": "double"}, "1 value(s) of rate that are no finite numbers"),
    ],
)  # fmt: skip
def test_what_a_step_gives_is_checked(compute, columns, told):
    with pytest.raises(StepFailed, match=told.replace("(", r"\(").replace(")", r"\)")):
        run_steps(_world([], 1), (Step("wrong", ("amounts",), (), columns, compute),), continues=False)


def test_an_input_that_is_not_there_is_named():
    with pytest.raises(StepFailed, match="reads nowhere, which stands in 0 schemas"):
        run_steps(_world([], 1), (Step("s", ("nowhere",), (), {"a": "int"}, lambda i: i),), continues=False)


def _manifest(**above: list[str]) -> SimpleNamespace:
    nodes = {
        name: SimpleNamespace(
            name=name,
            resource_type="test" if name.startswith("t_") else "model",
            depends_on=SimpleNamespace(nodes=needs),
        )
        for name, needs in above.items()
    }
    return SimpleNamespace(nodes=nodes, unit_tests={})


def test_a_build_is_cut_at_the_inputs():
    """Inputs, what they need and the tests of these come first; a test that also reads a later model comes with that."""
    step = Step("s", ("b",), (), {}, _sums)
    manifest = _manifest(a=[], b=["a"], c=["source.fupan.enriched.s"], t_b=["b"], t_both=["b", "c"], t_c=["c"])
    assert halves(manifest, (step,)) == ({"a", "b", "t_b"}, {"c", "t_both", "t_c"})
    assert halves(manifest, ()) == (set(), {"a", "b", "c", "t_b", "t_both", "t_c"})


def test_results_are_not_chained():
    manifest = _manifest(a=["source.fupan.enriched.x"], b=["a"])
    with pytest.raises(ValueError, match="needs a, which reads another step's result"):
        halves(manifest, (Step("s", ("b",), (), {}, _sums),))
    with pytest.raises(ValueError, match="reads z, which is no model"):
        halves(manifest, (Step("s", ("z",), (), {}, _sums),))


def test_every_step_names_its_columns_and_inputs():
    for step in all_steps():
        assert step.inputs and step.columns and set(step.key) <= step.columns.keys()
