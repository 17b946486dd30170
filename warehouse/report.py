"""What the commands print: a load's counting, a run's end, the status, the rows of a query, and the review of a publication."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest import ledger
from ingest.ledger import Load
from ingest.quarantine import is_waiting, quarantined_rows
from warehouse.layout import current_version, served_link, versions_folder

if TYPE_CHECKING:
    import duckdb

    from warehouse.run import Outcome

_SHOWN_QUARANTINE = 5


def load_as_dict(load: Load) -> dict[str, Any]:
    """A load for --json."""
    return vars(load)


def load_report(load: Load, home: Path) -> str:
    """A load's counting in words, with the first rows that were set aside."""
    head = f"{load.status}: {load.file_name} -> {load.source}.{load.dataset} (load {load.load_id})"
    if load.status != "loaded":
        return f"{head}\n  reason: {load.reason}"
    lines = [
        head,
        f"  rows read {load.rows_read:,} = loaded {load.rows_loaded:,} + quarantined {load.rows_quarantined:,} + non-data {load.rows_non_data:,}",
        f"  encoding {load.encoding or 'none (workbook)'}, written by the platform {load.exported_at or 'at an unknown time'}, {load.seconds:.2f} s",
    ]
    if load.notes:
        lines.append(f"  note: {load.notes}")
    for row in quarantined_rows(home, [load], _SHOWN_QUARANTINE):
        lines.append(
            f"  line {row['line']}, {row['header'] or 'row'}: {row['reason']}"
            + (f" ({row['value']!r})" if row["value"] else "")
        )
    if load.rows_quarantined > _SHOWN_QUARANTINE:
        lines.append(
            f"  ... and {load.rows_quarantined - _SHOWN_QUARANTINE:,} more: fupan quarantine show {load.load_id[:12]}"
        )
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (decimal.Decimal, float)):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def table(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under a title, to the terminal's width."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(
        title=title or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        min_width=min(len(title or ""), 100) or None,
    )
    for index, name in enumerate(names):
        number = any(
            isinstance(r[index], (int, float, decimal.Decimal)) and not isinstance(r[index], bool) for r in rows
        )
        grid.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_cell(v)) for v in row))  # Text: a name with [brackets] is no markup
    console = Console(highlight=False)
    # to a file or a pipe there is no width to fold into
    (console if console.is_terminal else Console(highlight=False, width=160)).print(grid)


def rows_report(names: Sequence[str], rows: Sequence[Sequence[Any]], limit: int) -> None:
    """Rows as a table; at most `limit` of them (0: all), and how many there are."""
    shown = rows[:limit] if limit else rows
    if names:
        table("", names, shown)
    print(
        f"{len(rows):,} rows"
        + (f", the first {len(shown):,} shown (--limit 0 for all)" if len(shown) < len(rows) else "")
    )


def run_report(outcome: Outcome, home: Path) -> None:
    """The end of `fupan run`."""
    from warehouse.report_quarantine import waiting_line

    say = print
    for load in outcome.loads:
        if load.status == "refused":
            say(load_report(load, home))
    for source, problem in outcome.problems.items():
        say(f"pull {source} failed: {problem}")
    if outcome.unchanged:
        if line := waiting_line(home):
            say(line)
        say(
            f"nothing new: {served_link(home)} stays as it is ({sum(outcome.seconds.values()):.1f} s). --force builds all the same"
        )
        return
    publication_report(home, loads=outcome.loads, checks=outcome.checks)
    if line := waiting_line(home):
        say(line)
    say(f"seconds by step: {', '.join(f'{k} {v:.1f}' for k, v in outcome.seconds.items() if v >= 0.05)}")


