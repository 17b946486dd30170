"""Beijing's clock: every moment that Fupan writes down is Beijing wall time, whatever zone the machine is set to."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def beijing_now() -> dt.datetime:
    """The moment, without a zone."""
    return dt.datetime.now(BEIJING).replace(tzinfo=None)


def run_name(kind: str) -> str:
    """A name that no other run of the home has: the kind and the moment, to the microsecond (`run-20261128T203051610925`)."""
    return f"{kind}-{beijing_now():%Y%m%dT%H%M%S%f}"
