"""Fetch and land: connectors, contracts, readers, landing. Imports neither Airflow nor dbt."""
