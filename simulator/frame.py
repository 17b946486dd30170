"""Frame: the simulator's own small column store, a dict of numpy arrays of one length."""

from collections.abc import Sequence

import numpy as np

NONE = -1
"""Stands for "never" in every time column and for "no such thing" in every index column."""


class Frame(dict):
    """Columns by name, all of one length; `frame.name` reads a column."""

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            return self[name]
        except KeyError as missing:
            raise AttributeError(name) from missing

    @property
    def rows(self) -> int:
        """The number of rows (0 for a frame without columns)."""
        return len(next(iter(self.values()))) if self else 0

    def take(self, index: np.ndarray | slice) -> "Frame":
        """The rows of `index`: a boolean mask, positions, or a slice (whose rows are not copied)."""
        return Frame({name: column[index] for name, column in self.items()})

    def shifted(self, **offsets: int) -> "Frame":
        """A copy in which the named index columns are moved by an offset; NONE stays NONE."""
        moved = Frame(self)
        for name, offset in offsets.items():
            moved[name] = np.where(self[name] == NONE, NONE, self[name] + offset)
        return moved


def stack(frames: Sequence[Frame]) -> Frame:
    """All rows of the frames in their order; the frames must have the same columns."""
    if not frames:
        raise ValueError("no frame to stack")
    if len(frames) == 1:
        return frames[0]
    return Frame({name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]})
