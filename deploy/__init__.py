"""Running Fupan's Airflow: the five parts on this machine, in containers, or the DAGs in one process."""
