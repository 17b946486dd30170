"""Beijing's clock: every moment that Fupan writes down is Beijing wall time, whatever zone the machine is set to."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def beijing_now() -> dt.datetime:
    """The moment, without a zone."""
    return dt.datetime.now(BEIJING).replace(tzinfo=None)