CHANNELS = """
select channel, cast(sum(orders) as decimal(18,1)) as orders, sum(gmv_cny) as "GMV (成交)", sum(gmv_cny) - sum(net_cny) as "refunded (退款)",
    sum(net_cny) as "net (净成交)", sum(spend_cny) as "ad spend (消耗)", cast(sum(gmv_cny) / nullif(sum(spend_cny), 0) as decimal(18,2)) as "ROI"
from marts.attribution_channels where model = 'last' group by channel order by 3 desc nulls last, 1"""
FUNNEL = """
select sum(exposures) as "exposures (曝光)", sum(clicks) as "clicks (点击)", sum(room_enters) as "room enters (进房)", sum(product_clicks) as "product clicks (商品点击)",
    sum(orders_created) as "created (下单)", sum(orders_paid) as "paid (支付)", sum(orders_completed) as "completed (完成)",
    cast(100.0 * sum(orders_paid) / nullif(sum(orders_created), 0) as decimal(9,1)) as "pay rate %"
from marts.funnel_daily"""
REORDER = """
select i.sku_id as sku, max(p.product_name) as product, w.warehouse_name as warehouse, i.sellable as "sellable (可售)", cast(i.demand_28d as decimal(18,1)) as "a day",
    i.days_of_cover as "cover, days", i.status, i.suggested_order_qty as "order (补货)", i.stockout_date as "out on"
from marts.inventory_health as i left join marts.dim_product as p using (sku_id) left join marts.dim_warehouse as w using (warehouse_id)
where i.date = (select max(date) from marts.inventory_health) and i.suggested_order_qty > 0
group by all order by i.days_of_cover nulls last, i.suggested_order_qty desc, i.sku_id, w.warehouse_name limit 8"""
#: queries that are ready to be pasted, printed with their output by the demo
READY = (
    ("Which channel won the money, by first, last and linear touch?",
     "select model, channel, sum(gmv_cny) as gmv_cny from marts.attribution_channels where channel in ('qianchuan', 'live_recommend', 'short_video') and model in ('first', 'last', 'linear') group by all order by channel, model limit 9"),
    ("What was refunded, day by day, against what was sold?",
     "select d.date, (select sum(gmv_cny) from marts.fct_order_lines where paid_date = d.date) as gmv_cny, (select sum(refund_cny) from marts.fct_refunds where succeeded_date = d.date) as refund_cny from marts.dim_date as d order by d.date desc limit 5"),
    ("Did every file count up?",
     "select source, dataset, count(*) as files, sum(rows_read) as rows_read, sum(rows_loaded) as rows_loaded, sum(rows_quarantined) as quarantined, sum(rows_non_data) as non_data from ops.loads where status = 'loaded' group by all order by source, dataset"),
)  # fmt: skip


def _ask(connection: duckdb.DuckDBPyConnection, title: str, sql: str) -> None:
    found = connection.execute(sql)
    names = [d[0] for d in found.description]
    table(title, names, found.fetchall())


def publication_report(home: Path, *, loads: Sequence[Load] = (), checks: Sequence = (), ready: bool = False) -> None:
    """The review of the current publication: counting per dataset, money by channel, the funnel, what to reorder, checks."""
    import duckdb

    if loads:
        _loads_table(loads)
    with duckdb.connect(str(current_version(home)), read_only=True) as connection:
        day, version, passed, failed, rows = connection.execute(
            "select as_of, version, checks_passed, checks_failed, rows from ops.publications order by fence desc limit 1"
        ).fetchone()
        first = connection.execute("select min(date) from marts.dim_date").fetchone()[0]
        if first:
            _ask(connection, f"Money by channel, last touch, {first} to {day} (yuan)", CHANNELS)
            _ask(connection, "The funnel (漏斗)", FUNNEL)
            _ask(connection, "What to reorder (补货)", REORDER)
        else:
            print("the project's own models have no data yet, so there is no review")
        own = connection.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'staging' order by 1"
        ).fetchall()
        for table_name, size in own:
            print(f"also published: staging.{table_name}, {size:,} rows")
        if ready:
            for question, sql in READY:
                print(f'fupan query "{sql}"')
                _ask(connection, question, sql)
        landed = connection.execute(
            "select count(*) filter (where passed), count(*) filter (where not passed) from ops.quality_results where gate = 'landing'"
        ).fetchone()
    warned = [c for c in checks if not c.passed]
    print(
        f"checks: marts gate {passed} passed, {failed} warned; landing gate {landed[0]:,} passed, {landed[1]} warned or refused, over all loads"
    )
    for check in warned[:5]:
        print(f"  warning: {check.check} on {check.suite}: {check.observed or f'{check.rows_failed} rows'}")
    print(f"publication: {served_link(home)} -> {version}, business day {day}, {rows:,} rows; BI opens it read-only")


