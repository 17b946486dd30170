"""What the ledger knows about new loads: when they were exported, and how many rows their weekday usually has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.sql import literal
from ingest import ledger

if TYPE_CHECKING:
    import duckdb

#: loads of the same weekday, newest first, that the usual volume is the median of
_TRAILING = 8
#: loads before, whose columns a new one should fill too; days without data that are a gap and not a source taken up again
_COLUMNS_OF = 3
_LONGEST_GAP = 93


@dataclass(frozen=True)
class LoadFacts:
    """raw_path: the load's Parquet object; exported_at: Beijing time, None when unknown; usual_rows: median rows a data day of
    the `history` earlier loads of the same dataset and weekday, None when there are none; missing_days: days between the data of
    earlier loads and this one that no load has, None when there is nothing to compare; lost_columns: those that are empty in it and in none of the last loads, None when
    there are too few of these."""

    raw_path: Path
    exported_at: dt.datetime | None = None
    usual_rows: float | None = None
    history: int = 0
    missing_days: tuple[dt.date, ...] | None = None
    lost_columns: tuple[str, ...] | None = None


def load_facts(home: Path, raw_paths: dict[str, Path]) -> dict[str, LoadFacts]:
    """Facts of every new load, by load id, in the order given; a load that the ledger does not know has only its path.

    Earlier means exported earlier, so the answer does not depend on the order in which files were loaded.
    """
    if not raw_paths or not any((home / "ledger" / "loads").glob("*.parquet")):
        return {load_id: LoadFacts(path) for load_id, path in raw_paths.items()}
    with _asking(home) as connection:
        known = {row[0]: row[1:] for row in _usual(connection, raw_paths)}
        gaps, lost = _missing_days(connection, raw_paths), _lost_columns(connection, home, raw_paths)
    return {
        load_id: LoadFacts(
            path, *known.get(load_id, ()), missing_days=gaps.get(load_id), lost_columns=lost.get(load_id)
        )
        for load_id, path in raw_paths.items()
    }


def _missing_days(connection: duckdb.DuckDBPyConnection, load_ids: Iterable[str]) -> dict[str, tuple[dt.date, ...]]:
    """The days between each new load's first day of data and the day before it that any load of its dataset reaches.

    A load without rows says that there was nothing on the day of its export and the day before.
    """
    rows = connection.execute(
        f"""with loads as (
            select load_id, source, dataset, coalesce(first_data_date::date, exported_at::date - 1) as first_day,
                coalesce(last_data_date::date, exported_at::date) as last_day, first_data_date is not null as has_rows
            from ledger_rows where status = 'loaded'
        ),
        fresh as (select * from loads where load_id in ({_listed(load_ids)}) and has_rows),
        before as (
            select fresh.load_id, fresh.source, fresh.dataset, fresh.first_day, max(loads.last_day) as reached
            from fresh join loads on fresh.source = loads.source and fresh.dataset = loads.dataset
                and fresh.load_id <> loads.load_id and loads.first_day <= fresh.first_day group by all
        ),
        days as (
            select load_id, source, dataset, unnest(generate_series(reached + 1, first_day - 1, interval 1 day))::date as day
            from before where first_day - reached between 2 and {_LONGEST_GAP}
        ),
        gaps as (
            select load_id, day from days where not exists (
                select 1 from loads where loads.source = days.source and loads.dataset = days.dataset and day between first_day and last_day
            )
        )
        select before.load_id, list(day order by day) filter (where day is not null) from before
        left join gaps on before.load_id = gaps.load_id group by before.load_id"""
    ).fetchall()
    return {load_id: tuple(days or ()) for load_id, days in rows}


def _lost_columns(
    connection: duckdb.DuckDBPyConnection, home: Path, raw_paths: dict[str, Path]
) -> dict[str, tuple[str, ...]]:
    """The columns that hold nothing in a new load and something in each of the last loads before it, from the Parquet footers."""
    rows = connection.execute(
        f"""with loads as (
            select load_id, source, dataset, coalesce(exported_at, last_data_date) as moment
            from ledger_rows where status = 'loaded' and rows_loaded > 0
        ),
        ranked as (
            select fresh.load_id, loads.source, loads.dataset, loads.load_id as earlier,
                row_number() over (partition by fresh.load_id order by loads.moment desc, loads.load_id) as age
            from loads as fresh join loads on fresh.source = loads.source and fresh.dataset = loads.dataset
                and loads.moment < fresh.moment
            where fresh.load_id in ({_listed(raw_paths)})
        )
        select load_id, list(source || '/' || dataset || '/' || earlier || '.parquet') from ranked where age <= {_COLUMNS_OF}
        group by load_id having count(*) = {_COLUMNS_OF}"""
    ).fetchall()
    before = {load_id: [home / "raw" / name for name in names] for load_id, names in rows}
    paths = {p for names in before.values() for p in names} | {raw_paths[load_id] for load_id in before}
    if not paths or not all(p.is_file() for p in paths):
        return {}
    filled: dict[str, set[str]] = {}
    for file, column in connection.execute(
        f"""select file_name, path_in_schema from parquet_metadata([{", ".join(literal(str(p)) for p in sorted(paths))}])
        where path_in_schema not like '#_%' escape '#' group by all having sum(num_values - coalesce(stats_null_count, 0)) > 0"""
    ).fetchall():
        filled.setdefault(file, set()).add(column)
    return {
        load_id: tuple(
            sorted(
                set.intersection(*(filled.get(str(p), set()) for p in names))
                - filled.get(str(raw_paths[load_id]), set())
            )
        )
        for load_id, names in before.items()
    }


@contextmanager
def _asking(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which the ledger is the relation ledger_rows."""
    import duckdb

    with duckdb.connect() as connection:
        ledger.register(connection, home, "ledger_rows")
        yield connection


def _listed(load_ids: Iterable[str]) -> str:
    return ", ".join(literal(load_id) for load_id in load_ids)


def _usual(connection: duckdb.DuckDBPyConnection, load_ids: Iterable[str]) -> list[tuple]:
    new = _listed(load_ids)
    return connection.execute(
        f"""with loads as (
            select load_id, source, dataset, exported_at, coalesce(exported_at, last_data_date) as moment,
                rows_loaded / greatest(1, coalesce(date_diff('day', first_data_date::date, last_data_date::date), 0) + 1) as per_day
            from ledger_rows where status = 'loaded'
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
