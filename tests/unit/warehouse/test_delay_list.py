"""The compensation list: openable, safe to open, without people, never the same parcel or order twice, whole or not at all."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from warehouse_fakes import checked_candidate, fupan

from warehouse import delay_list

DAY = dt.date(2026, 9, 5)


def version(path, rows: str):
    """A published file with these rows (tracking_no, order_ids, coupon_cny) on the list."""
    import duckdb

    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"create schema marts; create table marts.delayed_parcels as select *, 'yunda' as carrier_code, '浙江省' as province, 'new' as customer_tier,"
            f" 'lost' as reason, 'lost' as parcel_state, timestamp '2026-09-04 23:30:00' as late_since_at, 1.50 as hours_late, 'ck1' as customer_key"
            f" from (values {rows}) as made(tracking_no, order_ids, coupon_cny)"
        )
    return path


def rows_of(path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def test_a_person_can_open_it(tmp_path):
    made = version(
        tmp_path / "v.duckdb", "('432000000000017', '6920000000000000001,6920000000000000011', 8.00), ('78', '1', 0.00)"
    )
    path = delay_list.write_delay_list(tmp_path, made, DAY)
    data = path.read_bytes()
    assert (
        path.name == "delayed_parcels_2026-09-05.csv" and data.startswith(b"\xef\xbb\xbf") and data.count(b"\r\n") == 2
    )
    assert rows_of(path) == [
        ["432000000000017\t", "6920000000000000001,6920000000000000011\t", "yunda", "浙江省", "新客", "疑似丢件", "疑似丢件", "2026-09-04 23:30:00", "1.50", "8.00"]
    ]  # fmt: skip
    assert b"ck1" not in data, "no customer stands on it"


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1"])
def test_no_cell_is_a_formula(tmp_path, bad):
    made = version(tmp_path / "v.duckdb", f"('{bad}', '{bad}', 8.00)")
    assert all(
        not cell.startswith(("=", "+", "-", "@", "\t", "＝"))
        for row in rows_of(delay_list.write_delay_list(tmp_path, made, DAY))
        for cell in row
    )


def test_a_parcel_and_its_order_stand_on_one_days_list_only(tmp_path):
    made = version(tmp_path / "v.duckdb", "('A1', 'o1', 8.00), ('B1', 'o2', 8.00)")
    delay_list.write_delay_list(tmp_path, made, DAY)
    again = delay_list.write_delay_list(tmp_path, made, DAY)
    assert [row[0] for row in rows_of(again)] == ["A1\t", "B1\t"], "the same day once more is the same list"
    # the next day: A1 again, another parcel of o2, and a new one
    made = version(tmp_path / "v.duckdb", "('A1', 'o1', 15.00), ('B2', 'o3,o2', 8.00), ('C1', 'o4', 8.00)")
    assert [row[0] for row in rows_of(delay_list.write_delay_list(tmp_path, made, DAY + dt.timedelta(days=1)))] == [
        "C1\t"
    ]
    # an older day that is built again does not look at later lists
    assert len(rows_of(delay_list.write_delay_list(tmp_path, made, DAY))) == 3


def test_whole_or_not_at_all(tmp_path, monkeypatch):
    made = version(tmp_path / "v.duckdb", "('A1', 'o1', 8.00)")
    before = delay_list.write_delay_list(tmp_path, made, DAY).read_bytes()

    def breaks(name, value):
        raise OSError("disk full")

    monkeypatch.setattr(delay_list, "_cell", breaks)
    with pytest.raises(OSError, match="disk full"):
        delay_list.write_delay_list(tmp_path, made, DAY)
    assert [p.name for p in (tmp_path / "reports").iterdir()] == ["delayed_parcels_2026-09-05.csv"]
    assert delay_list.list_file(tmp_path, DAY).read_bytes() == before


def test_publishing_writes_it_and_so_does_the_command(tmp_path):
    import duckdb

    from warehouse import steps
    from warehouse.layout import candidate_file

    run = checked_candidate(tmp_path, "r1", 1)
    assert delay_list.write_delay_list(tmp_path, candidate_file(tmp_path, run), DAY) is None, (
        "a version without the mart has no list"
    )
    with duckdb.connect(str(candidate_file(tmp_path, run))) as connection:
        columns = ", ".join(
            f"null::varchar as {c}" for c in delay_list.COLUMNS if c not in ("tracking_no", "coupon_cny", "hours_late")
        )
        connection.execute(
            f"create table marts.delayed_parcels as select 'A1' as tracking_no, 8.00 as coupon_cny, 1.00 as hours_late, {columns}"
        )
    steps.publish_candidate(run, home=tmp_path)
    path = delay_list.list_file(tmp_path, DAY)
    assert [row[0] for row in rows_of(path)] == ["A1\t"]
    path.unlink()
    told = fupan(tmp_path, "export")
    assert told.returncode == 0 and told.stdout.strip() == str(path) and path.exists()
