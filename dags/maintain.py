"""Keep the warehouse sound (维护): originals against their hashes, old things removed, small things packed, once a week.

**When** Sundays at 12:30 Beijing time, when no source is pulled. It changes nothing that is published.

**If it fails**
- `verify` is red: an original in `landing/` or an object in `raw/` is not what was landed, mostly a disk that is going bad. The error
  names each file. Put it back from the backup, or export it again and drop the load; then look at the disk.
- `prune` is red: `retention.json` cannot be read (the error says why), or a run held the lock for ten minutes; clear the task.
- `pack` is red: mostly a full disk; clear the task. Nothing is lost, at worst a result lies there twice, and is read once.

**By hand** Trigger it; `{"business_day": "YYYY-MM-DD"}` only names the run. Without Airflow: `fupan maintain`.
"""

import datetime as dt

from airflow.sdk import DAG, CronPartitionTimetable, Param, TriggerRule, task
from fupan_airflow.alerts import notify_failure
from fupan_airflow.business_day import KEY_FORMAT, TIMEZONE

ARGUMENTS = {
    "owner": "fupan",
    "retries": 1,
    "retry_delay": dt.timedelta(minutes=10),
    "on_failure_callback": notify_failure,
}

with DAG(
    dag_id="maintain",
    description="Verify originals, remove what is past its time, pack what is small and old",
    doc_md=__doc__,
    schedule=CronPartitionTimetable(
        "30 12 * * 0", timezone=TIMEZONE, run_offset=-1, run_immediately=dt.timedelta(0), key_format=KEY_FORMAT
    ),
    catchup=False,
    max_active_runs=1,
    default_args=ARGUMENTS,
    params={
        "business_day": Param(
            None, type=["null", "string"], format="date", description="Business day (业务日) that names the run"
        )
    },
    tags=["fupan", "maintain"],
) as dag:

    @task
    def verify() -> dict:
        """Compare originals and raw objects with what the ledger says; a damaged file is final, a retry would find it again."""
        from airflow.sdk.exceptions import AirflowFailException

        from warehouse.maintain import Damaged
        from warehouse.maintain import verify as compare

        try:
            return vars(compare())
        except Damaged as damage:
            raise AirflowFailException(str(damage)) from damage

    # what is past its time goes also where something is damaged: a promise about people does not wait for a disk
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def prune() -> dict:
        """Remove what is older than retention.json allows."""
        from warehouse.maintain import prune_old

        return vars(prune_old())

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def pack() -> dict:
        """Make one object of the many small ones of old results, which every publication reads, and of raw, which a rebuild reads."""
        from warehouse.maintain import bundle_old, pack_old

        return {"results": pack_old(), "raw": bundle_old()}

    verify() >> prune() >> pack()
