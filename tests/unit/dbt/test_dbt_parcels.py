"""Known answers of parcels, refunds, bills, tickets and return alerts, worked out by hand; as_of is 2026-10-01."""

from datetime import date
from decimal import Decimal as D
from math import sqrt


def parcel(ask, number: str, columns: str) -> tuple:
    return ask(f"select {columns} from marts.parcel_sla where tracking_no = '{number}'")[0]


def test_an_hour_late_across_midnight(ask):
    legs = "ship_hours_late, is_ship_late, pickup_hours, transit_hours, last_mile_hours, delivery_hours, stalled_hours, is_delivery_late, promise_source"
    assert parcel(ask, "L1", legs) == (
        D("1.00"),
        True,
        D("2.00"),
        D("22.00"),
        D("24.00"),
        D("48.00"),
        D("24.00"),
        False,
        "order",
    )
    assert parcel(ask, "L1", "is_open, is_stalled, is_pickup_late, week_start_date") == (
        False,
        False,
        False,
        date(2026, 9, 21),
    )


def test_events_stand_by_their_own_time_whatever_was_told_first(ask):
    rows = ask(
        "select event_rank, event_state, is_newest, hours_since_previous from marts.fct_parcel_events where tracking_no = 'L1' order by 1"
    )
    assert rows == [
        (1, "picked_up", False, None),
        (2, "out_for_delivery", False, D("22.00")),
        (3, "signed", True, D("24.00")),
    ]


def test_the_rule_stands_in_for_the_promise_to_the_second(ask):
    assert parcel(ask, "L2", "is_ship_late, ship_hours_late, promise_source") == (False, D("0.00"), "rule")
    assert parcel(ask, "L3", "is_ship_late, ship_hours_late") == (True, D("0.00"))


def test_what_nobody_tracks_tells_nothing_of_the_way(ask):
    columns = "parcel_state, is_tracked, is_open, is_pickup_late, is_delivery_late, stalled_hours, is_lost"
    assert parcel(ask, "L2", columns) == ("created", False, True, None, None, None, False)


def test_an_order_in_three_parcels_is_paid_once(ask):
    rows = ask(
        "select tracking_no, paid_cny, is_split, order_ids from marts.parcel_sla where order_ids = 'sla-two' order by 1"
    )
    assert rows == [
        ("T1", D("33.34"), True, "sla-two"),
        ("T2", D("33.33"), True, "sla-two"),
        ("T3", D("33.33"), True, "sla-two"),
    ]


def test_a_parcel_that_only_the_warehouse_names(ask):
    rows = ask("select tracking_no, order_ids, order_count, paid_cny, is_orphan from marts.parcel_sla where tracking_no in ('W1', 'W2', 'W3')")  # fmt: skip
    assert rows == [("W1", "sla-erp1,sla-erp2", 2, D("200.00"), False)]


def test_a_parcel_that_stands_still_grows_older_to_the_end_of_the_day(ask):
    # open since 09-28 00:30; the longest silence lies between two events, 26th 03:00 to the 1st 12:00
    columns = "parcel_state, is_stalled, stalled_hours, is_delivery_late, delivery_hours_late"
    assert parcel(ask, "T2", columns) == ("in_transit", True, D("129.00"), True, D("95.50"))


def test_two_orders_in_one_parcel_and_its_way_back(ask):
    columns = "order_count, order_ids, is_merged, paid_cny, cast(promised_at as varchar), parcel_state, is_returned, delivery_hours_late"
    assert parcel(ask, "M1", columns) == (
        2,
        "sla-m1,sla-m2",
        True,
        D("200.00"),
        "2026-09-22 23:30:00",
        "returned",
        True,
        None,
    )


def test_a_lost_parcel_stops_ageing(ask):
    # last seen 09-03 12:00, lost after 15 days; 新疆 has 192 hours: due 09-09 12:00, nine days before it was given up
    columns = "parcel_state, is_open, is_lost, stalled_hours, cast(delivery_due_at as varchar), delivery_hours_late"
    assert parcel(ask, "X1", columns) == ("lost", False, True, D("360.00"), "2026-09-09 12:00:00", D("216.00"))


