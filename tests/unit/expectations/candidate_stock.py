"""The made candidate's stock ledger, purchases, oversells, forecast and allocation, and how to break each of their checks."""

from __future__ import annotations

DDL = (
    "create table staging.stg_erp__stock_ins as select 'done' as document_state, true as is_main_stock, false as is_defect, timestamp '2026-03-01 10:00' as received_at",
    "create table raw.erp__purchase_orders as select 1 as one",
    "create table raw.supply__suppliers as select 1 as one",
    *(f"create table intermediate.{name} as select 1 as one" for name in ("int_oversold_lines", "int_forecast_sales", "int_sku_provinces")),
    "create table intermediate.int_stock_transfers (sku_id varchar, from_warehouse_id varchar, to_warehouse_id varchar, quantity bigint)",
    "create table intermediate.int_stock_latest (sku_id varchar, warehouse_id varchar, date date, on_hand decimal(18, 4), sellable decimal(18, 4))",
)  # fmt: skip

#: k1 in w1: 10 come in and 4 leave; 12 leave, one of them oversold; a stocktake finds the one
ROWS = """
insert into marts.dim_warehouse by name select 'w2' as warehouse_id, 100 as daily_capacity;
insert into marts.dim_supplier by name select 'v1' as supplier_id, '围巾厂' as supplier_name;
insert into marts.fct_stock_moves by name
    select 'm' || i as document_key, 1 as line_number, kind as move_type, 'k1' as sku_id, 'w1' as warehouse_id, moved_at, moved_at::date as move_date, quantity
    from (values (1, 'purchase_in', timestamp '2026-03-01 10:00', 10), (2, 'sale_out', '2026-03-01 18:00', -4), (3, 'sale_out', '2026-03-02 18:00', -12))
        as made(i, kind, moved_at, quantity);
insert into marts.stock_ledger by name
    select 'k1' as sku_id, 'w1' as warehouse_id, 0 as return_qty, closing_qty as snapshot_qty, 0 as unexplained_qty, true as is_anchored, *
    from (values (date '2026-03-01', 5, 10, 4, 0, 11, false), ('2026-03-02', 11, 0, 12, 0, -1, false), ('2026-03-03', -1, 0, 0, 1, 0, true))
        as made(date, opening_qty, inbound_qty, outbound_qty, adjustment_qty, closing_qty, is_counted);
insert into marts.oversell by name select 'douyin' as platform, 's3' as sub_order_id, 'k1' as sku_id, 'w1' as warehouse_id, date '2026-03-02' as paid_date,
    3 as sold_qty, 2 as sellable_qty, 1 as oversold_qty, 'offer_refund' as proposed_action;
insert into marts.fct_purchase_lines by name select 'u1' as purchase_id, '1' as line_key, 'v1' as supplier_id, 'k1' as sku_id, 'w1' as warehouse_id,
    'done' as purchase_state, 10 as quantity, 10 as received_quantity, 0 as open_quantity;
insert into marts.demand_forecast by name select 'k1' as sku_id, date '2026-03-03' as date, 1 as p50, 2 as p90, 12 as total_14d_p50, 20 as total_14d_p90,
    'gradient_boosting' as method, 28 as backtest_days, 0.5 as backtest_wmape, 0.6 as naive_wmape;
insert into marts.warehouse_allocation by name select 'k1' as sku_id, '浙江省' as province, date '2026-03-02' as date, 10 as sold_28d, 12 as need_qty,
    3 as suggested_transfer_qty;
insert into intermediate.int_stock_latest values ('k1', 'w2', date '2026-03-01', 5, 5);
insert into intermediate.int_stock_transfers values ('k1', 'w2', 'w1', 3);
"""

_MOVE = "insert into marts.fct_stock_moves by name select * replace ('m9' as document_key) from marts.fct_stock_moves where document_key = 'm1'"
_TWICE = """insert into marts.fct_stock_days by name select 'x' || i as sku_id, w as warehouse_id, date '2026-03-01' as date, 10 + i as on_hand, 5 as sellable
    from range(25) as t(i) cross join (values ('w1'), ('w2')) as made(w)"""
#: (table, check): (SQL that breaks it, severity)
BROKEN = {
    ("stock_ledger", "ledger_closes"): ("update marts.stock_ledger set closing_qty = 12 where date = '2026-03-01'", "block"),
    ("stock_ledger", "ledger_carries_on"): ("delete from marts.stock_ledger where date = '2026-03-02'", "block"),
    ("stock_ledger", "ledger_has_every_move"): (_MOVE, "block"),
    ("stock_ledger", "only_stocktakes_adjust"): ("update marts.stock_ledger set is_counted = false", "block"),
    ("stock_ledger", "little_is_unexplained"): ("update marts.stock_ledger set unexplained_qty = 1", "warn"),
    ("stock_ledger", "no_negative_stock_without_an_oversell"): ("delete from marts.oversell", "warn"),
    ("fct_stock_days", "one_stock_is_counted_once"): (_TWICE, "warn"),
    ("oversell", "oversold_is_sold_less_sellable"): ("update marts.oversell set oversold_qty = 2", "block"),
    ("demand_forecast", "forecast_is_never_worse_than_naive"): ("update marts.demand_forecast set backtest_wmape = 0.7", "block"),
    ("demand_forecast", "forecast_quantiles_in_order"): ("update marts.demand_forecast set p90 = 0.5", "block"),
    ("warehouse_allocation", "transfers_within_stock_and_capacity"): ("update intermediate.int_stock_transfers set quantity = 6", "block"),
}  # fmt: skip
