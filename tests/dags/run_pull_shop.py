"""Run pull_shop in Airflow, for real, with connections from the environment. Prints one line of JSON: state, ledger, connections.

Arguments: FUPAN_HOME, business day.
"""

import datetime as dt
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    from deploy.run_dags import run_dags
    from ingest import ledger
    from ingest.registry import find_source

    home = Path(sys.argv[1])
    states = run_dags(dt.date.fromisoformat(sys.argv[2]), dag_ids=["pull_shop"], home=home)
    from fupan_airflow.connections import given

    loads = sorted((x.file_name, x.status) for x in ledger.read_loads(home))
    found = {"states": states, "loads": loads, "erp": given(find_source("erp")), "crm": given(find_source("crm"))}
    print("\n" + json.dumps(found))
