"""The demand forecast: known answers, never worse than naive, and the same whatever the order of its rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from enrich.forecast import HORIZON, MODEL, NAIVE, Series, demand_forecast, forecast, pinball

AS_OF = dt.date(2026, 9, 30)


def made(skus: int, days: int, seed: int = 3) -> Series:
    """Skus of many sizes that sell more on the air and in promotions."""
    dice = np.random.default_rng(seed)
    live = np.where(dice.random(days + HORIZON) < 0.4, dice.integers(2, 8, days + HORIZON), 0).astype(float)
    uplift = np.where(dice.random(days + HORIZON) < 0.06, 2.0, 1.0)
    level = np.exp(dice.normal(0, 1.3, skus))
    mean = level[:, None] * (1 + 0.3 * live) * uplift
    return Series(dice.poisson(mean)[:, :days].astype(float), live, uplift, np.arange(days + HORIZON) % 7)


def tables(series: Series, skus: list[str], rows: list[int] | None = None) -> tuple[pa.Table, pa.Table]:
    """The step's inputs for these series."""
    days = series.pieces.shape[1]
    first = AS_OF - dt.timedelta(days=days - 1)
    cells = [(s, d) for s in range(len(skus)) for d in range(days) if series.pieces[s, d]]
    cells = [cells[i] for i in rows] if rows else cells
    sales = pa.table(
        {
            "sku_id": pa.array([skus[s] for s, _ in cells], pa.string()),
            "date": pa.array([first + dt.timedelta(days=d) for _, d in cells], pa.date32()),
            "quantity": pa.array([int(series.pieces[s, d]) for s, d in cells], pa.int64()),
        }
    )
    calendar = pa.table(
        {
            "date": pa.array([first + dt.timedelta(days=d) for d in range(days + HORIZON)], pa.date32()),
            "as_of": pa.array([AS_OF] * (days + HORIZON), pa.date32()),
            "live_hours": pa.array(series.live_hours),
            "uplift": pa.array(series.uplift),
        }
    )
    return sales, calendar


@pytest.fixture(scope="module")
def learned() -> tuple[Series, object]:
    series = made(40, 100)
    return series, forecast(series)


def test_pinball_loss():
    assert pinball(np.array([10.0, 10.0]), np.array([8.0, 12.0]), 0.9).tolist() == pytest.approx([1.8, 0.2])


def test_short_history_is_last_week_once_more():
    pieces = np.array([[1.0, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 0, 0, 0]])
    found = forecast(Series(pieces, np.zeros(7 + HORIZON), np.ones(7 + HORIZON), np.arange(7 + HORIZON) % 7))
    assert found.p50[0].tolist() == [1, 2, 3, 4, 5, 6, 7] * 2
    assert found.total_p50.tolist() == [56, 0]
    assert not found.is_model.any()
    assert np.isnan(found.wmape).all()


def test_it_beats_naive_where_live_hours_and_promotions_tell(learned):
    """Ratio of sums: a sku that sells two pieces does not outweigh one that sells a hundred."""
    series, found = learned
    assert found.is_model.mean() > 0.7
    sold = series.pieces[:, -found.backtest_days :].sum(axis=1)
    assert np.nansum(found.wmape * sold) < 0.8 * np.nansum(found.naive_wmape * sold)


def test_it_is_never_worse_than_naive_in_the_backtest(learned):
    _, found = learned
    chosen = np.where(found.is_model, found.wmape, found.naive_wmape)
    there = ~np.isnan(chosen)
    assert (chosen[there] <= found.naive_wmape[there]).all()


def test_quantiles_are_in_order_and_not_below_zero(learned):
    _, found = learned
    assert (found.p50 >= 0).all()
    assert (found.p90 >= found.p50).all()
    assert (found.total_p90 >= found.total_p50).all()


def test_a_planned_promotion_is_foreseen():
    series = made(40, 100)
    calm, loud = series.uplift.copy(), series.uplift.copy()
    calm[-HORIZON:], loud[-HORIZON:] = 1.0, 2.0
    quiet, busy = (
        forecast(Series(series.pieces, series.live_hours, uplift, series.weekday)).p50.sum() for uplift in (calm, loud)
    )
    assert busy > 1.3 * quiet


def test_an_intermittent_sku_has_a_fortnight_above_its_middle_day():
    series = made(40, 100)
    pieces = series.pieces.copy()
    pieces[:5] = np.arange(100) % 3 == 0
    found = forecast(Series(pieces, series.live_hours, series.uplift, series.weekday))
    assert (found.total_p50[:5] > 2).all()
    assert (found.total_p50[:5] < 9).all()


def test_the_same_rows_give_the_same_figures_in_any_order():
    series = made(12, 70)
    names = [f"S{i:02d}" for i in range(12)]
    sales, days = tables(series, names)
    mixed = np.random.default_rng(1).permutation(sales.num_rows)
    assert demand_forecast(sales, days).equals(demand_forecast(sales.take(mixed), days))
    assert set(demand_forecast(sales, days)["method"].to_pylist()) <= {MODEL, NAIVE}


def test_nothing_gives_nothing():
    sales, days = tables(made(1, 30), ["S"])
    assert demand_forecast(sales.slice(0, 0), days).num_rows == 0
    assert demand_forecast(sales, days.slice(0, 0)).num_rows == 0


def test_days_after_the_last_known_one_are_not_looked_at():
    series = made(3, 40)
    sales, days = tables(series, ["A", "B", "C"])
    ahead = pa.table(
        {"sku_id": ["A"], "date": pa.array([AS_OF + dt.timedelta(days=1)], pa.date32()), "quantity": [999]}
    )
    assert demand_forecast(pa.concat_tables([sales, ahead]), days).equals(demand_forecast(sales, days))
