"""Experiment statistics: by hand, against statsmodels and SciPy on the rows themselves, and laws for any data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich import experiments

KINDS = {"gmv_per_user": "mean", "conversion_rate": "proportion", "gmv_per_order": "ratio"}


def sums(y, x=None, p=None) -> dict:
    """The sums of one variant from its units: whole numbers (fen), as the model above gives them."""
    y = [Fraction(v) for v in y]
    x = [Fraction(v) for v in x] if x is not None else [Fraction(1)] * len(y)
    p = [Fraction(v) for v in p] if p is not None else [Fraction(0)] * len(y)

    def dot(a, b) -> Fraction:
        return sum((m * n for m, n in zip(a, b, strict=True)), Fraction(0))

    return {
        "units": len(y), "value_sum": sum(y, Fraction(0)), "base_sum": sum(x, Fraction(0)), "pre_sum": sum(p, Fraction(0)),
        "value_squares": dot(y, y), "base_squares": dot(x, x), "pre_squares": dot(p, p), "value_base_products": dot(y, x), "value_pre_products": dot(y, p),
    }  # fmt: skip


def side(*args) -> experiments.Sums:
    return experiments._sums(sums(*args))


def rows(metric: str, **variants) -> list[dict]:
    """Result rows by variant: `control` first; each variant is a list of values, or (values, bases, spend before)."""
    made = [
        {
            "experiment_id": "E", "metric": metric, "variant_id": name, "metric_kind": KINDS[metric],
            "is_control": name == "control", "planned_share": Fraction(1, len(variants)),
        }
        | sums(*(values if isinstance(values, tuple) else (values,)))
        for name, values in variants.items()
    ]  # fmt: skip
    return made


def results(made: list[dict]) -> dict[str, dict]:
    found = list(experiments._of_one_metric(made))
    return {row["variant_id"]: row for row in found}


def draw(seed: int, n: int, rate: float, spend: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orders, GMV in fen and spend before of n customers, most of whom buy nothing."""
    rng = np.random.default_rng(seed)
    before = np.where(rng.random(n) < 0.4, rng.gamma(2.0, spend, n), 0).round().astype(int)
    orders = rng.binomial(3, rate, n)
    gmv = (orders * rng.gamma(2.0, spend, n) + 0.3 * before * (orders > 0)).round().astype(int)
    return orders, gmv, before


def test_by_hand():
    """200 of 1000 against 250 of 1000: z = 0.05 / sqrt(0.225 x 0.775 x 2 / 1000) = 2.677398; half-width 1.959964 x sqrt(0.16/1000 + 0.1875/1000)."""
    found = experiments.compare(side([1] * 200 + [0] * 800), side([1] * 250 + [0] * 750), "proportion")
    half = 1.959963984540054 * (0.3475 / 1000) ** 0.5
    assert (found.lift, found.low, found.high) == pytest.approx((0.05, 0.05 - half, 0.05 + half), rel=1e-12)
    assert found.p_value == pytest.approx(0.0074196, abs=1e-7)


