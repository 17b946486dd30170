"""Each quirk alone changes only the files it names; the number of processes and a choice of datasets change no byte."""

import pytest

from simulator.exports import write_exports
from simulator.quirks import QUIRKS
from simulator.world import World
from tests.unit.simulator.simulator_files import FIRST
from tests.unit.simulator.test_determinism import hashes

LAST = FIRST.replace(day=12)
#: quirk -> where its files are, as beginnings of paths within the inbox
TOUCHES = {
    "settlement_note_row": ("douyin/settlements/",),
    "old_fund_layout": ("douyin/fund_flows/",),
    "apostrophe_fund_ids": ("douyin/fund_flows/",),
    "yuan_signs": ("kuaishou/orders/",),
    "late_orders": ("kuaishou/orders/",),
    "slash_dates": ("kuaishou/orders/",),
    "kuaishou_optional_columns": ("kuaishou/orders/",),
    "weixin_brackets": ("weixin/orders/",),
    "formula_ids": ("taobao/orders/千牛",),
    "no_refund_text": ("taobao/orders/千牛",),
    "merged_order_ids": ("erp/stock_out/",),
    "mixed_time_types": ("erp/stock_out/", "erp/stock_in/"),
    "tab_ids": ("douyin/orders/",),
    "discount_as_text": ("douyin/orders/",),
    "next_day_placeholder": ("douyin/orders/",),
    "stock_xls": ("erp/stock/库存导出",),
    "courier_phones": ("kuaidi100/tracks/",),
    "push_envelopes": ("kuaidi100/tracks/",),
}
SOURCES = ("douyin.orders", "douyin.orders_api", "douyin.after_sales", "douyin.after_sales_api", "douyin.settlements",
           "douyin.fund_flows", "kuaishou.orders", "weixin.orders", "taobao.orders", "kuaidi100.tracks", "erp")  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=4, first_day=FIRST, days=12, orders_per_day=160)


@pytest.fixture(scope="module")
def plain(world, tmp_path_factory) -> dict[str, str]:
    """The files without any quirk."""
    inbox = tmp_path_factory.mktemp("plain")
    write_exports(world, inbox, FIRST, LAST, quirks=(), only=SOURCES)
    return hashes(inbox)


@pytest.mark.parametrize("quirk", TOUCHES)
def test_a_quirk_alone_changes_only_what_it_names(quirk, world, plain, tmp_path):
    write_exports(world, tmp_path, FIRST, LAST, quirks=[quirk], only=SOURCES)
    found = hashes(tmp_path)
    changed = {name for name in found.keys() | plain.keys() if found.get(name) != plain.get(name)}
    assert changed, "the quirk does something"
    assert all(name.startswith(TOUCHES[quirk]) for name in changed)


def test_聚水潭_takes_over_one_warehouse(world, plain, tmp_path):
    write_exports(world, tmp_path, FIRST, LAST, quirks=["jst_files"], only=["erp"])
    found = hashes(tmp_path)
    changed = {name for name in found if found[name] != plain.get(name)}
    assert {name.split("/")[2].split("_")[0] for name in changed} == {"inventory", "stockout", "聚水潭订单"}


def test_every_quirk_of_these_files_is_tried():
    """Quirks of layouts that the other tests of this folder look at are named there."""
    elsewhere = QUIRKS.keys() - TOUCHES.keys()
    assert not {
        name for name in elsewhere if name.startswith(("settlement", "old_fund", "kuaishou", "weixin", "formula"))
    }


def test_the_number_of_processes_changes_no_byte(world, tmp_path):
    listed = {}
    for processes in (1, 2):
        inbox = tmp_path / str(processes)
        written = write_exports(world, inbox, FIRST, LAST, processes=processes)
        listed[processes] = [path.relative_to(inbox) for path in written]
    assert listed[1] == listed[2] and len(listed[1]) > 60
    one, two = hashes(tmp_path / "1"), hashes(tmp_path / "2")
    assert one == two and one.keys() == {path.as_posix() for path in listed[1]}


def test_only_some_datasets(world, tmp_path):
    written = write_exports(world, tmp_path / "inbox", FIRST, FIRST, only=["erp.stock_in", "kuaishou.orders"])
    assert {path.parts[-3:-1] for path in written} == {("erp", "stock_in"), ("kuaishou", "orders")}
    assert {path for path in (tmp_path / "inbox").rglob("*.*")} == set(written)
    assert [path.name for path in tmp_path.iterdir()] == ["inbox"], "nothing is left beside the inbox"
    with pytest.raises(ValueError, match="nothing writes jd.orders"):
        write_exports(world, tmp_path / "inbox", FIRST, FIRST, only=["jd.orders"])
    with pytest.raises(ValueError, match="no file of erp.nothing"):
        write_exports(world, tmp_path / "inbox", FIRST, FIRST, only=["erp.nothing"])


def test_pieces_of_any_size_make_the_same_files(world, tmp_path, monkeypatch):
    import simulator.world

    write_exports(world, tmp_path / "whole", FIRST, LAST, only=SOURCES)
    monkeypatch.setattr(simulator.world.World.pieces, "__defaults__", (None, 17))
    monkeypatch.setattr(simulator.world, "KEPT_ROWS", 3000)
    fresh = World(seed=4, first_day=FIRST, days=12, orders_per_day=160)
    write_exports(fresh, tmp_path / "pieces", FIRST, LAST, only=SOURCES)
    assert len(fresh._cohorts) < 8, "the oldest days are forgotten and made again"
    whole, pieces = (tmp_path / "whole", tmp_path / "pieces")
    one, two = hashes(whole), hashes(pieces)
    assert one.keys() == two.keys()
    # What stands by parcel or by the moment of a case is in order within a piece; the rest is so within the file.
    by_piece = ("douyin/after_sales", "douyin/fund_flows", "kuaidi100", "erp/stock_out")
    assert {name for name in one if one[name] != two[name]} <= {name for name in one if name.startswith(by_piece)}
    for name in one:
        if name.startswith("douyin/fund_flows"):
            assert sorted((whole / name).read_bytes().splitlines()) == sorted((pieces / name).read_bytes().splitlines())
