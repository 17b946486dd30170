"""Formats of ours and 企业微信: every column is known by its documented name, CSV and JSONL load the same, rules go red."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from ingest_files import csv_text, law_holds, put, raw_rows, set_aside

from expectations.landing_gate import LandingLoad, run_landing_gate
from ingest.contract import load_contract
from ingest.home import raw_object
from ingest.landing import land_file
from ingest.protect import identity_key

#: one good row of each dataset, in the documented order of columns; * marks the required ones
ROWS = {
    "crm.members": "*member_id=M1 *identity_type=phone *identity_id=13800138000 *joined_at=2026-09-01T08:00:00+08:00 level=金卡 points=120 birthday_month=9 province=浙江省",
    "crm.member_events": "*event_id=E1 *member_id=M1 *occurred_at=2026-09-01_08:00:00 *event_type=redeem points_delta=-100",
    "crm.referrals": "*referral_id=R1 *campaign_id=C1 *inviter_type=unionid *inviter_id=un_1 *invitee_type=phone *invitee_id=+86-138-0013-8000 *invited_at=2026-09-01_08:00:00 accepted_at= reward_cny=5.00",
    "crm.service_tickets": "*ticket_id=T1 *opened_at=2026-09-01_08:00:00 *channel=飞鸽 *topic=退款 order_id=6917926768823643751 first_reply_at=2026-09-01_08:01:00 resolved_at= agent_id=KF01 solution=已回电13800138000 identity_type=open_id identity_id=1@#a",
    "shop.reviews": "*review_id=V1 *product_id=3600137140018749665 *reviewed_at=2026-09-01_08:00:00 *rating=1 *content=掉色，打我13800138000 order_id=6917926768823643751",
    "shop.experiments": "*experiment_id=X1 *name=推送 *subject=promotion *variant_id=A *is_control=true *planned_share=100% *started_at=2026-09-01_00:00:00 ended_at= primary_metric=conversion_rate",
    "shop.experiment_assignments": "*experiment_id=X1 *variant_id=A *identity_type=open_id *identity_id=1@#a *assigned_at=2026-09-01_08:00:00",
    "shop.qualifications": "*product_id=3600137140018749665 *document_type=inspection *document_no=QD1 *valid_from=2026-01-01 *valid_to=2027-01-01 issuer=SGS",
    "plan.gmv_targets": "*year=2026 *quarter=3 category=女装 *target_cny=1,000,000.00 baseline_rate=85%",
    "plan.category_shares": "*year=2026 *category_tier=core *planned_share=1",
    "plan.promotions": "*promotion_id=P1 *name=双11 *starts_on=2026-10-24 *ends_on=2026-11-11 *uplift=2.3",
    "plan.live_schedule": "*plan_id=P1 *account_id=A1 *starts_at=2026-09-01_20:00:00 *ends_at=2026-09-02_00:30:00 *host_id=H1 *host_name=小满 role=co_host live_session_id=7300000000000000001",
    "plan.assortments": "*plan_id=P1 *product_id=3600137140018749665 *position=1 *role=traffic",
    "plan.scripts": "*script_id=S1 *plan_id=P1 *reviewed_at=2026-09-01_08:00:00 *content=全网最低价 reviewer=王敏 verdict=通过",
    "plan.control_actions": "*action_id=A1 *live_session_id=7300000000000000001 *requested_at=2026-09-01_20:00:00 *action=reprice completed_at=2026-09-01_20:00:09 operator_role=中控",
    "plan.incidents": "*incident_id=I1 *kind=stream *level=1 *started_at=2026-09-01_20:00:00 detected_at=2026-09-01_20:00:05 responded_at= recovered_at= live_session_id= product_id= note=联系人：张三",
    "plan.benchmarks": "*month=2026-09 *category=女装 *metric=gpm *value=815.3 source=月报",
    "market.competitor_sessions": "*competitor_id=C1 *session_id=s1 *started_at=2026-09-01_19:00:00 *ended_at=2026-09-01_23:00:00 *category=女装 *viewers=12000 avg_watch_seconds=61.5 interactions=90 orders= gmv_cny=1.2万",
    "market.competitor_prices": "*product_id=3600137140018749665 *competitor_id=C1 *seen_at=2026-09-01_11:00:00 *price_cny=89.90",
    "supply.suppliers": "*supplier_id=S1 *supplier_name=海宁某织造有限公司 *category=女装 lead_time_days=12 contract_tier=年框 monthly_capacity=3000",
    "supply.supplier_cases": "*case_id=K1 *supplier_id=S1 *opened_at=2026-09-01_09:00:00 *kind=defect responded_at=2026-09-01_11:00:00 closed_at=",
}  # fmt: skip
NAME = "export_20260902020000"


def row_of(dataset: str, **cells: str) -> dict[str, str]:
    """The good row of a dataset as text, some cells replaced."""
    pairs = (cell.lstrip("*").split("=", 1) for cell in ROWS[dataset].split(" "))
    return {name: value.replace("_", " ", 1) if ":" in value else value for name, value in pairs} | cells


def required_of(dataset: str) -> list[str]:
    # a target of the whole year leaves the quarter blank; only the column must be there (requireOneOf)
    names = [cell[1:].split("=")[0] for cell in ROWS[dataset].split(" ") if cell.startswith("*")]
    return [n for n in names if (dataset, n) != ("plan.gmv_targets", "quarter")]


def landed(home, folder, dataset: str, rows: list[dict[str, str]], name: str = f"{NAME}.csv"):
    """Land rows as CSV, or as JSONL by the name; the law of counting is checked."""
    if name.endswith("jsonl"):
        text = "".join(json.dumps({k: v or None for k, v in r.items()}, ensure_ascii=False) + "\n" for r in rows)
    else:
        text = csv_text(rows, rows[0])
    load = land_file(put(folder, text, name, encoding="utf-8"), *dataset.split("."), home)
    assert load.status == "refused" or law_holds(home, load), load
    return load


def kept(home, load) -> list[dict]:
    return [{k: v for k, v in row.items() if not k.startswith("_")} for row in raw_rows(home, load)]


@pytest.mark.parametrize("dataset", ROWS)
def test_documented_columns_load_alike_from_csv_and_jsonl(home, tmp_path, dataset):
    contract, row = load_contract(*dataset.split(".")), row_of(dataset)
    assert [c.header for c in contract.columns] == list(row)
    assert [c.header for c in contract.columns if c.required] == required_of(dataset)
    loads = [
        landed(home, tmp_path / "in", dataset, [row], name) for name in (f"{NAME}.csv", "later_20260903020000.jsonl")
    ]
    assert [(x.status, x.rows_loaded) for x in loads] == [("loaded", 1)] * 2, [x.reason for x in loads]
    assert all(x.notes.startswith("no control total") and ";" not in x.notes for x in loads), (
        "nothing else is to be told"
    )
    assert kept(home, loads[0]) == kept(home, loads[1])
    [found] = kept(home, loads[0])
    assert {c.name for c in contract.kept} == set(found)
    assert {n for n, v in found.items() if v is None} == {c.name for c in contract.columns if not row[c.header]}


@pytest.mark.parametrize("dataset", ROWS)
def test_a_required_cell_that_is_blank_is_set_aside_and_a_missing_column_refuses(home, tmp_path, dataset):
    for name in required_of(dataset):
        rows = [row_of(dataset), row_of(dataset, **{name: ""})]
        load = landed(home, tmp_path / name, dataset, rows, f"{name}_20260902020000.csv")
        assert (load.status, load.rows_loaded, load.rows_quarantined) == ("loaded", 1, 1), name
        assert set_aside(home, load)[0]["column"] == name
    for name in [*required_of(dataset), *(["quarter"] if dataset == "plan.gmv_targets" else [])]:
        lacking = [{k: v for k, v in row_of(dataset).items() if k != name}]
        refused = landed(home, tmp_path / "lacking", dataset, lacking, f"no_{name}_20260902020000.csv")
        assert refused.status == "refused" and f"required column {name!r} is missing" in refused.reason


def test_values_units_and_times(home, tmp_path):
    def one(dataset: str) -> dict:
        return kept(home, landed(home, tmp_path, dataset, [row_of(dataset)]))[0]

    target = one("plan.gmv_targets")
    assert (target["target_cny"], target["baseline_rate"]) == (Decimal("1000000.00"), Decimal("0.85"))
    assert one("crm.members")["joined_at"] == dt.datetime(2026, 9, 1, 8)
    assert one("shop.experiments")["planned_share"] == 1
    assert one("market.competitor_sessions")["gmv_cny"] == Decimal("12000.00")
    assert one("plan.live_schedule")["ends_at"] == dt.datetime(2026, 9, 2, 0, 30)
    assert one("shop.qualifications")["valid_to"] == dt.date(2027, 1, 1)


def test_people_stop_at_the_door_and_stay_joinable(home, tmp_path):
    def one(dataset: str, **cells: str) -> dict:
        return kept(home, landed(home, tmp_path, dataset, [row_of(dataset, **cells)]))[0]

    member, referral = one("crm.members"), one("crm.referrals")
    assert member["identity_id"] == referral["invitee_id"] and len(member["identity_id"]) == 64, (
        "one phone, however written"
    )
    assert member["member_id"] == one("crm.member_events")["member_id"] != "M1"
    assert one("shop.reviews")["content"] == "掉色，打我[电话]"
    assert one("crm.service_tickets")["solution"] == "已回电[电话]"
    assert one("plan.incidents")["note"] == "联系人：[姓名]"
    assert "王敏" not in one("plan.scripts")["reviewer"] and one("plan.live_schedule")["host_name"] == "小满"
    assert identity_key(home) == bytes(range(32))


def test_group_members_explode_and_names_are_dropped(home, tmp_path):
    member = {"userid": "wm1", "type": 2, "join_time": 1788192000, "join_scene": 3, "state": "card", "unionid": "un_1", "name": "张三", "group_nickname": "三哥"}  # fmt: skip
    invited = {"userid": "wm2", "type": 2, "join_time": 1788192060, "join_scene": 1, "invitor": {"userid": "lihua"}}
    owner = {"userid": "lihua", "type": 1, "join_time": 1788000000, "join_scene": 1}
    chat = {"chat_id": "wr1", "name": "福利群", "owner": "lihua", "create_time": 1788000000, "notice": "找李四", "member_list": [owner, member, invited], "admin_list": [{"userid": "lihua"}]}  # fmt: skip
    answer = json.dumps({"errcode": 0, "errmsg": "ok", "group_chat": chat}, ensure_ascii=False)
    bare = json.dumps(chat, ensure_ascii=False)
    found = []
    for number, text in enumerate((answer, bare, f"[{bare}]")):
        path = put(tmp_path, text, f"groups_2026090{number + 1}020000.json", encoding="utf-8")
        load = land_file(path, "wecom", "group_members", home)
        assert load.status == "loaded" and load.rows_loaded == 3 and law_holds(home, load), load.reason
        assert load.exported_at == dt.datetime(2026, 9, number + 1, 2)
        found.append(kept(home, load))
    assert found[0] == found[1] == found[2]
    boss, first, second = found[0]
    assert (first["joined_at"], first["join_state"], first["member_type"]) == (dt.datetime(2026, 9, 1), "card", "2")
    assert boss["member_id"] == second["inviter_id"] and boss["owner_id"] == "lihua"
    link = {"left_type": "unionid", "left_id": "un_1", "right_type": "open_id", "right_id": "o1", "linked_at": "2026-09-01 08:00:00"}  # fmt: skip
    assert first["unionid"] == kept(home, landed(home, tmp_path, "crm.identity_links", [link]))[0]["left_id"]
    everything = json.dumps(found, ensure_ascii=False, default=str)
    assert not [name for name in ("张三", "三哥", "李四", "wm1", "un_1") if name in everything]


def test_daily_stats_are_told_apart_and_an_error_is_no_data(home, tmp_path):
    answers = {
        "by_day": {"items": [{"stat_time": 1788192000, "data": {"chat_total": 9, "member_total": 100, "new_member_cnt": 4}}]},
        "by_owner": {"items": [{"stat_time": 1788192000, "owner": "lihua", "data": {"chat_total": 2}}]},
        "staff": {"behavior_data": [{"stat_time": 1788192000, "userid": "lihua", "chat_cnt": 7, "reply_percentage": 80.5}]},
    }  # fmt: skip
    rows = []
    for name, body in answers.items():
        text = json.dumps({"errcode": 0, "errmsg": "ok", **body})
        load = land_file(put(tmp_path, text, f"{name}_20260902020000.json"), "wecom", "daily_stats", home)
        assert load.status == "loaded" and law_holds(home, load), load.reason
        rows += kept(home, load)
    keys = [(r["stat_at"], r["owner_id"], r["staff_id"]) for r in rows]
    day = dt.datetime(2026, 9, 1)
    assert keys == [(day, None, None), (day, "lihua", None), (day, None, "lihua")]
    assert (rows[0]["members"], rows[1]["groups"], rows[2]["reply_rate"]) == (100, 2, Decimal("0.805"))
    wrong = '{"errcode":40014,"errmsg":"invalid access_token"}'
    for number, dataset in enumerate(("daily_stats", "group_members")):
        good = json.dumps(answers["by_day"]) if dataset == "daily_stats" else json.dumps({"errcode": 0, "group_chat": {"chat_id": "a", "member_list": [{"userid": "u"}]}})  # fmt: skip
        for name, text in (("alone", wrong), ("among", f"{good}\n{wrong}")):
            path = put(tmp_path, text, f"{name}_2026090{number + 3}020000.jsonl")
            load = land_file(path, "wecom", dataset, home)
            assert load.status == "refused" and "40014" in load.reason, (
                "a group missing from a snapshot would read as left"
            )


#: rule -> (dataset, rows that break it, whether it blocks)
BROKEN = {
    "birthday_month_is_a_month": ("crm.members", [{"birthday_month": "0901"}], False),
    "redeem_burns_points": ("crm.member_events", [{"points_delta": "100"}], False),
    "accepted_not_before_invited": ("crm.referrals", [{"accepted_at": "2026-08-01 00:00:00"}], False),
    "answered_after_opened": ("crm.service_tickets", [{"first_reply_at": "2026-08-01 00:00:00"}], False),
    "rating_within_1_to_5": ("shop.reviews", [{"rating": "100"}], True),
    "one_control_each": ("shop.experiments", [{"planned_share": "50%"}, {"variant_id": "B", "planned_share": "0.5"}], True),
    "shares_sum_to_one": ("plan.category_shares", [{"planned_share": "0.5"}], False),
    "valid_to_not_before_valid_from": ("shop.qualifications", [{"valid_to": "2025-01-01"}], False),
    "quarter_is_1_to_4": ("plan.gmv_targets", [{"quarter": "9"}], True),
    "ends_not_before_start": ("plan.promotions", [{"ends_on": "2026-01-01"}], True),
    "ends_after_start": ("plan.live_schedule", [{"ends_at": "2026-09-01 00:30:00"}], False),
    "completed_not_before_requested": ("plan.control_actions", [{"completed_at": "2026-09-01 00:00:00"}], False),
    "level_is_1_to_3": ("plan.incidents", [{"level": "0"}], True),
    "month_is_year_and_month": ("plan.benchmarks", [{"month": "2026-13"}], False),
    "price_positive": ("market.competitor_prices", [{"price_cny": "0"}], False),
    "vocabulary_document_type": ("shop.qualifications", [{"document_type": "3C认证"}], False),
    "unique_key": ("supply.suppliers", [{}, {"lead_time_days": "9"}], True),
}  # fmt: skip


def test_every_rule_is_green_on_good_rows_and_red_on_bad_ones(home, tmp_path):
    """One run of the gate over a good load of every dataset and a bad load for every rule."""
    loads = {d: landed(home, tmp_path, d, [row_of(d)]) for d in ROWS}
    for rule, (dataset, changes, _) in BROKEN.items():
        rows = [row_of(dataset, **cells) for cells in changes]
        loads[rule] = landed(home, tmp_path, dataset, rows, f"{rule}_20260902030000.csv")
    assert all(x.status == "loaded" and not x.rows_quarantined for x in loads.values())
    given = [LandingLoad(x.source, x.dataset, x.load_id, raw_object(home, x.source, x.dataset, x.load_id)) for x in loads.values()]  # fmt: skip
    results = run_landing_gate(given, home=home, run_id="own")
    red = {
        name: {r.check: r for r in results if r.subject == load.load_id and not r.passed}
        for name, load in loads.items()
    }
    for name, found in red.items():
        if name in ROWS:
            assert not found, (name, found)
        else:
            assert set(found) == {name}, (name, set(found))
            assert found[name].blocks == BROKEN[name][2] and found[name].rows_failed


def test_the_good_rows_are_csv_as_documented():
    """Guards the table above: every dataset of ours stands in it."""
    from ingest.registry import sources

    ours = {
        f"{s.name}.{d}" for s in sources() if s.name in ("crm", "shop", "plan", "market", "supply") for d in s.datasets
    }
    assert ours - set(ROWS) == {"crm.identity_links", "shop.products", "shop.warehouses"} and set(ROWS) <= ours
    assert next(csv.reader(io.StringIO(csv_text([row_of("plan.assortments")], row_of("plan.assortments"))))) == ["plan_id", "product_id", "position", "role"]  # fmt: skip
