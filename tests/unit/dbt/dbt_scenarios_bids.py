"""Scenarios of bid advice: an ad whose hours differ by more than chance, one with too few orders, and one with a falling margin."""

from __future__ import annotations

import datetime as dt

import dbt_rows as r

FIRST = dt.date(2026, 8, 3)  # a Monday; advice for the week of 08-31 looks back on four weeks
GOODS = {"product_id": "BID", "merchant_code": "BID-SKU"}  # of no known cost


def add(raw: dict) -> None:
    """Adds every scenario of this module to raw."""
    _steady(raw)
    _falling(raw)


def _row(ad: str, day: dt.date, hour: int, spend: str) -> dict:
    return {
        "stat_at": f"{day} {hour:02d}:00:00", "advertiser_id": "BID", "ad_id": ad, "campaign_id": "KB", "spend_cny": spend,
        "_load_id": f"bid-{ad}-{day}", "_exported_at": f"{day + dt.timedelta(days=1)} 02:00:00",
    }  # fmt: skip


def _order(raw: dict, name: str, ad: str, day: dt.date, hour: int, price: str, audience: str | None = None) -> None:
    paid = f"{day} {hour:02d}:30:00"
    raw["douyin__orders"].append(r.file_line(name, paid, price=price, **GOODS))
    raw["douyin__orders_api"].append(r.api_line(name, f"{name}-u", paid, price=price, **GOODS))
    raw["web__touchpoints"].append(
        r.touch(
            f"{name}-t", f"{name}-u", f"{day} {hour:02d}:10:00", ad_platform="qianchuan", ad_id=ad, audience_id=audience
        )
    )


def _steady(raw: dict) -> None:
    """bid-good: 10 yuan at 20:00 and 10 at 9:00 on each of 20 weekdays; one order of 100 a day at 20:00, one in all at 9:00.
    A week later an order at 20:00 for 10 yuan. bid-few: the same spend at 20:00 and three orders."""
    weekdays = [FIRST + dt.timedelta(days=n) for n in range(28) if n % 7 < 5]
    for number, day in enumerate(weekdays):
        raw["qianchuan__ad_reports"] += [_row("bid-good", day, hour, "10.00") for hour in (9, 20)]
        raw["qianchuan__ad_reports"].append(_row("bid-few", day, 20, "10.00"))
        _order(raw, f"bid-g{number}", "bid-good", day, 20, "100.00", "lookalike")
    _order(raw, "bid-morning", "bid-good", weekdays[0], 9, "100.00")
    for number in range(3):
        _order(raw, f"bid-f{number}", "bid-few", weekdays[number], 20, "100.00")
    after = FIRST + dt.timedelta(days=28)
    raw["qianchuan__ad_reports"].append(_row("bid-good", after, 20, "10.00"))
    _order(raw, "bid-after", "bid-good", after, 20, "100.00", "lookalike")


def _falling(raw: dict) -> None:
    """bid-fall: 12 days; twice the money brings hardly more: 20 yuan earn 100, 40 yuan earn 104 (+/- 1 by turns)."""
    for number in range(12):
        day = FIRST + dt.timedelta(days=number + number // 5 * 2)
        spend, earned = (20, 100) if number % 2 == 0 else (40, 104)
        earned += 1 if number % 4 < 2 else -1
        raw["qianchuan__ad_reports"].append(_row("bid-fall", day, 10, f"{spend}.00"))
        _order(raw, f"bid-d{number}", "bid-fall", day, 10, f"{earned}.00")
