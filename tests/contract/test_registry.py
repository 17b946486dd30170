"""The registry: how far back each platform's figures are asked again, and what a wrong entry is told."""

from __future__ import annotations

import pytest

from ingest import registry
from ingest.registry import LookBack, find_source

#: how long the platforms restate what they told: a figure that changes after its look-back would never be corrected
RESTATED = {
    "qianchuan.ad_reports": LookBack(15, 3, 31), "qianchuan.material_reports": LookBack(15, 0, 31), "qianchuan.room_reports": LookBack(15, 0, 31),
    "qianchuan.order_links": LookBack(15, 0, 31), "tencent.ad_reports": LookBack(15, 3, 31), "kuaishou.ad_reports": LookBack(7, 3),
    "douyin.live_sessions": LookBack(14), "douyin.settlements": LookBack(31),
    **{f"{shop}.orders": LookBack(30) for shop in ("douyin", "kuaishou", "weixin", "taobao")},
    **{f"douyin.{dataset}": LookBack(30) for dataset in ("orders_api", "after_sales", "after_sales_api")},
}  # fmt: skip


@pytest.mark.fault(25)
@pytest.mark.parametrize("dataset", RESTATED)
def test_the_look_back_reaches_as_far_as_the_platform_restates(dataset):
    source, _, name = dataset.partition(".")
    assert find_source(source).look_back[name] == RESTATED[dataset]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("closed: [someday]", "bazaar: closed 'someday' is neither a weekday"),
        ("close: [sunday]", "bazaar: unknown key close; known: api, closed, look_back, schedule, title"),
        ("look_back: {orders: 400}", "bazaar.orders: look_back 400 is neither a number of days"),
        ("schedule: daily", "schedule 'daily' is not a cron expression of five fields"),
    ],
)
def test_a_wrong_entry_is_told(tmp_path, entry, words):
    path = tmp_path / "sources.yml"
    path.write_text(f"bazaar:\n  {entry}\n")
    with pytest.raises(ValueError, match=words):
        registry._read((path,), ())


def test_closed_days_are_read(tmp_path):
    import datetime as dt

    (tmp_path / "bazaar").mkdir()
    (tmp_path / "bazaar" / "orders.odcs.yaml").touch()
    path = tmp_path / "sources.yml"
    path.write_text("bazaar:\n  closed: [sunday, 2026-10-01, 2026-12-24..2026-12-26]\n")
    (source,) = registry._read((path,), (tmp_path,))
    assert [day for day in (dt.date(2026, 10, d) for d in range(1, 8)) if day in source.closed] == [dt.date(2026, 10, 1), dt.date(2026, 10, 4)]  # fmt: skip
    assert dt.date(2026, 12, 26) in source.closed
