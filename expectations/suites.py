"""The landing suite of a dataset, generated from its data contract: what every load of it must be.

Checks (severity): has_rows (block unless the contract allows empty files), columns_as_declared (block), required_<column>
(block), unique_key (warn; block when the contract has `keyUnique: true`), vocabulary_<column> (warn), data_not_after_export
(warn), data_not_stale (warn), volume (warn), no_day_missing (warn), columns_not_lost (warn), and every `quality` rule of the contract (error = block, warning = warn).
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.bounds import Bound
from expectations.engine import Check
from expectations.history import LoadFacts
from expectations.result import BLOCK, WARN
from expectations.sql import EXAMPLE_BATCH, examples_of, grouped, literal, name, values
from ingest.contract import Column, Contract
from ingest.registry import sources

_SEVERITIES = {"error": BLOCK, "block": BLOCK, "warn": WARN, "warning": WARN, None: WARN}


def landing_suite(contract: Contract, facts: Mapping[str, LoadFacts], bounds: Mapping[str, Bound]) -> list[Check]:
    """All checks of the new loads of a dataset, in the order in which they should be read.

    facts: the new loads, by load id. Raises ValueError for a quality rule that is not `type: sql, mustBe: 0`.
    """
    return [
        _has_rows(contract, facts),
        _columns_as_declared(contract, facts),
        *(_required(contract, column) for column in contract.kept if column.required),
        *_unique_key(contract),
        *(_vocabulary(contract, column) for column in contract.kept if column.enum and not column.protect),
        *_freshness(contract, facts, bounds),
        *_volume(contract, facts, bounds),
        *_gaps(contract, facts),
        _columns_not_lost(contract, facts),
        *(_rule(contract, rule) for rule in contract.quality),
    ]


def _shown(contract: Contract) -> list[str]:
    """The key columns that may stand in an example: never one that the contract protects."""
    return [c.name for c in contract.columns if c.key and not c.protect]


def _loads(facts: Mapping[str, LoadFacts]) -> str:
    return "loads(load_id) as (" + values([(load_id,) for load_id in facts]) + ")"


def _has_rows(contract: Contract, facts: Mapping[str, LoadFacts]) -> Check:
    failed, told = ("0", "no rows; the contract allows it") if contract.options.get("allowEmpty") else ("1", "no rows")
    return Check(
        "has_rows", BLOCK, action="Export the file again: it has a header and no rows.",
        query=f"""with batch as (select * from {{batch}}), {_loads(facts)},
        seen as (select _load_id, count(*) as n from batch group by _load_id)
        select loads.load_id as subject, coalesce(seen.n, 0) as rows_seen, case when seen.n is null then {failed} else 0 end as rows_failed,
            case when seen.n is null then {literal(told)} else seen.n || ' rows' end as observed, '[]' as examples
        from loads left join seen on loads.load_id = seen._load_id""",
    )  # fmt: skip


def _columns_as_declared(contract: Contract, facts: Mapping[str, LoadFacts]) -> Check:
    """Per file, from the Parquet footers. rows_seen counts declared columns, not rows."""
    declared = [(c.name, c.type) for c in contract.kept] + [
        (n, "VARCHAR") for n in ("_extra", "_load_id", "_source_file")
    ]
    paths = [(load_id, str(f.raw_path)) for load_id, f in facts.items()]
    listed = ", ".join(literal(path) for _, path in paths).replace("{", "{{").replace("}", "}}")
    return Check(
        "columns_as_declared", BLOCK,
        action="Land the file again; if the contract has just changed, run `fupan rebuild`, so that old and new rows have the same columns.",
        query=f"""with declared(column_name, column_type) as ({values(declared)}),
        files(load_id, path) as ({values(paths, format_safe=True)}),
        found as (select file_name, name, replace(duckdb_type, 'JSON', 'VARCHAR') as column_type from parquet_schema([{listed}])),
        compared as (
            select files.load_id, declared.column_name, declared.column_type, found.column_type as found_type
            from files cross join declared
            left join found on found.file_name = files.path and found.name = declared.column_name
        )
        select load_id as subject, count(*) as rows_seen, count(*) filter (where found_type is distinct from column_type) as rows_failed,
            coalesce(string_agg(column_name || ': ' || column_type || ' declared, ' || coalesce(found_type, 'nothing') || ' found', '; ' order by column_name)
                filter (where found_type is distinct from column_type), count(*) || ' columns') as observed, '[]' as examples
        from compared group by load_id""",
    )  # fmt: skip


def _required(contract: Contract, column: Column) -> Check:
    return Check(
        f"required_{column.name}", BLOCK, column=column.name,
        action=f"Export again with {column.header} filled; a row without it belongs in quarantine and should not have been loaded.",
        query=grouped(failed=f"{name(column.name)} is null", shown=_shown(contract)),
    )  # fmt: skip


def _unique_key(contract: Contract) -> list[Check]:
    keys = [c.name for c in contract.columns if c.key]
    if not keys:
        return []
    listed = ", ".join(name(k) for k in keys)
    shown = [k for k in _shown(contract)]
    query = f"""with batch as ({EXAMPLE_BATCH}),
    repeated as (
        select _load_id, {listed}, count(*) as n, min(_ordinal) as _ordinal from batch group by _load_id, {listed} having count(*) > 1
    ),
    seen as (select _load_id, count(*) as n from batch group by _load_id),
    failed as (select _load_id, sum(n - 1) as n, {examples_of(shown)} as examples from repeated group by _load_id)
    select seen._load_id as subject, seen.n as rows_seen, coalesce(failed.n, 0)::bigint as rows_failed,
        coalesce(failed.n, 0)::bigint || ' rows repeat a key ({", ".join(keys)})' as observed, coalesce(failed.examples, '[]') as examples
    from seen left join failed on seen._load_id = failed._load_id"""
    severity = BLOCK if contract.options.get("keyUnique") else WARN
    action = "The newest version of each key is kept; look whether the export was joined with itself."
    return [Check("unique_key", severity, query, action, column=keys[0] if len(keys) == 1 else "")]


def _vocabulary(contract: Contract, column: Column) -> Check:
    quoted = name(column.name)
    known = ", ".join(literal(value, format_safe=True) for value in column.enum)
    unknown = f"{quoted} is not null and {quoted} not in ({known})"
    return Check(
        f"vocabulary_{column.name}", WARN, column=column.name, quotes_cells=True,
        action=f"Add the new value of {column.header} to the contract's enum and to the dbt vocabulary, or correct the file.",
        query=grouped(
            seen=f"{quoted} is not null", failed=unknown, shown=_shown(contract),
            observed=f"coalesce('unknown: ' || array_to_string(min({quoted}, 5) filter (where {unknown}), ', '), '')",
        ),
    )  # fmt: skip


def _freshness(contract: Contract, facts: Mapping[str, LoadFacts], bounds: Mapping[str, Bound]) -> list[Check]:
    day = contract.options.get("dataDate")
    if not day:
        return []
    day = name(day)
    known = [(load_id, f.exported_at) for load_id, f in facts.items()]
    exports = f"exports(load_id, exported_at) as ({values(known, 'VARCHAR', 'TIMESTAMP')})"
    joined = f"batch as ({EXAMPLE_BATCH}), {exports}, dated as (select batch.*, exported_at from batch left join exports on _load_id = load_id)"
    after = Check(
        "data_not_after_export", WARN, column=contract.options["dataDate"],
        action="Look at the file's name and the clock of the machine that wrote it: data from after the export is a wrong date or a wrong export time.",
        query=grouped(
            source=f"with {joined}", table="dated", shown=_shown(contract), seen=f"exported_at is not null and {day} is not null",
            failed=f"{day}::date > exported_at::date", observed=f"'newest ' || max({day})::date || ', exported ' || coalesce(max(exported_at)::varchar, 'at an unknown time')",
        ),
    )  # fmt: skip
    bound = bounds["landing.stale_days"]
    stale = Check(
        "data_not_stale", bound.severity, column=contract.options["dataDate"],
        action="Export the newest days too: this file's newest data is old for its export time.",
        query=f"""with {joined},
        newest as (select _load_id, count(*) filter (where exported_at is not null) as n, max({day})::date as day, max(exported_at)::date as exported from dated group by _load_id)
        select _load_id as subject, n as rows_seen, case when date_diff('day', day, exported) > {bound.value} then 1 else 0 end as rows_failed,
            coalesce(date_diff('day', day, exported) || ' days from the newest data to the export', 'not judged: the export time is unknown') as observed,
            '[]' as examples
        from newest""",
    )  # fmt: skip
    return [after, stale]


def _volume(contract: Contract, facts: Mapping[str, LoadFacts], bounds: Mapping[str, Bound]) -> list[Check]:
    """Rows a data day against the median of the same weekday's loads before it; judged when enough of them are known."""
    day = contract.options.get("dataDate")
    span = f"greatest(1, date_diff('day', min({name(day)})::date, max({name(day)})::date) + 1)" if day else "1"
    low, high, least = (
        bounds["landing.volume_low"],
        bounds["landing.volume_high"],
        bounds["landing.volume_history"].value,
    )
    known = [(load_id, f.usual_rows, f.history) for load_id, f in facts.items()]

    def check(title: str, bound: Bound, beyond: str, action: str) -> Check:
        query = f"""with batch as (select * from {{batch}}), usual(load_id, usual_rows, history) as ({values(known, "VARCHAR", "DOUBLE", "BIGINT")}),
        seen as (select _load_id, count(*) as n, count(*) / {span} as per_day from batch group by _load_id),
        judged as (
            select load_id, usual_rows, history, coalesce(n, 0) as n, coalesce(per_day, 0) as per_day, history >= {least} as is_judged
            from usual left join seen on load_id = _load_id
        )
        select load_id as subject, case when is_judged then greatest(n, 1) else 0 end as rows_seen,
            case when is_judged and per_day {beyond} {bound.value} * usual_rows then 1 else 0 end as rows_failed,
            case when is_judged then printf('%.1f rows a data day, usual %.1f (median of %d loads of that weekday)', per_day::double, usual_rows, history)
                else 'not judged: ' || history || ' earlier loads of that weekday, {least} needed' end as observed,
            '[]' as examples
        from judged"""
        return Check(title, bound.severity, query, action)

    return [
        check(
            "volume_not_low",
            low,
            "<",
            "Look whether the export was cut, filtered or covers fewer shops; export again if so.",
        ),
        check(
            "volume_not_high",
            high,
            ">",
            "Look whether exports were joined or the range is longer than usual; promotions explain some.",
        ),
    ]


