"""What the ledger knows about new loads: when they were exported, and how many rows their weekday usually has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from expectations.sql import literal

#: loads of the same weekday, newest first, that the usual volume is the median of
_TRAILING = 8


@dataclass(frozen=True)
class LoadFacts:
    """raw_path: the load's Parquet object; exported_at: Beijing time, None when unknown; usual_rows: median rows a data day of
    the `history` earlier loads of the same dataset and weekday, None when there are none."""

    raw_path: Path
    exported_at: dt.datetime | None = None
    usual_rows: float | None = None
    history: int = 0


def load_facts(home: Path, raw_paths: dict[str, Path]) -> dict[str, LoadFacts]:
    """Facts of every new load, by load id, in the order given; a load that the ledger does not know has only its path.

    Earlier means exported earlier, so the answer does not depend on the order in which files were loaded.
    """
    if not raw_paths or not any((home / "ledger" / "loads").glob("*.parquet")):
        return {load_id: LoadFacts(path) for load_id, path in raw_paths.items()}
    known = {row[0]: row[1:] for row in _query(home, raw_paths)}
    return {load_id: LoadFacts(path, *known.get(load_id, ())) for load_id, path in raw_paths.items()}


def _query(home: Path, load_ids: Iterable[str]) -> list[tuple]:
    import duckdb

    new = ", ".join(literal(load_id) for load_id in load_ids)
    objects = literal(str(home / "ledger" / "loads" / "*.parquet"))
    with duckdb.connect() as connection:
        return connection.execute(
            f"""with loads as (
                select load_id, source, dataset, exported_at, coalesce(exported_at, last_data_date) as moment,
                    rows_loaded / greatest(1, coalesce(date_diff('day', first_data_date::date, last_data_date::date), 0) + 1) as per_day
                from read_parquet({objects}, union_by_name = true) where status = 'loaded'
            ),
            fresh as (select * from loads where load_id in ({new})),
            earlier as (
                select fresh.load_id, loads.per_day,
                    row_number() over (partition by fresh.load_id order by loads.moment desc, loads.load_id) as age
                from fresh join loads on fresh.source = loads.source and fresh.dataset = loads.dataset
                    and loads.moment < fresh.moment and dayofweek(loads.moment) = dayofweek(fresh.moment)
            ),
            usual as (select load_id, median(per_day) as usual_rows, count(*) as history from earlier where age <= {_TRAILING} group by load_id)
            select fresh.load_id, fresh.exported_at, usual.usual_rows::double, coalesce(usual.history, 0)
            from fresh left join usual on fresh.load_id = usual.load_id"""
        ).fetchall()
