"""Experiment statistics (AB 实验) from sums: differences, intervals, p-values, Holm, sample ratio, CUPED.

Everything is computed from counts, sums, sums of squares and cross products of one unit per assigned customer (zeros included).
The sums are exact decimals, and so are the centred sums taken from them: no digits are lost where a mean is large and its
spread small. Where there is no answer (one unit, no spread, no control) there is None and never a NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

CONFIDENCE = 0.95
PROPORTION, MEAN, RATIO = "proportion", "mean", "ratio"


@dataclass(frozen=True)
class Sums:
    """One variant's sums over its units: value y, base x (1 for a proportion or a mean), spend before the assignment p."""

    units: int
    y: Fraction
    x: Fraction
    p: Fraction
    yy: Fraction
    xx: Fraction
    pp: Fraction
    yx: Fraction
    yp: Fraction

    def mean(self) -> Fraction | None:
        """Sum of values over sum of bases."""
        return self.y / self.x if self.x else None

    def centred(self, product: Fraction, one: Fraction, other: Fraction) -> Fraction:
        """Sum of products about the means."""
        return product - one * other / self.units


@dataclass(frozen=True)
class Comparison:
    """A variant against its control. lift: absolute; low, high: its 95 % interval; None where nothing can be said."""

    lift: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


NOTHING = Comparison()


def compare(control: Sums, variant: Sums, kind: str) -> Comparison:
    """The comparison that the kind of metric asks for.

    Raises ValueError for an unknown kind.
    """
    if kind not in (PROPORTION, MEAN, RATIO):
        raise ValueError(f"metric_kind {kind!r}: known are {PROPORTION}, {MEAN} and {RATIO}")
    means = control.mean(), variant.mean()
    if None in means:
        return NOTHING
    lift = means[1] - means[0]
    if kind == PROPORTION:
        return _proportions(control, variant, lift)
    if kind == MEAN:
        return _welch(control, variant, lift, *(_spread(s.centred(s.yy, s.y, s.y), s) for s in (control, variant)))
    return _ratios(control, variant, lift)


def _proportions(control: Sums, variant: Sums, lift: Fraction) -> Comparison:
    """Two-sample z: the test under the pooled proportion (there is no difference), the interval with each side's own."""
    from scipy.special import ndtr

    pooled = (control.y + variant.y) / (control.units + variant.units)
    under_no_difference = pooled * (1 - pooled) * (Fraction(1, control.units) + Fraction(1, variant.units))
    if not under_no_difference:
        return Comparison(lift=float(lift))
    own = sum(s.mean() * (1 - s.mean()) / s.units for s in (control, variant))
    z = abs(float(lift)) / sqrt(under_no_difference)
    return _with_interval(lift, sqrt(own), _normal_quantile(), float(2 * ndtr(-z)))


def _welch(control: Sums, variant: Sums, lift: Fraction, *squares: Fraction | None) -> Comparison:
    """Welch's t: unlike variances, degrees of freedom after Satterthwaite. squares: each side's variance of its mean."""
    from scipy.special import stdtr, stdtrit

    if None in squares or not sum(squares):
        return Comparison(lift=float(lift))
    total = sum(squares)
    freedom = float(total**2 / sum(v**2 / (s.units - 1) for v, s in zip(squares, (control, variant), strict=True)))
    error = sqrt(total)
    p_value = 2 * stdtr(freedom, -abs(float(lift)) / error)
    return _with_interval(lift, error, float(stdtrit(freedom, (1 + CONFIDENCE) / 2)), float(p_value))


def _ratios(control: Sums, variant: Sums, lift: Fraction) -> Comparison:
    """Delta method for a ratio of two sums whose unit of randomisation is the customer, not the base (Deng et al. 2018):
    var(Y/X) = (s_yy - 2 R s_xy + R² s_xx) / (n x̄²)."""
    from scipy.special import ndtr

    squares = []
    for side in (control, variant):
        ratio = side.mean()
        about = (
            side.centred(side.yy, side.y, side.y)
            - 2 * ratio * side.centred(side.yx, side.y, side.x)
            + ratio**2 * side.centred(side.xx, side.x, side.x)
        )
        spread = _spread(about, side)
        squares.append(None if spread is None else spread / (side.x / side.units) ** 2)
    if None in squares or sum(squares) <= 0:
        return Comparison(lift=float(lift))
    error = sqrt(sum(squares))
    return _with_interval(lift, error, _normal_quantile(), float(2 * ndtr(-abs(float(lift)) / error)))


def adjusted_by_spend_before(control: Sums, variant: Sums) -> tuple[Comparison, float | None]:
    """CUPED (Deng et al. 2013) of a mean: y - theta (p - p̄), theta = s_yp / s_pp pooled within the two sides.

    Returns the comparison and the share of the variance of the plain lift that is left: 0.7 = 30 % less. Nothing without
    any spend before: there is nothing to adjust by.
    """
    sides = (control, variant)
    if any(s.units < 2 for s in sides):
        return NOTHING, None
    spend = sum(s.centred(s.pp, s.p, s.p) for s in sides)
    if not spend:
        return NOTHING, None
    theta = sum(s.centred(s.yp, s.y, s.p) for s in sides) / spend
    lift = variant.mean() - control.mean() - theta * (variant.p / variant.units - control.p / control.units)
    plain = [_spread(s.centred(s.yy, s.y, s.y), s) for s in sides]
    left = [
        _spread(
            s.centred(s.yy, s.y, s.y) - 2 * theta * s.centred(s.yp, s.y, s.p) + theta**2 * s.centred(s.pp, s.p, s.p), s
        )
        for s in sides
    ]
    share = float(sum(left) / sum(plain)) if sum(plain) else None
    return _welch(control, variant, lift, *left), share


