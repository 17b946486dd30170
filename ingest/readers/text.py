"""Text files: which encoding, turned to UTF-8 where needed, and how many records they hold."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.limits import limit
from ingest.readers.header_row import SEARCHED_ROWS, find_header, no_header

if TYPE_CHECKING:
    import numpy as np

DELIMITERS = (",", "\t", ";")
_SAMPLE = 256 * 1024
_CHUNK = 4 * 1024 * 1024
_BLOCK = 1024 * 1024  # of a file being counted: read and searched while it is in the processor's cache
_FEW_EDGES = 4096
#: signs of one cell of a text file. What DuckDB reads has no longer ones, and the csv module is to agree with it
LONGEST_CELL = limit("FUPAN_CELL_BYTES", 2 * 1024**2)
csv.field_size_limit(LONGEST_CELL)
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


def tail_of(path: Path) -> bytes:
    """The last bytes of a file, for `unless_total`."""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, io.SEEK_END) - 4))
        return file.read()


def unless_total(tail: bytes) -> str:
    """What to say of a text file with these last bytes that states no total: it may end where it was cut, and nobody can see it."""
    if tail.rstrip(b"\x00").endswith((b"\n", b"\r")):
        return "no control total: a cut at the end of a line would not be seen"
    return "no control total, and the last line has no line break: look whether the file was cut"


def _decoded(sample: bytes, encoding: str, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)(errors="strict").decode(sample, final=whole)
    except UnicodeDecodeError:
        return None


def _rows(text: str, delimiter: str) -> list[tuple[list[str], int]]:
    """The first rows and, for each, the physical lines read up to and including it."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found = []
    try:
        for row in reader:
            found.append((row, reader.line_num))
            if len(found) >= SEARCHED_ROWS:
                break
    except csv.Error:
        pass
    return found


class Dialect:
    """What a text file turned out to be: encoding, delimiter, header cells, its index among records and its last line."""

    def __init__(self, encoding: str, delimiter: str, cells: list[str], index: int, line: int, points: int) -> None:
        self.encoding, self.delimiter, self.cells = encoding, delimiter, cells
        self.header_index, self.header_line, self.points = index, line, points

    @property
    def is_utf8(self) -> bool:
        """Whether DuckDB can read the bytes as they are."""
        return self.encoding in ("utf-8", "utf-8-sig")


def recognise(path: Path, contract: Contract) -> Dialect:
    """Encoding and delimiter are those under which the header is found; strict decoding, in the order of design.

    Raises Refused when no combination shows a header of the contract.
    """
    with open(path, "rb") as file:
        sample = file.read(_SAMPLE)
        whole = not file.read(1)
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif sample.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    best: Dialect | None = None
    first_rows: list[list[str]] = []
    for encoding in encodings:
        text = _decoded(sample, encoding, whole=whole)
        if text is None and encoding.startswith("utf-8"):
            text = _lines_that_decode(sample, encoding)
        if text is None:
            continue
        for delimiter in DELIMITERS:
            rows = _rows(text.replace("\x00", ""), delimiter)
            cells = [r for r, _ in rows]
            first_rows = first_rows or cells
            index, points = find_header(cells, contract)
            if index >= 0 and (best is None or points > best.points):
                best = Dialect(encoding, delimiter, cells[index], index, rows[index][1], points)
    if best is None and encodings == ["utf-16"] and not first_rows:
        raise Refused(
            "the file begins as UTF-16 and holds bytes that are not: it was cut", line=1, hint="download it again"
        )
    if best is None:
        raise no_header(first_rows, contract)
    return best


def _lines_that_decode(sample: bytes, encoding: str) -> str:
    """The lines of a sample that are valid in an encoding: enough to see the header of a file with a few broken lines."""
    good = []
    for line in sample.split(b"\n")[: SEARCHED_ROWS * 5]:
        try:
            good.append(line.decode(encoding))
        except UnicodeDecodeError:
            continue
    return "\n".join(good)


class Counts(NamedTuple):
    """records, blank ones among them, and delimiters outside quotes."""

    records: int
    blanks: int
    delimiters: int


def count_records(path: Path, delimiter: str = ",") -> Counts:
    """What a UTF-8 CSV holds; see `RecordCounter`."""
    counter = RecordCounter(delimiter)
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            counter.feed(block)
    return counter.counts()


class RecordCounter:
    """Counts what a UTF-8 CSV holds, by line breaks and delimiters outside quotes; without the CSV reader.

    A blank record is an empty line (\\n or \\r\\n) outside quotes; a last line without a break is a record. A break stands
    inside quotes when the quotes before it are odd in number; where all of them are is found by whole blocks.
    """

    def __init__(self, delimiter: str = ",") -> None:
        self._mark = ord(delimiter)
        self._records = self._blanks = self._delimiters = self._quotes_before = 0
        # bytes since the last record's end, and whether the block before ended with a carriage return
        self._open_line, self._ended_by_return = 0, False

    def feed(self, data: bytes) -> None:
        """Count the next bytes of the file."""
        for start in range(0, len(data), _BLOCK):
            self._count(data[start : start + _BLOCK])

    def counts(self) -> Counts:
        """What was counted, when there are no more bytes."""
        return Counts(self._records + (self._open_line > 0), self._blanks, self._delimiters)

    def _count(self, block: bytes) -> None:
        import numpy as np

        data = np.frombuffer(block, dtype=np.uint8)
        breaks = np.flatnonzero(data == _NEWLINE)
        quotes = np.flatnonzero(data == _QUOTE)
        self._delimiters += _outside_quotes(data, block, self._mark, quotes, self._quotes_before)
        if len(quotes) or self._quotes_before:
            breaks = breaks[(np.searchsorted(quotes, breaks) + self._quotes_before) % 2 == 0]
            self._quotes_before = (self._quotes_before + len(quotes)) % 2
        if len(breaks):
            self._records += len(breaks)
            first = int(breaks[0])
            returned = block[first - 1] == _RETURN if first else self._ended_by_return
            self._blanks += self._open_line + first == 0 or (self._open_line + first == 1 and returned)
            lengths = np.diff(breaks) - 1
            alone = breaks[1:][lengths == 1] - 1
            self._blanks += int(np.count_nonzero(lengths == 0) + np.count_nonzero(data[alone] == _RETURN))
            self._open_line = len(block) - 1 - int(breaks[-1])
        else:
            self._open_line += len(block)
        self._ended_by_return = block[-1] == _RETURN


def _outside_quotes(data: np.ndarray, block: bytes, mark: int, quotes: np.ndarray, inside_at_start: int) -> int:
    """How many of `mark` stand outside quotes in a block: all of them less those of the quoted stretches."""
    import numpy as np

    total = int(np.count_nonzero(data == mark))
    if not len(quotes):
        return 0 if inside_at_start else total
    edges = [*([0] if inside_at_start else []), *quotes.tolist()]
    edges += [len(block)] if len(edges) % 2 else []
    if len(edges) <= _FEW_EDGES:
        return total - sum(block.count(mark, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    upto = np.concatenate(([0], np.cumsum(data == mark)))
    return total - int((upto[edges[1::2]] - upto[edges[::2]]).sum())
