"""Pull one source for a business day (业务日): fetch its APIs and drops, land the waiting files, check them.

**When** Every day at the source's own hour (Beijing time), for the day before. The partition key is the business day.

**If it fails**
- `report_refused` is red: a file was refused whole (拒收). The error names it with line, column and reason. Put a
  corrected file into `inbox/<source>/<dataset>/` and clear the run; the other files of that day are loaded already.
- `pull` is red: the source could not be read (API or server down, token expired, disk full). It was tried four times. Mend
  the cause and clear the run; nothing is loaded twice.
- Either way `announce` lets the day's build go on with what is there. After mending, clear `build_warehouse` of that
  day too.

**By hand** Trigger with a partition key `YYYY-MM-DD`, or with `{"business_day": "YYYY-MM-DD"}`; add
`"since": "YYYY-MM-DD"` to fetch history from an API. Many days: use Airflow's backfill; its
`to` must lie after the hour of the run on the last business day (write 23:59).
"""

import datetime as dt

from airflow.sdk import DAG, CronPartitionTimetable, Param, TriggerRule, task
from fupan_airflow.alerts import notify_failure
from fupan_airflow.assets import raw_asset
from fupan_airflow.business_day import KEY_FORMAT, TIMEZONE, business_day, history_start

from ingest.registry import sources

OPTIONAL_DAY = {"type": ["null", "string"], "format": "date"}
ARGUMENTS = {
    "owner": "fupan",
    "retries": 3,
    "retry_delay": dt.timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": dt.timedelta(minutes=15),
    "on_failure_callback": notify_failure,
}
LONGEST_LIST = 20


def pull_dag(source):
    """Return the DAG ``pull_<source>`` of one row of the registry."""
    with DAG(
        dag_id=f"pull_{source.name}",
        description=f"Land the exports of {source.name}: {', '.join(source.datasets)}",
        doc_md=__doc__,
        # run_offset -1: the run of a night is the partition of the day that has just ended. run_immediately: a new
        # installation waits for its first night; with False it would start at once between 02:00 and 04:24.
        schedule=CronPartitionTimetable(
            source.schedule, timezone=TIMEZONE, run_offset=-1, run_immediately=dt.timedelta(0), key_format=KEY_FORMAT
        ),
        catchup=False,
        max_active_runs=1,
        default_args=ARGUMENTS,
        params={
            "business_day": Param(
                None, **OPTIONAL_DAY, description="Business day (业务日), instead of the partition key"
            ),
            "since": Param(None, **OPTIONAL_DAY, description="First day of history to fetch from the API"),
        },
        tags=["fupan", "pull", source.name],
    ) as dag:
        # A backfill and the nightly run are counted apart by max_active_runs, so the task is limited as well.
        @task(max_active_tis_per_dag=1)
        def pull(dag_run=None, params=None) -> dict:
            """Fetch and land; return the counts and the refused files."""
            from fupan_airflow.connections import given

            from ingest.pipeline import pull as pull_source

            day = business_day(dag_run, params)
            result = pull_source(source.name, day, since=history_start(params, day), **given(source))
            loaded = [load for load in result.loads if load.status == "loaded"]
            refused = [f"{load.dataset}/{load.file_name}: {load.reason}" for load in result.refused]
            return {
                "business_day": day.isoformat(),
                "files": len(result.loads),
                "files_loaded": len(loaded),
                "rows_read": sum(load.rows_read for load in loaded),
                "rows_loaded": sum(load.rows_loaded for load in loaded),
                "rows_quarantined": sum(load.rows_quarantined for load in loaded),
                "rows_non_data": sum(load.rows_non_data for load in loaded),
                "refused_count": len(refused),
                "refused": refused[:LONGEST_LIST],
            }

        @task(retries=0)
        def report_refused(counts: dict) -> None:
            """Fail when a file was refused, naming each: the run must be red although the good files went on."""
            from airflow.sdk.exceptions import AirflowFailException

            if counts["refused_count"]:
                named = "; ".join(counts["refused"])
                raise AirflowFailException(f"{counts['refused_count']} file(s) of {source.name} refused: {named}")

        @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[raw_asset(source.name)])
        def announce(dag_run=None, params=None, outlet_events=None) -> None:
            """Tell the build that this source is done for the day, with or without errors."""
            day = business_day(dag_run, params)
            outlet_events[raw_asset(source.name)].add_partitions(day.isoformat())

        pulled = pull()
        report_refused(pulled)
        pulled >> announce()
    return dag


for _source in sources():
    globals()[f"pull_{_source.name}"] = pull_dag(_source)
