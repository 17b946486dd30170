"""Text files: which encoding, turned to UTF-8 where needed, and how many records they hold."""

from __future__ import annotations

import codecs
import csv
import io
import mmap
from pathlib import Path

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.readers.header_row import SEARCHED_ROWS, find_header, no_header

DELIMITERS = (",", "\t", ";")
_SAMPLE = 256 * 1024
_CHUNK = 4 * 1024 * 1024


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


def to_utf8(path: Path, encoding: str, target: Path) -> None:
    """Write the file as UTF-8, strictly, a few MB at a time; UnicodeDecodeError when some bytes are not of the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    with open(path, "rb") as source, open(target, "wb") as out:
        while chunk := source.read(_CHUNK):
            out.write(decoder.decode(chunk).encode("utf-8"))
        out.write(decoder.decode(b"", final=True).encode("utf-8"))


def count_records(path: Path) -> tuple[int, int]:
    """(records, blank records) of a UTF-8 CSV, by line breaks outside quotes; counted without the CSV reader.

    A blank record is an empty line outside quotes. Chunks without a quote are counted by the C string search alone.
    """
    records = blanks = 0
    inside = False
    last = b"\n"  # as if a line had just ended, so that a leading empty line counts as blank
    with open(path, "rb") as file:
        if file.seek(0, 2) == 0:
            return 0, 0
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            for start in range(0, len(view), _CHUNK // 16):
                chunk = view[start : start + _CHUNK // 16]
                pieces = chunk.split(b'"') if b'"' in chunk else [chunk]
                for number, piece in enumerate(pieces):
                    if number:
                        inside = not inside
                        last = b'"'
                    if inside or not piece:
                        continue
                    breaks = piece.count(b"\n")
                    records += breaks
                    if breaks:
                        blanks += _blank_lines(piece, last)
                    last = piece[-2:] if piece.endswith(b"\r") else piece[-1:]
        finally:
            view.close()
    if last[-1:] != b"\n" or inside:
        records += 1
    return records, blanks


def _blank_lines(piece: bytes, before: bytes) -> int:
    """Empty lines that end in this piece; `before` is what was last seen ahead of it: a line had ended if it is \\n or \\n\\r."""
    at_start = before in (b"\n", b"\n\r")
    if b"\n\n" not in piece and b"\n\r\n" not in piece and not (at_start and piece.startswith((b"\n", b"\r\n"))):
        return 0
    first, *others = piece.split(b"\n")[:-1]
    return sum(1 for line in others if line in (b"", b"\r")) + (1 if at_start and first in (b"", b"\r") else 0)