def test_proportions_as_statsmodels():
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    for a, b, n, m in ((200, 250, 1000, 1000), (3, 9, 40, 55), (5000, 5100, 90_000, 90_500)):
        found = experiments.compare(side([1] * a + [0] * (n - a)), side([1] * b + [0] * (m - b)), "proportion")
        assert found.p_value == pytest.approx(proportions_ztest([b, a], [m, n])[1], rel=1e-9)
        wald = confint_proportions_2indep(b, m, a, n, method="wald", compare="diff")
        assert (found.low, found.high) == pytest.approx(wald, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_means_as_statsmodels(seed):
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    control, variant = draw(seed, 400, 0.05, 8000)[1], draw(seed + 50, 300, 0.08, 9000)[1]
    found = experiments.compare(side(control.tolist()), side(variant.tolist()), "mean")
    other = CompareMeans(DescrStatsW(variant), DescrStatsW(control))
    assert found.p_value == pytest.approx(other.ttest_ind(usevar="unequal")[1], rel=1e-9)
    assert (found.low, found.high) == pytest.approx(other.tconfint_diff(usevar="unequal"), rel=1e-9)


def test_large_means_with_small_spread_lose_no_digits():
    """A million yuan plus or minus a fen: sums of squares as floats would give nonsense, or a negative variance."""
    from scipy import stats

    rng = np.random.default_rng(3)
    control, variant = (10**8 + rng.integers(-1, 2, 200) for _ in range(2))
    found = experiments.compare(side(control.tolist()), side(variant.tolist()), "mean")
    centred = stats.ttest_ind(variant - 10**8, control - 10**8, equal_var=False)
    assert found.p_value == pytest.approx(centred.pvalue, rel=1e-9)


def test_ratio_as_the_regression_with_clusters():
    """GMV per order, randomised by customer: the delta method is the linearised regression of each side's residuals."""
    sides, parts = [], []
    for seed, rate in ((5, 0.3), (6, 0.4)):
        orders, gmv, _ = draw(seed, 3000, rate, 7000)
        sides.append(side(gmv.tolist(), orders.tolist()))
        ratio = gmv.sum() / orders.sum()
        linear = (gmv - ratio * orders) / orders.mean()
        parts.append((ratio, linear.var(ddof=1) / len(linear)))
    found = experiments.compare(*sides, "ratio")
    error = (parts[0][1] + parts[1][1]) ** 0.5
    assert found.lift == pytest.approx(parts[1][0] - parts[0][0], rel=1e-9)
    assert (found.high - found.low) / 2 == pytest.approx(1.959963984540054 * error, rel=1e-9)


def test_ratio_holds_its_level_where_a_naive_test_does_not():
    """Two equal arms, clicks that come in bursts per customer: 5 % false alarms by the delta method, several times that if impressions were the units."""
    rng = np.random.default_rng(11)
    false, naive, rounds = 0, 0, 150
    for _ in range(rounds):
        sides, pair = [], []
        for _ in range(2):
            shown = rng.geometric(0.1, 300)
            clicks = rng.binomial(shown, rng.beta(0.5, 2.0, 300))
            sides.append(side(clicks.tolist(), shown.tolist()))
            pair.append((clicks.sum(), shown.sum()))
        false += experiments.compare(*sides, "ratio").p_value < 0.05
        (a, n), (b, m) = pair
        pooled = (a + b) / (n + m)
        naive += abs(a / n - b / m) / (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5 > 1.96
    assert false / rounds < 0.1 < 0.2 < naive / rounds


def test_cuped_as_the_regression():
    """theta pooled within the arms = the coefficient of spend before in y ~ arm + spend (statsmodels' OLS); the lift is the arm's."""
    import statsmodels.api as sm

    (_, a, a_before), (_, b, b_before) = draw(7, 800, 0.3, 5000), draw(8, 700, 0.33, 5000)
    arm = np.r_[np.zeros(len(a)), np.ones(len(b))]
    fitted = sm.OLS(np.r_[a, b].astype(float), np.c_[np.ones(len(arm)), arm, np.r_[a_before, b_before]]).fit()
    control, variant = side(a.tolist(), None, a_before.tolist()), side(b.tolist(), None, b_before.tolist())
    found, left = experiments.adjusted_by_spend_before(control, variant)
    assert found.lift == pytest.approx(fitted.params[1], rel=1e-9)
    plain = experiments.compare(control, variant, "mean")
    assert 0 < left < 1 and found.high - found.low < plain.high - plain.low
    assert experiments.adjusted_by_spend_before(side([1, 2, 3]), side([2, 3, 4])) == (experiments.NOTHING, None)


def test_holm_and_sample_ratio_as_the_others_say():
    from scipy import stats
    from statsmodels.stats.multitest import multipletests

    given_p = [0.01, 0.04, 0.03, 0.005, 0.8]
    assert experiments.holm(given_p) == pytest.approx(multipletests(given_p, method="holm")[1].tolist(), rel=1e-12)
    assert experiments.holm([0.01, None, 0.04]) == [0.02, None, 0.04]
    units = [821, 779, 400]
    shares = [Fraction(2, 5), Fraction(2, 5), Fraction(1, 5)]
    expected = stats.chisquare(units, [800, 800, 400]).pvalue
    assert experiments.sample_ratio(units, shares) == pytest.approx(expected, rel=1e-9)
    assert experiments.sample_ratio(units, [s / 2 for s in shares]) == pytest.approx(expected, rel=1e-9), "scaled to 1"
    assert experiments.sample_ratio([10, 1], [Fraction(1), Fraction(0)]) == 0.0
    assert experiments.sample_ratio([0, 0], [Fraction(1, 2)] * 2) is None


def test_where_there_is_no_answer():
    assert experiments.compare(side([0] * 9), side([0] * 9), "proportion") == experiments.Comparison(lift=0.0)
    assert experiments.compare(side([5]), side([7]), "mean") == experiments.Comparison(lift=2.0)
    assert experiments.compare(side([5, 5]), side([7, 7]), "mean") == experiments.Comparison(lift=2.0)
    assert experiments.compare(side([0, 0], [0, 0]), side([7, 7], [1, 1]), "ratio") == experiments.NOTHING
    assert experiments.compare(side([]), side([7, 7]), "mean") == experiments.NOTHING
    with pytest.raises(ValueError, match="known are"):
        experiments.compare(side([1]), side([1]), "median")
    two_controls = rows("gmv_per_user", control=[1, 2], b=[2, 5])
    two_controls[1]["is_control"] = True
    assert {row["lift"] for row in results(two_controls).values()} == {None}


def test_table_in_table_out():
    made = rows("gmv_per_user", control=[0, 10, 20], b=[10, 20, 40]) + rows(
        "conversion_rate", control=[0, 1, 1], b=[1, 1, 0]
    )
    plain = [
        {k: str(v) if isinstance(v, Fraction) and k != "planned_share" else v for k, v in row.items()} for row in made
    ]
    for row in plain:
        row["planned_share"] = "0.5"
    out = experiments.statistics(pa.Table.from_pylist(plain[::-1]))
    assert out.column_names == ["experiment_id", "metric", "variant_id", *experiments.FIGURES]
    assert out.column("variant_id").to_pylist() == ["b", "control"] * 2
    assert out.column("lift").to_pylist() == [0.0, None, pytest.approx(40 / 3), None]
    assert experiments.statistics(pa.Table.from_pylist(plain)).equals(out), "the order of rows is irrelevant"


values = st.lists(st.integers(0, 50), min_size=2, max_size=12)


@given(values, values, st.sampled_from(["mean", "ratio"]))
def test_swapping_the_labels_negates_the_lift(a, b, kind):
    one, other = side(a, [1] * len(a)), side(b, [1] * len(b))
    found, turned = experiments.compare(one, other, kind), experiments.compare(other, one, kind)
    assert found.lift == -turned.lift
    assert found.p_value == (pytest.approx(turned.p_value) if found.p_value is not None else turned.p_value)
    if found.low is not None:
        assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))