def _spread(about: Fraction, side: Sums) -> Fraction | None:
    """The variance of the mean: None for a single unit."""
    return about / (side.units - 1) / side.units if side.units > 1 else None


def _with_interval(lift: Fraction, error: float, quantile: float, p_value: float) -> Comparison:
    return Comparison(float(lift), float(lift) - quantile * error, float(lift) + quantile * error, p_value)


def _normal_quantile() -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + CONFIDENCE) / 2))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down: the family-wise error stays below the level however many variants there are. None stays None."""
    order = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    worst = 0.0
    for rank, (p, i) in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - rank) * p))
        adjusted[i] = worst
    return adjusted


def sample_ratio(units: Sequence[int], planned: Sequence[Fraction]) -> float | None:
    """The chi-square test of the units found against the shares planned (SRM); shares are scaled to sum to 1.

    0 when units stand where none was planned; None without units, shares or a second variant.
    """
    from scipy.special import chdtrc

    everyone, shares = sum(units), sum(planned)
    if not everyone or not shares or len(units) < 2:
        return None
    if any(n and not share for n, share in zip(units, planned, strict=True)):
        return 0.0
    expected = [(n, everyone * share / shares) for n, share in zip(units, planned, strict=True) if share]
    if len(expected) < 2:
        return None
    return float(chdtrc(len(expected) - 1, float(sum((n - e) ** 2 / e for n, e in expected))))


FIGURES = (
    "lift", "lift_rate", "ci_low", "ci_high", "p_value", "p_adjusted", "srm_p_value",
    "cuped_lift", "cuped_ci_low", "cuped_ci_high", "cuped_p_value", "cuped_variance_share",
)  # fmt: skip


def statistics(sums: pa.Table) -> pa.Table:
    """The statistics of every experiment, metric and variant.

    sums: one row per (experiment_id, metric, variant_id) with metric_kind, is_control, planned_share, units, value_sum,
    base_sum, pre_sum, value_squares, base_squares, pre_squares, value_base_products, value_pre_products.
    Returns experiment_id, metric, variant_id and FIGURES as doubles, in the order of the keys. The control, and every variant
    of an experiment that has not exactly one control, has no comparison.
    """
    import pyarrow as pa

    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sorted(sums.to_pylist(), key=lambda r: (r["experiment_id"], r["metric"], r["variant_id"])):
        groups.setdefault((row["experiment_id"], row["metric"]), []).append(row)
    rows = [row for variants in groups.values() for row in _of_one_metric(variants)]
    schema = pa.schema(
        [(name, pa.string()) for name in ("experiment_id", "metric", "variant_id")]
        + [(name, pa.float64()) for name in FIGURES]
    )
    return pa.Table.from_pylist(rows, schema)


def _of_one_metric(variants: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    found = [dict.fromkeys(FIGURES) for _ in variants]
    controls = [row for row in variants if row["is_control"]]
    if len(controls) == 1:
        for row, figures in zip(variants, found, strict=True):
            if not row["is_control"]:
                figures.update(_against(controls[0], row))
    adjusted = holm([figures["p_value"] for figures in found])
    srm = sample_ratio([row["units"] for row in variants], [Fraction(row["planned_share"] or 0) for row in variants])
    for row, figures, p in zip(variants, found, adjusted, strict=True):
        names = {name: row[name] for name in ("experiment_id", "metric", "variant_id")}
        yield names | figures | {"p_adjusted": p, "srm_p_value": srm}


def _against(control_row: dict[str, Any], row: dict[str, Any]) -> dict[str, float | None]:
    kind, control, variant = row["metric_kind"], _sums(control_row), _sums(row)
    plain, below = compare(control, variant, kind), control.mean()
    cuped, left = adjusted_by_spend_before(control, variant) if kind == MEAN else (NOTHING, None)
    return {
        "lift": plain.lift,
        "lift_rate": float((variant.mean() - below) / below) if plain.lift is not None and below else None,
        "ci_low": plain.low,
        "ci_high": plain.high,
        "p_value": plain.p_value,
        "cuped_lift": cuped.lift,
        "cuped_ci_low": cuped.low,
        "cuped_ci_high": cuped.high,
        "cuped_p_value": cuped.p_value,
        "cuped_variance_share": left,
    }


def _sums(row: dict[str, Any]) -> Sums:
    columns = (
        "value_sum", "base_sum", "pre_sum", "value_squares", "base_squares", "pre_squares", "value_base_products", "value_pre_products",
    )  # fmt: skip
    return Sums(row["units"], *(Fraction(row[name]) for name in columns))
