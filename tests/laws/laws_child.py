"""A process of its own: lands the files listed in a JSON file, builds, and prints the hashes of the marts as its last line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).parent)]

if __name__ == "__main__":
    from laws_workshop import Workshop

    workshop = Workshop(Path(sys.argv[1]))
    listed = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    workshop.land([(source, dataset, Path(path)) for source, dataset, path in listed])
    print(json.dumps(workshop.build_hashes()))
