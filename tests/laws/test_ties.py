"""Two files of the same age that disagree: which one wins must not hang on which was loaded first."""

from __future__ import annotations

from pathlib import Path

from test_order import differing

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
#: text of a golden input -> what its rival of the same export time says instead
RIVALS = {
    "attribution/inbox/douyin/orders/orders_20260915020000.csv": ("50.00", "51.00"),
    "attribution/inbox/douyin/orders_api/orders_20260915020000.json": ("羊绒围巾", "羊毛围巾"),
    "attribution/inbox/qianchuan/ad_reports/report_20260915020000.json": ('"stat_cost": 20.0', '"stat_cost": 21.0'),
    "attribution/inbox/web/touchpoints/touchpoints_20260915020000.csv": ("utm_source=social", "utm_source=weibo"),
    "refunds/inbox/douyin/after_sales/售后单_20260910020000.csv": ("30.00", "31.00"),
    "stock/inbox/erp/stock/stock_20260908020000.json": ('"stock_num": 40', '"stock_num": 41'),
    "stock/inbox/shop/products/products_20260908020000.csv": ("10.00,4.00", "11.00,4.00"),
    "stock/inbox/shop/warehouses/warehouses_20260908020000.csv": ("5000", "5100"),
}


def _pairs(folder: Path) -> tuple[list, list]:
    """The golden files, and beside each a rival: same name, so same export time, with one thing said otherwise."""
    originals, rivals = [], []
    for name, (old, new) in RIVALS.items():
        original = GOLDEN / name
        source, dataset = original.parts[-3:-1]
        text = original.read_text(encoding="utf-8")
        assert old in text, f"{name} no longer says {old}"
        rival = folder / source / dataset / original.name
        rival.parent.mkdir(parents=True, exist_ok=True)
        rival.write_text(text.replace(old, new), encoding="utf-8")
        originals.append((source, dataset, original))
        rivals.append((source, dataset, rival))
    return originals, rivals


def test_ties_do_not_hang_on_the_order_of_loading(workshop, tmp_path):
    """Originals then rivals, rivals then originals: the same marts, and in each the rivals were real ones."""
    originals, rivals = _pairs(tmp_path)
    found = []
    for order in ([*originals, *rivals], [*rivals, *originals]):
        workshop.empty()
        loads = workshop.land(order)
        assert {x.status for x in loads} == {"loaded"}
        ages = {(x.source, x.dataset, x.exported_at) for x in loads}
        assert len(loads) == 2 * len(ages), "a rival is of another age"
        found.append(workshop.build_hashes())
    assert differing(*found) == []
