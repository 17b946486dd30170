"""Demand of the next days per sku: one gradient boosting model over all skus, laid against seasonal naive in a backtest.

The maths of step `demand_forecast`. Series are daily paid pieces, days without a sale count as 0. For a day t that lies h days after
the last known day o, the model sees what was known at o (levels over 7 to 56 days, the same weekday, how often it sells) and what is
planned for t (live hours, promotion). Target and features are divided by the sku's own level and rows are drawn in proportion to it,
so that the pinball loss is that of whole pieces and skus of any size learn from each other. Slow and intermittent skus (间歇性需求) are rows like
all others: their middle forecast of a day may be 0, so the sum of 14 days has models of its own.

Koenker and Bassett (1978) for the pinball loss; Hyndman and Koehler (2006) for seasonal naive; WMAPE = sum |y - p50| / sum y.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

HORIZON = 14
HISTORY_DAYS = 365
FOLDS = (HORIZON, 2 * HORIZON)
"""Days before the last known one at which the backtest stands: two fortnights, each forecast from what was known before it."""
LEAST_DAYS = 3 * HORIZON
"""Fewer known days before a forecast than this, and there is nothing to learn from: seasonal naive."""
MODEL, NAIVE = "gradient_boosting", "seasonal_naive"
_STRIDE, _LONGEST_TRAINING = 3, 50
_MOST_ROWS, _DRAWN = 400_000, 120_000


@dataclass(frozen=True)
class Series:
    """Everything that forecasts are made of.

    pieces: (skus, days) float64, the last column is the last known day. live_hours, uplift, weekday: (days + HORIZON,), of the
    same days and the coming ones; uplift is 1 on an ordinary day.
    """

    pieces: np.ndarray
    live_hours: np.ndarray
    uplift: np.ndarray
    weekday: np.ndarray


@dataclass(frozen=True)
class Forecast:
    """p50, p90: (skus, HORIZON) pieces. total_p50, total_p90: (skus,) pieces of all days. is_model: (skus,) bool.

    wmape, naive_wmape, pinball_50 .. naive_pinball_90: (skus,), NaN without a backtest or (WMAPE) without sales in it.
    backtest_days: how many days of each sku were forecast in the backtest.
    """

    p50: np.ndarray
    p90: np.ndarray
    total_p50: np.ndarray
    total_p90: np.ndarray
    is_model: np.ndarray
    wmape: np.ndarray
    naive_wmape: np.ndarray
    pinball_50: np.ndarray
    pinball_90: np.ndarray
    naive_pinball_50: np.ndarray
    naive_pinball_90: np.ndarray
    backtest_days: int


def forecast(series: Series) -> Forecast:
    """The next HORIZON days of every sku; the model only where its backtest beats seasonal naive (WMAPE, then p90's pinball loss).

    Without LEAST_DAYS of history before the backtest every sku is seasonal naive and the measures are NaN.
    """
    import numpy as np

    skus, days = series.pieces.shape
    last = days - 1
    naive = _naive(series.pieces, last)
    folds = [last - back for back in FOLDS if last - back + 1 >= LEAST_DAYS]
    nothing = np.full(skus, np.nan)
    if not folds or not skus or not series.pieces.any():
        return Forecast(*naive, np.zeros(skus, bool), *[nothing] * 6, 0)
    learned, simple, truth = [], [], []
    for origin in folds:
        learned.append(_learned(series, origin, totals=False))
        simple.append(_naive(series.pieces, origin))
        truth.append(series.pieces[:, origin + 1 : origin + 1 + HORIZON])
    actual = np.concatenate(truth, axis=1)
    ours, theirs = ([np.concatenate([fold[i] for fold in side], axis=1) for i in (0, 1)] for side in (learned, simple))
    errors, naive_errors = (np.abs(side[0] - actual).sum(axis=1) for side in (ours, theirs))
    losses = [pinball(actual, side[i], q).mean(axis=1) for side in (ours, theirs) for i, q in ((0, 0.5), (1, 0.9))]
    is_model = (errors < naive_errors) | ((errors == naive_errors) & (losses[1] <= losses[3]))
    final = _learned(series, last, totals=True)
    chosen = [np.where(is_model[:, None] if m.ndim == 2 else is_model, m, n) for m, n in zip(final, naive, strict=True)]
    sold = actual.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        wmape, naive_wmape = (np.where(sold > 0, e / sold, np.nan) for e in (errors, naive_errors))
    return Forecast(*chosen, is_model, wmape, naive_wmape, *losses, len(folds) * HORIZON)


def pinball(actual: np.ndarray, predicted: np.ndarray, quantile: float) -> np.ndarray:
    """The pinball loss of each figure, in pieces: quantile x what was missed above, (1 - quantile) x what was missed below."""
    import numpy as np

    miss = actual - predicted
    return np.maximum(quantile * miss, (quantile - 1) * miss)


def _naive(pieces: np.ndarray, origin: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Seasonal naive at `origin`: the last week once more; p90 adds the sku's own 90 % error of a week before."""
    import numpy as np

    known = pieces[:, max(0, origin + 1 - 8 * 7) : origin + 1]
    if known.shape[1] < 7:  # not one week: the mean of the days that there are
        level = known.mean(axis=1, keepdims=True)
        middle = np.repeat(level, HORIZON, axis=1)
        spread = np.quantile(known - level, 0.9, axis=1)
    else:
        middle = np.tile(known[:, -7:], (1, HORIZON // 7))
        weekly = known[:, 7:] - known[:, :-7]
        spread = np.quantile(weekly, 0.9, axis=1) if weekly.shape[1] else known[:, -7:].std(axis=1) * 1.2816
    high = middle + np.maximum(spread, 0)[:, None]
    total = middle.sum(axis=1)
    # Errors of single days partly even out over a fortnight: their deviation grows with the root of the days.
    return middle, high, total, total + np.maximum(spread, 0) * np.sqrt(HORIZON)


def _learned(series: Series, origin: int, *, totals: bool) -> tuple[np.ndarray, ...]:
    """(p50, p90[, total p50, total p90]) of the days after `origin` from a model of nothing later than `origin`."""
    import numpy as np

    origins = np.arange(origin - HORIZON, HORIZON - 1, -_STRIDE)[:_LONGEST_TRAINING]
    daily, summed = [], []
    every = max(1, round(len(origins) * HORIZON * len(series.pieces) / _MOST_ROWS))
    for number, past in enumerate(origins):
        x, scale, began = _features(series, past)
        y = series.pieces[:, past + 1 : past + 1 + HORIZON]
        # a fixed part of the days, another one for each origin and sku, when there are more than the model needs
        kept = (np.add.outer(np.arange(len(y)), np.arange(HORIZON)) + number) % every == 0
        kept &= began[:, None]
        daily.append((x[kept], (y / scale[:, None])[kept], np.broadcast_to(scale[:, None], y.shape)[kept]))
        if totals:
            summed.append((_summed(x)[began], (y.sum(axis=1) / (HORIZON * scale))[began], scale[began]))
    x, scale, began = _features(series, origin)
    flat = x.reshape(-1, x.shape[2])
    found = []
    rows = _drawn(daily)
    for quantile in (0.5, 0.9):
        predicted = _fit(*rows, quantile, flat).reshape(x.shape[:2])
        found.append(np.maximum(predicted * scale[:, None], 0) * began[:, None])
    if totals:
        rows = _drawn(summed)
        for quantile in (0.5, 0.9):
            found.append(np.maximum(_fit(*rows, quantile, _summed(x)) * scale * HORIZON, 0) * began)
        found[3] = np.maximum(found[2], found[3])
    found[1] = np.maximum(found[0], found[1])
    return tuple(found)


def _drawn(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """(features, targets) of _DRAWN rows, each drawn as often as its weight says, at even steps along the summed weights.

    scikit-learn's quantile loss takes weights too, at ten times the cost: it sorts the rows of every leaf by them.
    """
    import numpy as np

    x, y, weight = (np.concatenate([part[i] for part in parts]) for i in range(3))
    if not len(y):
        return x, y
    number = min(_DRAWN, 2 * len(y))
    reached = np.cumsum(weight)
    at = (np.arange(number) + 0.5) * (reached[-1] / number)
    drawn = np.minimum(np.searchsorted(reached, at), len(y) - 1)
    return x[drawn], y[drawn]


def _fit(x: np.ndarray, y: np.ndarray, quantile: float, ahead: np.ndarray) -> np.ndarray:
    """Predictions for `ahead`. One thread: scikit-learn adds gradients up in the order of its threads."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    if not len(y):
        return np.zeros(len(ahead))
    model = HistGradientBoostingRegressor(
        loss="quantile", quantile=quantile, max_iter=60, learning_rate=0.1, max_leaf_nodes=31,
        min_samples_leaf=min(50, max(2, len(y) // 40)), l2_regularization=1.0, early_stopping=False, random_state=0,
    )  # fmt: skip
    with threadpool_limits(limits=1):
        return model.fit(x, y).predict(ahead)


def _features(series: Series, origin: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(features (skus, HORIZON, n), scale (skus,), whether the sku had ever sold) as known at `origin`."""
    import numpy as np

    known = series.pieces[:, max(0, origin + 1 - 56) : origin + 1]
    skus, length = known.shape
    began = known.any(axis=1)
    recent = known[:, -28:]
    mean_7, mean_14, mean_28, mean_56 = (known[:, -days:].mean(axis=1) for days in (7, 14, 28, 56))
    scale = 0.25 + mean_28
    since = np.where(began, np.argmax(known[:, ::-1] > 0, axis=1), length)
    first = np.where(began, length - np.argmax(known > 0, axis=1), 0)
    hours = series.live_hours[max(0, origin + 1 - 56) : origin + 1]
    lively = hours > 0
    on_air = known[:, lively].mean(axis=1) if lively.any() else mean_56
    levels = np.stack(
        [mean_7 / scale, mean_14 / scale, mean_56 / scale, recent.max(axis=1) / scale, recent.std(axis=1) / scale,
         (recent > 0).mean(axis=1), since, first, on_air / scale, np.log(scale)], axis=1,
    )  # fmt: skip
    ahead = np.arange(origin + 1, origin + 1 + HORIZON)
    weeks = [known[:, np.arange(-7, 0) - 7 * back] for back in range(min(4, length // 7))]
    same_day = np.mean(weeks, axis=0) if weeks else np.repeat(mean_7[:, None], 7, axis=1)
    last_week = weeks[0] if weeks else same_day
    by_day = np.stack([np.tile(same_day, 2) / scale[:, None], np.tile(last_week, 2) / scale[:, None]], axis=2)
    usual_hours, usual_uplift = hours[-28:].mean(), series.uplift[max(0, origin + 1 - 28) : origin + 1].mean()
    calendar = np.stack(
        [ahead - origin, series.weekday[ahead], series.live_hours[ahead], series.live_hours[ahead] / max(usual_hours, 0.25),
         series.uplift[ahead], series.uplift[ahead] / usual_uplift], axis=1,
    )  # fmt: skip
    features = np.concatenate(
        [
            np.broadcast_to(levels[:, None], (skus, HORIZON, levels.shape[1])),
            by_day,
            np.broadcast_to(calendar[None], (skus, HORIZON, calendar.shape[1])),
        ],
        axis=2,
    )
    return features.astype("float32"), scale, began


def _summed(features: np.ndarray) -> np.ndarray:
    """Features of a fortnight: what holds for all its days, and the mean and the largest of what is planned for them."""
    import numpy as np

    planned = features[:, :, -4:]
    return np.concatenate([features[:, 0, :10], planned.mean(axis=1), planned.max(axis=1)], axis=1)


def read_series(sales: pa.Table, days: pa.Table) -> tuple[list[str], dt.date | None, Series]:
    """(sku ids, last known day, series) from the step's inputs.

    sales: sku_id, date, quantity; only days up to the last known one count, and of these the last HISTORY_DAYS. days: date, as_of,
    live_hours, uplift, one row for each day up to HORIZON days ahead. A day that is missing there is an ordinary one.
    """
    import numpy as np
    import pyarrow.compute as pc

    as_of = days["as_of"][0].as_py() if days.num_rows else None
    if as_of is None:
        return [], None, Series(np.zeros((0, 0)), *[np.zeros(HORIZON)] * 3)
    sales = sales.filter(
        pc.and_(
            pc.less_equal(sales["date"], as_of),
            pc.greater(sales["date"], as_of - dt.timedelta(days=HISTORY_DAYS)),
        )
    )
    first = min(pc.min(sales["date"]).as_py() or as_of, as_of)
    length = (as_of - first).days + 1
    coded = pc.dictionary_encode(sales["sku_id"].combine_chunks())
    pieces = np.zeros((len(coded.dictionary), length))
    offset = (sales["date"].to_numpy().astype("datetime64[D]") - np.datetime64(first)).astype(int)
    np.add.at(pieces, (coded.indices.to_numpy(), offset), sales["quantity"].cast("double").to_numpy())
    calendar = {name: np.full(length + HORIZON, usual) for name, usual in (("live_hours", 0.0), ("uplift", 1.0))}
    at = (days["date"].to_numpy().astype("datetime64[D]") - np.datetime64(first)).astype(int)
    there = (at >= 0) & (at < length + HORIZON)
    for name, values in calendar.items():
        values[at[there]] = days[name].cast("double").to_numpy()[there]
    weekday = (np.arange(length + HORIZON) + first.weekday()) % 7
    return coded.dictionary.to_pylist(), as_of, Series(pieces, calendar["live_hours"], calendar["uplift"], weekday)


def demand_forecast(sales: pa.Table, days: pa.Table) -> pa.Table:
    """One row for each sku and coming day; see enrich/steps/demand_forecast.py for the columns. Pieces with four decimals."""
    import numpy as np
    import pyarrow as pa

    skus, as_of, series = read_series(sales, days)
    if as_of is None or not skus:
        return pa.table({name: pa.array([], kind) for name, kind in _schema().items()})
    order = np.argsort(np.array(skus, dtype=object), kind="stable")
    found = forecast(Series(series.pieces[order], series.live_hours, series.uplift, series.weekday))

    def each(values: np.ndarray) -> np.ndarray:
        return np.repeat(values, HORIZON)

    def kept(values: np.ndarray) -> pa.Array:
        return pa.array(np.round(values, 6), mask=~np.isfinite(values))

    ahead = [as_of + dt.timedelta(days=h) for h in range(1, HORIZON + 1)]
    return pa.table(
        {
            "sku_id": pa.array(each(np.array(skus, dtype=object)[order]).tolist(), pa.string()),
            "date": pa.array(ahead * len(skus), pa.date32()),
            "as_of": pa.array([as_of] * (len(skus) * HORIZON), pa.date32()),
            "p50": kept(found.p50.reshape(-1)),
            "p90": kept(found.p90.reshape(-1)),
            "total_14d_p50": kept(each(found.total_p50)),
            "total_14d_p90": kept(each(found.total_p90)),
            "method": pa.array(np.where(each(found.is_model), MODEL, NAIVE).tolist(), pa.string()),
            "backtest_days": pa.array([found.backtest_days] * (len(skus) * HORIZON), pa.int64()),
            "backtest_wmape": kept(each(np.where(found.is_model, found.wmape, found.naive_wmape))),
            "naive_wmape": kept(each(found.naive_wmape)),
            "pinball_p50": kept(each(np.where(found.is_model, found.pinball_50, found.naive_pinball_50))),
            "pinball_p90": kept(each(np.where(found.is_model, found.pinball_90, found.naive_pinball_90))),
            "naive_pinball_p50": kept(each(found.naive_pinball_50)),
            "naive_pinball_p90": kept(each(found.naive_pinball_90)),
        },
        schema=pa.schema(list(_schema().items())),
    )


def _schema() -> dict[str, pa.DataType]:
    import pyarrow as pa

    texts = {"sku_id": pa.string(), "date": pa.date32(), "as_of": pa.date32()}
    numbers = ("backtest_wmape", "naive_wmape", "pinball_p50", "pinball_p90", "naive_pinball_p50", "naive_pinball_p90")
    return (
        texts
        | dict.fromkeys(("p50", "p90", "total_14d_p50", "total_14d_p90"), pa.float64())
        | {"method": pa.string(), "backtest_days": pa.int64()}
        | dict.fromkeys(numbers, pa.float64())
    )
