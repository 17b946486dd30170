"""Puts this folder's helpers and the project on the path, whatever way pytest imports test files."""

import sys
from pathlib import Path

for folder in (Path(__file__).resolve().parents[2], Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
