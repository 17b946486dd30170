"""The line of publications: increments, runs again, refused files and duplicates, each against what must not change."""

from __future__ import annotations

import shutil
from decimal import Decimal

import duckdb
import pytest
from test_order import differing

from warehouse.hashes import publication_hashes

#: ops tables that tell about the data and not about the runs
SAME_AFTER_A_RERUN = ("ops.freshness", "ops.loads", "ops.quarantine")
MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley")


@pytest.fixture(scope="module")
def line(company, workshop, tmp_path_factory):
    """Copies of four publications: `history`, `day` (the daily files added), `again` (nothing new) and `bad` (refused and repeated files)."""
    kept = tmp_path_factory.mktemp("line")
    workshop.empty()

    def publish(name: str):
        return shutil.copy(workshop.publish().resolve(), kept / f"{name}.duckdb")

    statuses = [x.status for x in workshop.land_together(company.history)]
    publications = {"history": publish("history")}
    # the master data of the fifth day are, byte for byte, those of the fourth, and yet a fact of their own: still so on the fifth
    statuses += [x.status for x in workshop.land_together(company.daily)]
    assert len(statuses) > 100 and set(statuses) == {"loaded"}
    publications["day"] = publish("day")
    publications["again"] = publish("again")
    assert {x.status for x in workshop.land_together(_bad(company, kept))} == {"refused", "duplicate"}
    publications["bad"] = publish("bad")
    return publications


def _bad(company, folder) -> list:
    """Every file once more, and four that must be refused: empty, of another dataset, cut, and no table at all."""
    orders = next(x for x in company.daily if x[:2] == ("douyin", "orders"))
    book = next(x for x in company.history if x[2].suffix == ".xlsx" and x[1] == "orders")
    other = orders[2].read_bytes() + b"\n"  # other bytes: those of a known file are a duplicate wherever they lie
    made = {"empty.csv": b"", "cut.xlsx": book[2].read_bytes()[:9000], "letter.csv": "亲，发货了吗？\n".encode()}
    for name, content in (made | {"other.csv": other}).items():
        (folder / name).write_bytes(content)
    refused = [("douyin", "orders", folder / name) for name in made]
    return [*company.history, *company.daily, *refused, ("web", "touchpoints", folder / "other.csv")]


def _rows(path, sql: str) -> list:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.fault(24, 25)
def test_history_and_increment_are_one_load_of_all(line, usual):
    """Published after the history and again after the day's files = all files landed first and built once."""
    marts = publication_hashes(line["day"], ("marts",))
    assert differing(usual, marts) == []
    before = publication_hashes(line["history"], ("marts",))
    assert len(differing(before, marts)) >= 10, "the day's files change something"


def test_a_run_without_news_changes_nothing(line):
    before, after = publication_hashes(line["day"]), publication_hashes(line["again"])
    same = [n for n in before if n.startswith("marts.") or n in SAME_AFTER_A_RERUN]
    assert len(same) > 50
    assert [n for n in same if before[n] != after[n]] == []
    assert _rows(line["again"], "select count(*) from ops.publications") == [(3,)]


@pytest.mark.fault(23)
def test_refused_and_repeated_files_change_no_mart(line, company):
    before, after = publication_hashes(line["again"], ("marts",)), publication_hashes(line["bad"], ("marts",))
    assert differing(before, after) == []
    told = dict(_rows(line["bad"], "select status, count(*) from ops.loads group by status"))
    files = len(company.history) + len(company.daily)
    assert told == {"loaded": files, "duplicate": files, "refused": 4}
    reasons = _rows(line["bad"], "select reason from ops.loads where status = 'refused'")
    assert all(reason for (reason,) in reasons)


def test_every_file_counts_up(line):
    """rows read = loaded + quarantined + non-data, for every load; and what was set aside is there to be read."""
    wrong = "select file_name from ops.loads where rows_read <> rows_loaded + rows_quarantined + rows_non_data"
    assert _rows(line["bad"], wrong) == []
    read, quarantined = _rows(line["bad"], "select sum(rows_read), sum(rows_quarantined) from ops.loads where status = 'loaded'")[0]  # fmt: skip
    assert read > 5000
    assert _rows(line["bad"], "select count(*) from ops.quarantine") == [(quarantined,)]


def test_credits_conserve(line):
    """For every paid order and model: shares sum to 1 exactly, credited money to the order's own, to the cent."""
    orders = _rows(
        line["bad"],
        """select platform, order_id, sum(gmv_cny) as gmv, sum(net_cny) as net from marts.fct_order_lines
        where paid_date is not null group by all""",
    )
    credited = _rows(
        line["bad"],
        """select platform, order_id, model, sum(credit_share), sum(credit_gmv_cny), sum(credit_net_cny)
        from marts.attribution_credits group by all""",
    )
    assert len(orders) > 150
    assert {model for _, _, model, *_ in credited} == set(MODELS)
    expected = {(p, o, m): (Decimal(1), gmv, net) for p, o, gmv, net in orders for m in MODELS}
    assert {(p, o, m): (share, gmv, net) for p, o, m, share, gmv, net in credited} == expected


@pytest.mark.fault(24)
def test_money_of_the_truth(line, company):
    """GMV and refunds of 抖店 by day are the planted ones, to the cent: nothing was lost or doubled between overlapping exports."""
    truth = duckdb.sql(
        f"select date, paid_lines, gmv_cny, refund_cny from '{company.truth}/daily.parquet' order by date"
    ).fetchall()
    told = _rows(
        line["bad"],
        """select d.date,
            (select count(*) from marts.fct_order_lines where platform = 'douyin' and paid_date = d.date),
            (select coalesce(sum(gmv_cny), 0) from marts.fct_order_lines where platform = 'douyin' and paid_date = d.date),
            (select coalesce(sum(refund_cny), 0) from marts.fct_refunds where platform = 'douyin' and succeeded_date = d.date)
        from (select unnest(generate_series(date '2026-09-01', date '2026-09-05', interval 1 day))::date as date) as d order by 1""",
    )
    assert len(truth) == 5 and all(gmv > 0 for _, _, gmv, _ in truth)
    assert told == truth


def test_stock_of_the_truth(line, company):
    """Stocks and deliveries are the planted ones, and what is called oversold was: of five days most others are locked pieces, sold by no order."""
    from benchmarks.stock_truth import score

    found = {what.split()[0]: told for what, *told in score(line["day"], company.truth)}
    (stocks, *stock), (deliveries, *received), (_, oversold, precision, recall), _ = found.values()
    assert stocks > 4_000 and stock[1:] == [1.0, 1.0]
    assert deliveries > 10 and received[1:] == [1.0, 1.0]
    assert oversold > 10 and precision > 0.9 and recall > 0.2
