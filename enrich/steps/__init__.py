"""One module per table of schema `enriched`, each holding its `STEP`."""
