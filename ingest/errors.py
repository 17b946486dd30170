"""What can go wrong on the way in, as two kinds: a file that is refused, and a call that failed."""

from __future__ import annotations


class Refused(Exception):
    """A file that must not be loaded; nothing of it reaches raw.

    reason: one sentence with the offending value; line and column (1-based line of the file, header text) where known;
    hint: the next step for the person who reads it.
    """

    def __init__(self, reason: str, *, line: int | None = None, column: str | None = None, hint: str = "") -> None:
        self.reason, self.line, self.column, self.hint = reason, line, column, hint
        super().__init__(self.describe())

    def describe(self) -> str:
        """The reason with its place and next step, in one line."""
        place = ", ".join(
            p for p in (f"line {self.line}" if self.line else "", f"column {self.column}" if self.column else "") if p
        )
        return self.reason + (f" ({place})" if place else "") + (f" Next: {self.hint}" if self.hint else "")


class FetchFailed(Exception):
    """A platform's API could not give a whole answer; nothing of the day was landed."""


class Unreachable(FetchFailed):
    """The platform did not answer, or not sensibly, as often as it was asked: it said nothing about the request."""
