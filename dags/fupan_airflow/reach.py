"""How far a build reaches: the day that its publication says it is for."""

import datetime as dt
from pathlib import Path


def published_reach(home: Path | None = None) -> dt.date | None:
    """Return the last day of the publication that is being served, or None when nothing is published."""
    from ingest.home import fupan_home
    from warehouse.layout import current_version

    version = current_version(fupan_home(home))
    if version is None:
        return None
    import duckdb

    with duckdb.connect(str(version), read_only=True) as connection:
        row = connection.execute(
            "select as_of from ops.publications where version = ?", [version.stem[len("marts_") :]]
        )
        found = row.fetchone()
    return found[0] if found else None


def reach_of(day: dt.date, home: Path | None = None) -> dt.date:
    """Return the ``as_of`` of the build for ``day``: that day, or the published one if it is later.

    A publication always holds all data. Built as of an old day, as a backfill of the history would do, it would take
    the newest days away from its readers; so a build never reaches less far than what is served.
    """
    published = published_reach(home)
    return max(day, published) if published else day
