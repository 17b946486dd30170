"""The business day (业务日, Asia/Shanghai) of an Airflow run.

Partitions of Fupan's DAGs are named by their business day (``2026-11-21``), not by the instant at which they run: the
run of 22 November, 02:00 in Beijing, reads the day that ended two hours before. Everything that needs the day
asks here, so that the rule is written once. Nothing in here looks at the clock or at the machine's time zone.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
TIMEZONE = "Asia/Shanghai"
KEY_FORMAT = "%Y-%m-%d"


class NoBusinessDay(ValueError):
    """The run says nowhere for which business day it is, or says it in a form that could mean two days."""


def parse_day(text: str, origin: str) -> dt.date:
    """Return ``text`` (``YYYY-MM-DD``, nothing else) as a date; ``origin`` names the field in the error.

    Raises NoBusinessDay for any other form: an instant such as ``2026-11-22T02:00:00`` is refused because it is the
    time of a run, and a reader cannot tell whether that day or the day before it is meant.
    """
    try:
        day = dt.datetime.strptime(text, KEY_FORMAT).date()
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != text:
        raise NoBusinessDay(f"{origin} must be a business day written YYYY-MM-DD, got {text!r}")
    return day


def day_before(instant: dt.datetime) -> dt.date:
    """Return the Beijing calendar day before the one that holds ``instant`` (aware, any zone).

    Raises NoBusinessDay for a naive datetime: its day would depend on where the machine stands.
    """
    if instant.utcoffset() is None:
        raise NoBusinessDay(f"cannot tell the business day of {instant!r}: it has no time zone")
    return instant.astimezone(BEIJING).date() - dt.timedelta(days=1)


def business_day(dag_run: Any, params: Mapping[str, Any]) -> dt.date:
    """Return the business day that a run is for.

    Looked for in this order: ``params["business_day"]`` (what a person typed), ``dag_run.partition_key`` (scheduled
    runs, backfills and runs started by assets), and for a run started by hand the Beijing day before its
    logical date. Raises NoBusinessDay when none is there.
    """
    typed = params.get("business_day")
    if typed:
        return parse_day(str(typed), "params.business_day")
    key = dag_run.partition_key
    if key:
        return parse_day(key, "the partition key")
    if dag_run.logical_date is not None:
        return day_before(dag_run.logical_date)
    raise NoBusinessDay(
        "this run has neither a partition key nor a logical date: trigger it again with a partition key or "
        'with the parameter {"business_day": "YYYY-MM-DD"}'
    )


def history_start(params: Mapping[str, Any], day: dt.date) -> dt.date | None:
    """Return ``params["since"]`` as the first day of history to fetch, or None for the source's own look-back.

    Raises NoBusinessDay when it is not a date or lies after ``day``.
    """
    typed = params.get("since")
    if not typed:
        return None
    since = parse_day(str(typed), "params.since")
    if since > day:
        raise NoBusinessDay(f"params.since {since} lies after the business day {day}")
    return since