def _gaps(contract: Contract, facts: Mapping[str, LoadFacts]) -> list[Check]:
    """Days that no load has between earlier data and these, of a dataset that is asked every day (it has a look-back)."""
    source = next((s for s in sources() if s.name == contract.source), None)
    if source is None or contract.dataset not in source.look_back or not contract.options.get("dataDate"):
        return []
    rows = []
    for load_id, known in facts.items():
        days = [d for d in known.missing_days or () if d not in source.closed]
        shown = ", ".join(d.isoformat() for d in days[:10]) + (f" and {len(days) - 10} more" if len(days) > 10 else "")
        told = f"no data of {shown}" if days else "no day is missing before it"
        is_judged = known.missing_days is not None
        rows.append(
            (load_id, int(is_judged), len(days), told if is_judged else "not judged: no rows, or no earlier load")
        )
    action = (
        "Export the missing days and drop them; if the source is closed on them, say so in its `closed` of sources.yml."
    )
    return [_known("no_day_missing", action, rows)]


def _columns_not_lost(contract: Contract, facts: Mapping[str, LoadFacts]) -> Check:
    rows = []
    for load_id, known in facts.items():
        headers = [
            contract.column(name).header for name in known.lost_columns or () if name in {c.name for c in contract.kept}
        ]
        told = (
            "not judged: too few earlier loads"
            if known.lost_columns is None
            else f"empty, and not before: {', '.join(headers)}"
            if headers
            else "no column is lost"
        )
        rows.append((load_id, int(known.lost_columns is not None), len(headers), told))
    action = "Look whether the export was made with fewer columns, or the platform renamed one: export again, or add the new header to the contract."
    return _known("columns_not_lost", action, rows)


