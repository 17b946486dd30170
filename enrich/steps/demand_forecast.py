"""Step demand_forecast: pieces of the next 14 days per sku (enrich/forecast.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enrich.step import Step

if TYPE_CHECKING:
    import pyarrow as pa


def _compute(inputs: dict[str, pa.Table]) -> pa.Table:
    from enrich.forecast import demand_forecast

    return demand_forecast(inputs["int_forecast_sales"], inputs["int_forecast_days"])


STEP = Step(
    name="demand_forecast",
    inputs=("int_forecast_sales", "int_forecast_days"),
    key=(),  # one model over all skus: a new day changes every figure
    columns={"sku_id": "VARCHAR", "date": "DATE", "as_of": "DATE"}
    | dict.fromkeys(("p50", "p90", "total_14d_p50", "total_14d_p90"), "DOUBLE")
    | {"method": "VARCHAR", "backtest_days": "BIGINT"}
    | dict.fromkeys(
        ("backtest_wmape", "naive_wmape", "pinball_p50", "pinball_p90", "naive_pinball_p50", "naive_pinball_p90"),
        "DOUBLE",
    ),
    compute=_compute,
)
