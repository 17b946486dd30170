"""The sources: one row each. A platform whose export is a file needs a row here and its contracts, and no Python."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """schedule: cron in Asia/Shanghai; look_back_days: how far back an API is asked again, as figures are restated."""

    name: str
    datasets: tuple[str, ...]
    look_back_days: int
    schedule: str
    api: bool = False


SOURCES: tuple[Source, ...] = (
    Source("douyin", ("orders", "orders_api", "after_sales"), 30, "0 2 * * *"),
    Source("qianchuan", ("ad_reports",), 3, "10 2 * * *", api=True),
    Source("kuaidi100", ("tracks",), 30, "20 2 * * *"),
    Source("erp", ("stock",), 1, "5 2 * * *"),
    Source("shop", ("products", "warehouses"), 1, "0 2 * * *"),
    Source("web", ("touchpoints",), 7, "15 2 * * *"),
    Source("crm", ("identity_links",), 7, "15 2 * * *"),
)


def find_source(name: str) -> Source:
    """The source of that name; KeyError naming the known ones."""
    found = next((s for s in SOURCES if s.name == name), None)
    if found is None:
        raise KeyError(f"no source {name!r}; known: {', '.join(s.name for s in SOURCES)}")
    return found