def _known(title: str, action: str, rows: list[tuple[str, int, int, str]]) -> Check:
    """A warning whose verdicts are known already; rows: (load id, how many were looked at, how many are wrong, what was seen)."""
    told = values(rows, "VARCHAR", "BIGINT", "BIGINT", "VARCHAR", format_safe=True)
    # the batch is counted, so that a load whose object is lost fails here as it does everywhere
    query = f"""with batch as (select * from {{batch}}), told(subject, rows_seen, rows_failed, observed) as ({told})
    select told.*, '[]' as examples from told where (select count(*) from batch) >= 0"""
    return Check(title, WARN, query, action)


def _rule(contract: Contract, rule: Mapping[str, object]) -> Check:
    """A quality rule of the contract: a query over {batch} that returns the rows that break it."""
    title = f"{contract.name}: quality rule {rule.get('name')}"
    if rule.get("type") != "sql" or rule.get("mustBe") != 0 or "{batch}" not in str(rule.get("query")):
        raise ValueError(
            f"{title}: write it as `type: sql`, `mustBe: 0` and a query over {{batch}} that returns the bad rows"
        )
    if rule.get("severity") not in _SEVERITIES:
        raise ValueError(f"{title}: severity is error or warning, not {rule.get('severity')!r}")
    query = f"""with batch as ({EXAMPLE_BATCH}),
    broken as ({str(rule["query"]).replace("{batch}", "batch")}),
    seen as (select _load_id, count(*) as n from batch group by _load_id),
    failed as (select _load_id, count(*) as n, {examples_of(_shown(contract))} as examples from broken group by _load_id)
    select seen._load_id as subject, seen.n as rows_seen, coalesce(failed.n, 0) as rows_failed,
        coalesce(failed.n, 0) || ' rows' as observed, coalesce(failed.examples, '[]') as examples
    from seen left join failed on seen._load_id = failed._load_id"""
    action = f"{rule.get('description') or rule['name']} Correct the export, or the rule in the contract if the platform changed."
    return Check(str(rule["name"]), _SEVERITIES[rule.get("severity")], query, action)