def _loads_table(loads: Sequence[Load]) -> None:
    totals: dict[str, list[int]] = {}
    for load in loads:
        row = totals.setdefault(f"{load.source}.{load.dataset}", [0] * 7)
        row[0] += load.status == "loaded"
        row[1] += load.status != "loaded"
        for index, value in enumerate((load.rows_read, load.rows_loaded, load.rows_quarantined, load.rows_non_data), 2):
            row[index] += value
        row[6] += load.bytes
    rows = [(name, *row[:6], decimal.Decimal(row[6]) / 1_000_000) for name, row in sorted(totals.items())]
    table(
        "Files landed",
        ("dataset", "files", "refused or duplicate", "rows read", "loaded", "quarantined", "non-data", "MB"),
        rows,
    )


def status_as_dict(home: Path) -> dict[str, Any]:
    """The status for --json: publication, freshness, latest refusals, versions that are kept."""
    import duckdb

    told: dict[str, Any] = {
        "home": str(home),
        "publication": None,
        "freshness": [],
        "versions": sorted(p.name for p in versions_folder(home).glob("marts_*.duckdb")),
    }
    version = current_version(home)
    if version:
        with duckdb.connect(str(version), read_only=True) as connection:
            for key, sql in (
                ("publication", "select * from ops.publications order by fence desc limit 1"),
                (
                    "freshness",
                    "select dataset, last_data_date, last_exported_at, hours_behind, is_complete, loads from ops.freshness order by dataset",
                ),
            ):
                found = connection.execute(sql)
                names = [d[0] for d in found.description]
                rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
                told[key] = rows[0] if key == "publication" else rows
    rows = ledger.read_loads(home)
    told["waiting"] = (
        sum(1 for p in (home / "inbox").glob("*/*/*") if p.is_file() and not p.name.startswith("."))
        if (home / "inbox").is_dir()
        else 0
    )
    told["not_published"] = sum(
        1
        for x in rows
        if x.status == "loaded"
        and told["publication"]
        and max(x.loaded_at, x.retried_at or x.loaded_at) > told["publication"]["published_at"]
    )
    told["quarantined_rows"] = sum(x.rows_quarantined for x in rows if x.status == "loaded" and is_waiting(x))
    refused = [x for x in rows if x.status == "refused" and is_waiting(x)]
    told["refused_files"] = len(refused)
    told["refused"] = [
        {"load_id": x.load_id, "loaded_at": x.loaded_at, "dataset": f"{x.source}.{x.dataset}", "file": x.file_name, "reason": x.reason}
        for x in refused[-10:]
    ]  # fmt: skip
    return told


def status_report(told: dict[str, Any]) -> None:
    """The status for a person."""
    say = print
    publication = told["publication"]
    if publication:
        say(f"published: {publication['version']}, business day {publication['as_of']}, at {publication['published_at']:%Y-%m-%d %H:%M:%S}, {publication['rows']:,} rows, "
            f"{publication['checks_passed']} checks passed, {publication['checks_failed']} warned; {len(told['versions'])} version(s) kept")  # fmt: skip
    else:
        say("nothing is published yet. Next: put files into inbox/<source>/<dataset>/ and run `fupan run`")
    if told["freshness"]:
        table(
            "Freshness",
            ("dataset", "newest data", "exported at", "hours behind", "complete", "loads"),
            [tuple(r.values()) for r in told["freshness"]],
        )
    say(
        f"waiting in the inbox: {told['waiting']} file(s); landed since the publication: {told['not_published']}; in quarantine: {told['quarantined_rows']:,} row(s), {told['refused_files']:,} refused file(s)"
        + ("; look: fupan quarantine list" if told["quarantined_rows"] or told["refused_files"] else "")
    )
    for row in told["refused"]:
        say(f"refused {row['loaded_at']:%Y-%m-%d %H:%M} {row['dataset']} {row['file']}: {row['reason']}")
