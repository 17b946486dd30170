"""What the DAG files share: business day, run ids, assets and alerts. No DAG is defined in here."""