@given(st.lists(values, min_size=2, max_size=4), values)
def test_another_variant_never_lowers_a_p_value(variants, one_more):
    named = {f"v{i}": v for i, v in enumerate(variants)}
    few = results(rows("gmv_per_user", control=[1, 2, 3], **named))
    more = results(rows("gmv_per_user", control=[1, 2, 3], **named, more=one_more))
    for name in named:
        assert more[name]["p_value"] == few[name]["p_value"]
        if few[name]["p_adjusted"] is not None:
            assert more[name]["p_adjusted"] >= few[name]["p_adjusted"] >= few[name]["p_value"]


@given(values, values, st.permutations([0, 1, 2]))
def test_order_is_irrelevant(a, b, order):
    made = rows("gmv_per_user", control=a, v=sorted(a), w=b)
    plain = results(made)
    assert results([made[i] for i in order]) == plain
    assert results(rows("gmv_per_user", control=a[::-1], v=a, w=b[::-1])) == plain


@given(values, values, st.integers(1, 30))
def test_nobody_is_half_of_somebody(a, b, times):
    """Money in another unit changes no p-value, and scales lift and interval."""
    plain = experiments.compare(side(a), side(b), "mean")
    scaled = experiments.compare(side([v * times for v in a]), side([v * times for v in b]), "mean")
    assert scaled.lift == pytest.approx(plain.lift * times)
    assert scaled.p_value == (pytest.approx(plain.p_value) if plain.p_value is not None else None)
