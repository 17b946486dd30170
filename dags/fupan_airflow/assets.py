"""The assets that tie the DAGs together: one of raw data per source, one of the publication."""

from airflow.sdk import Asset

MARTS = Asset(name="fupan_marts", uri="fupan://marts", group="fupan")


def raw_asset(source: str) -> Asset:
    """Return the asset "raw data of ``source`` for a business day"; the day is the partition key of its events."""
    return Asset(name=f"fupan_raw_{source}", uri=f"fupan://raw/{source}", group="fupan")
