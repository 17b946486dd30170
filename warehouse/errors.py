"""What stops a run."""


class BuildFailed(Exception):
    """A model, a seed or a dbt test failed; the candidate is kept for a look, nothing was published."""


class GateFailed(Exception):
    """A blocking check of the marts gate failed; the last publication stays."""


class Superseded(Exception):
    """A newer build was published while this one was under way; publishing this one would turn the clock back."""


class NothingPublished(Exception):
    """There is no publication (or none older) to read or to go back to."""
