"""INFER: what SQL cannot say, as pure functions of small tables: Arrow in, Arrow out. Imports neither Airflow nor dbt."""