def test_orphans_and_ends(ask):
    rows = ask(
        "select tracking_no, parcel_state, is_orphan, order_count from marts.parcel_sla where tracking_no in ('E1', 'O1', 'O2', 'N1') order by 1"
    )
    assert rows == [
        ("E1", "signed", True, 0),
        ("N1", "in_transit", False, 1),
        ("O1", "picked_up", True, 0),
        ("O2", "created", True, 1),
    ]
    assert parcel(ask, "N1", "is_tracked, is_pickup_late, picked_up_at") == (True, True, None)


def test_the_carriers_week(ask):
    rows = ask(
        "select parcels, delivered, judged, on_time, lost, loss_rate, p50_hours from marts.carrier_scorecard where province like '新疆%'"
    )
    assert rows == [(1, 0, 1, 0, 1, D("1.000000"), None)]
    # L1 48 h and T1 26.5 h delivered in time; T2 and N1 are overdue; M1 went back, and stood still like these two; O1 and E1 have no province
    rows = ask(
        "select parcels, delivered, judged, on_time, p50_hours, p90_hours, stalled, returned from marts.carrier_scorecard"
        " where province = '浙江省' and carrier_code = 'yunda' and week_start_date = '2026-09-21'"
    )
    assert rows == [(5, 2, 4, 2, D("37.25"), D("45.85"), 3, 1)]


def test_the_compensation_list(ask):
    rows = ask(
        "select tracking_no, reason, hours_late, customer_tier, coupon_cny, compensated_by, compensated_cny, is_covered_by_other_parcel"
        " from marts.delayed_parcels order by 1"
    )
    found = {row[0]: row[1:] for row in rows}
    assert found["L1"] == ("shipped_late", D("1.00"), "new", D("8.00"), None, None, False)
    assert found["C1"] == ("shipped_late", D("48.00"), "unknown", D("0.00"), "fund_flow", D("5.00"), False)
    assert found["C2"] == ("shipped_late", D("48.00"), "unknown", D("0.00"), "ticket", None, False)
    assert found["C3"] == ("shipped_late", D("48.00"), "unknown", D("10.00"), None, None, False), (
        "a coupon about the price is none"
    )
    assert found["C4"][3] == D("0.00"), "the money is back"
    assert (found["C5"][3], found["C6"][3], found["C6"][6]) == (D("10.00"), D("0.00"), True)
    assert found["X1"] == ("lost", D("216.00"), "new", D("20.00"), None, None, False)
    # of the three parcels of one order the first late one carries the coupon, though another is later by now
    assert [found[n][3] for n in ("T1", "T2", "T3")] == [D("8.00"), D("0.00"), D("0.00")]
    assert found["T2"][0] == "stalled"
    assert not found.keys() & {"L2", "E1", "O1", "O2"}


def test_refunds_of_file_and_api(ask):
    columns = "after_sale_id, refund_cny, line_count, is_fast_refund, is_succeeded_at_estimated, cast(agreed_at as varchar), is_over_paid, is_suspicious"
    rows = ask(f"select {columns} from marts.fct_refunds where order_id like 'api-%' order by 1")
    assert rows == [
        ("AS-both", D("10.00"), 1, True, True, "2026-09-26 10:30:00", False, False),
        ("AS-over1", D("60.00"), 1, True, False, None, True, True),
        ("AS-over2", D("60.00"), 1, False, False, None, True, True),
        ("AS-shop", D("10.01"), 2, False, True, None, False, False),
        ("AS-wdr", D("0.00"), 1, False, False, None, False, False),
    ]  # fmt: skip


def test_a_case_of_several_lines_is_shared_to_the_cent(ask):
    # 10.01 by 20 : 10 = 6.673 and 3.337: the cent goes to the larger remainder
    rows = ask(
        "select sub_order_id, refund_to_date_cny from marts.fct_order_lines where order_id = 'api-shop' order by 1"
    )
    assert rows == [("api-shop-1", D("6.67")), ("api-shop-2", D("3.34"))]


