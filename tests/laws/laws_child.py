"""A process of its own: lands the files listed in a JSON file, builds, and prints the hashes of the marts, and what its clock says, as its last line."""

from __future__ import annotations

import json
import select
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).parent)]


def sleep(seconds: float) -> None:
    """Without a clock: libfaketime refuses the absolute moment of the monotonic clock that Python's own sleep waits for."""
    select.select([], [], [], seconds)


if __name__ == "__main__":
    time.sleep = sleep
    from laws_workshop import Workshop

    workshop = Workshop(Path(sys.argv[1]))
    listed = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    workshop.land_together([(source, dataset, Path(path)) for source, dataset, path in listed])
    print(json.dumps({"clock": time.strftime("%Y %Z"), "hashes": workshop.build_hashes()}))
