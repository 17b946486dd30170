"""Names of builds: a run id that is a safe file name and the same at every retry of one run."""

import datetime as dt
import hashlib
from typing import Any

DIGEST_LENGTH = 8


def build_run_id(dag_run: Any, day: dt.date) -> str:
    """Return the run id of a build, such as ``20261121_1f0c9a3e`` or, cleared once, ``20261121_1f0c9a3e_2``.

    It depends on the run and on how often a person has cleared it, and not on the attempt: a retry writes over what
    the failed attempt left, while a cleared run never writes over a version that readers may have open.
    ``dag_run`` needs ``dag_id``, ``run_id`` and ``clear_number``; the result holds only ``[0-9a-f_]``.
    """
    digest = hashlib.sha256(f"{dag_run.dag_id}/{dag_run.run_id}".encode()).hexdigest()[:DIGEST_LENGTH]
    cleared = getattr(dag_run, "clear_number", 0) or 0
    suffix = f"_{cleared + 1}" if cleared else ""
    return f"{day:%Y%m%d}_{digest}{suffix}"
