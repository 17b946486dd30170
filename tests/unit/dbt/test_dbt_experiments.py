"""Known answers of experiments: a verdict of each kind, and the units and moments that count."""

from decimal import Decimal as D

import pytest


def result(ask, number: str, variant: str, columns: str, metric: str = "conversion_rate") -> tuple:
    found = ask(
        f"select {columns} from marts.experiment_results where experiment_id = '{number}' and variant_id = '{variant}' and metric = '{metric}'"
    )
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("number", "variant", "verdict", "reason"),
    [
        ("exp-keep", "B", "keep", "significant"),
        ("exp-keep", "A", "drop", "the control"),
        ("exp-drop", "B", "drop", "significant"),
        ("exp-drop", "C", "wait", "not significant"),
        ("exp-drop", "A", "wait", "the control"),
        ("exp-same", "B", "wait", "not significant"),
        ("exp-runs", "B", "wait", "still running"),
        ("exp-plan", "B", "wait", "still running"),
        ("exp-few", "B", "wait", "too few units"),
        ("exp-srm", "B", "invalid", "sample ratio mismatch"),
        ("exp-srm", "A", "invalid", "sample ratio mismatch"),
        ("exp-empty", "B", "invalid", "sample ratio mismatch"),
        ("exp-twice", "B", "invalid", "not one control"),
    ],
)
def test_verdicts(ask, number, variant, verdict, reason):
    assert result(ask, number, variant, "verdict, verdict_reason") == (verdict, reason)


def test_keep_by_hand(ask):
    """4 and 16 of 40: lift 0.3; half-width 1.959964 x sqrt(0.1 x 0.9 / 40 + 0.4 x 0.6 / 40); z = 0.3 / sqrt(0.25 x 0.75 / 20)."""
    columns = "n, total, mean, lift, lift_rate, ci_low, ci_high, p_value, p_adjusted"
    assert result(ask, "exp-keep", "B", columns) == (
        40, D("16.00"), D("0.400000"), D("0.300000"), D("3.000000"), D("0.121977"), D("0.478023"), D("0.001945774"), D("0.001945774"),
    )  # fmt: skip
    assert result(ask, "exp-keep", "A", columns)[3:] == (None,) * 6


def test_holm_over_the_variants_of_a_metric(ask):
    """p 0.000006574 of B doubles; C's own stays, since it comes last."""
    assert result(ask, "exp-drop", "B", "p_value, p_adjusted") == (D("0.000006574"), D("0.000013147"))
    assert result(ask, "exp-drop", "C", "p_adjusted - p_value") == (D("0.000000000"),)


def test_sample_ratio_by_hand(ask):
    """60 and 30 where 45 and 45 were planned: chi-square 5 + 5 = 10, one degree of freedom: p = 0.001565402."""
    assert result(ask, "exp-srm", "B", "srm_p_value") == (D("0.001565402"),)


def test_who_counts(ask):
    """u-zero, u-again, u-late, u-edge and u-linked in B; two crossovers and three outside are counted, not used."""
    assert result(ask, "exp-units", "B", "n, crossover_units, outside_units, is_primary") == (5, 2, 3, True)
    assert result(ask, "exp-units", "A", "n, total") == (1, D("0.00"))


def test_what_counts(ask):
    """From the moment of the first assignment to the moment of the end: u-again's one, u-edge's two; refunds lower net."""
    found = {
        row[0]: row[1:]
        for row in ask(
            "select metric, total, base_total, mean from marts.experiment_results where experiment_id = 'exp-units' and variant_id = 'B'"
        )
    }
    assert found == {
        "conversion_rate": (D("2.00"), D("5.00"), D("0.400000")),
        "click_rate": (D("2.00"), D("5.00"), D("0.400000")),  # u-zero, and u-linked under another identity
        "orders_per_user": (D("3.00"), D("5.00"), D("0.600000")),
        "gmv_per_user": (D("220.00"), D("5.00"), D("44.000000")),
        "net_per_user": (D("180.00"), D("5.00"), D("36.000000")),
        "gmv_per_order": (D("220.00"), D("3.00"), D("73.333333")),
        "clicks_per_impression": (D("2.00"), D("2.00"), D("1.000000")),
    }
    assert ask(
        "select pre_gmv_cny from intermediate.int_experiment_outcomes where experiment_id = 'exp-units' and pre_gmv_cny > 0"
    ) == [(D("30.00"),)]


def test_nothing_is_said_of_the_control_or_of_one_unit(ask):
    assert result(ask, "exp-units", "B", "lift, ci_low, p_value", "gmv_per_user") == (D("44.000000"), None, None)
    assert result(ask, "exp-units", "A", "mean, lift, p_value", "gmv_per_order") == (None, None, None)
