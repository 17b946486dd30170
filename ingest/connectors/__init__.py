"""API connectors: each fetches whole days and drops the answers, as they came, into the inbox; the readers do the rest."""