def test_fast_refunds(ask):
    rows = ask(
        "select eligible, automatic, cycle_hours, agree_hours, is_within_target from marts.fast_refunds where after_sale_id = 'AS-both'"
    )
    assert rows == [(False, True, D("1.00"), D("0.50"), True)], "after shipping: not eligible, and yet it went"


def test_refunds_by_day(ask):
    rows = ask(
        "select applied, refunds, refund_cny, after_shipping_cny from marts.refund_daily where date = '2026-09-29' and product_id = 'P1'"
    )
    assert rows == [(0, 1, D("5.00"), D("5.00"))]


def test_refunds_by_age(ask):
    # other scenarios have refunds of that day too: they are all there once, and the last age has them all
    rows = ask(
        "select min(age_days), max(age_days), sum(refund_cny), max(refund_to_date_cny) from marts.refund_maturity where cohort_date = '2026-09-10'"
    )
    there = ask(
        "select coalesce(sum(refund_to_date_cny), 0) from marts.fct_order_lines where paid_date = '2026-09-10'"
    )[0][0]
    assert rows == [(0, 21, there, there)]
    rows = ask(
        "select age_days, refund_cny from marts.refund_maturity where cohort_date = '2026-09-20' and age_days = 9"
    )
    assert rows == [(9, D("5.00"))]


def test_refunds_beside_the_bills(ask):
    rows = ask(
        "select sub_order_id, verdict, difference_cny from marts.refund_reconciliation where sub_order_id like 'bil-%' order by 1"
    )
    assert rows == [
        ("bil-less-1", "missing_in_bill", D("7.00")),
        ("bil-more-1", "missing_in_refunds", D("-3.00")),
        ("bil-never-1", "not_settled", D("0.00")),
        ("bil-ok-1", "agreed", D("0.00")),
    ]


def test_tickets(ask):
    columns = "ticket_id, topic_group, is_answered_in_time, is_solved_in_time, reply_minutes, member_level, is_priority, ticket_state"
    rows = ask(f"select {columns} from marts.fct_service_tickets where ticket_id like 'TIC%' order by 1")
    assert rows == [
        ("TIC1", "product", True, False, D("60.00"), "黑钻", True, "solved"),
        ("TIC2", "product", False, False, D("60.02"), "金卡", True, "answered"),
        ("TIC3", "invoice", False, False, None, None, False, "open"),
        ("TIC4", "other", None, None, None, None, False, "open"),
    ]


def test_service_by_hour(ask):
    rows = ask(
        "select tickets, answered_within_1h, answered_within_1h_rate, unanswered, p50_reply_minutes, p90_reply_minutes, priority_tickets,"
        " priority_answered_within_1h_rate, priority_lead_rate from marts.service_sla where date = '2026-09-30' and hour = 23"
    )
    assert rows == [(3, 1, D("0.333333"), 1, D("60.01"), D("60.02"), 2, D("0.500000"), D("0.500000"))]
    rows = ask(
        "select tickets, answer_judged, answered_within_1h_rate from marts.service_sla where date = '2026-10-01' and hour = 23"
    )
    assert rows == [(1, 0, None)], "half an hour old at the end of the data: neither in time nor late"


def test_return_alarm(ask):
    columns = (
        "sold_lines, returned_lines, return_rate, own_baseline_rate, category_baseline_rate, is_enough, z, alarm_level"
    )
    row = ask(f"select {columns} from marts.return_alerts where product_id = 'RA1' and date = '2026-09-30'")[0]
    # exposure at the ends of the four windows before: 70 (to 09-23), 40, 40, 40 = 190 lines, 2 returns
    assert row[:6] == (30, 6, D("0.200000"), D("0.010526"), D("1.000000"), True)
    p = 2.5 / 191
    assert float(row[6]) == round((6 - 30 * p) / sqrt(30 * p * (1 - p)), 4)
    assert row[7] == "red"
    assert ask(
        "select is_enough, alarm_level from marts.return_alerts where product_id = 'RA2' and date = '2026-09-30'"
    ) == [(False, "none")]
