"""Build, check and publish the marts (建仓、质检、发布) when every source has reported for a business day (业务日).

**When** As soon as all `pull_<source>` DAGs have announced the same business day, also those that failed: one source
that is down does not keep the others from being published. One build at a time.

**If it fails** the last publication stays as it was, and BI goes on reading it.
- `build` is red: a model could not be computed, or its dbt tests failed. The log names it. Mend it, clear the run.
- `check` is red: the marts gate found a blocking fault. The error names the check and the rows. Correct the file (put
  it into the inbox and run its pull) or, if the bound is wrong, change it in the bounds ledger; then clear the run.
- `publish` is red: mostly a full disk. Make room and clear `publish` alone: the checked candidate is kept.

**By hand** Trigger with a partition key `YYYY-MM-DD`, or with `{"business_day": "YYYY-MM-DD"}`.
"""

import datetime as dt
from functools import reduce
from operator import and_

from airflow.sdk import DAG, Param, PartitionedAssetTimetable, task
from fupan_airflow.alerts import notify_failure
from fupan_airflow.assets import MARTS, raw_asset
from fupan_airflow.business_day import business_day
from fupan_airflow.reach import reach_of
from fupan_airflow.run_ids import build_run_id

from ingest.registry import sources

WRITER_POOL = "fupan_writer"  # one slot; between tasks and for `fupan run` the warehouse's own file lock holds
ARGUMENTS = {
    "owner": "fupan",
    "pool": WRITER_POOL,
    "retries": 1,
    "retry_delay": dt.timedelta(minutes=1),
    "on_failure_callback": notify_failure,
}

with DAG(
    dag_id="build_warehouse",
    description="Build the candidate, pass the marts gate, publish",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=reduce(and_, (raw_asset(source.name) for source in sources()))),
    catchup=False,
    max_active_runs=1,
    default_args=ARGUMENTS,
    params={
        "business_day": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Business day (业务日), instead of the partition key",
        )
    },
    tags=["fupan", "build"],
) as dag:

    @task
    def build(dag_run=None, params=None) -> str:
        """Build the candidate of this run; return its run id, which the next tasks take from here."""
        from warehouse.steps import build_candidate

        day = business_day(dag_run, params)
        run_id = build_run_id(dag_run, day)
        build_candidate(run_id, reach_of(day))
        return run_id

    @task
    def check(candidate: str) -> str:
        """Pass the candidate through the marts gate; a blocking fault is final, a retry would find it again."""
        from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

        from warehouse.errors import GateFailed, Superseded
        from warehouse.steps import check_candidate

        try:
            check_candidate(candidate)
        except GateFailed as failure:
            raise AirflowFailException(str(failure)) from failure
        except Superseded as newer:
            raise AirflowSkipException(str(newer)) from newer
        return candidate

    @task(outlets=[MARTS])
    def publish(candidate: str) -> None:
        """Flip the publication to the checked candidate."""
        from airflow.sdk.exceptions import AirflowSkipException

        from warehouse.errors import Superseded
        from warehouse.steps import publish_candidate

        try:
            publish_candidate(candidate)
        except Superseded as newer:  # a build that was started later, by `fupan run`, is out already and holds this day
            raise AirflowSkipException(str(newer)) from newer

    publish(check(build()))
