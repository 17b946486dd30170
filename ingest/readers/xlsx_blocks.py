"""The part of a workbook that holds rows (or shared texts), a few megabytes of whole elements at a time.

A part is unpacked as it is read and never held. What stands before the first element is kept, since its namespaces are needed
where a block is parsed by itself.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

from ingest.errors import Refused

BLOCK_BYTES = 4 * 1024**2
#: one row of a sheet, or one shared text with its marks; Excel's own limits stay below it
LONGEST_ELEMENT = 32 * 1024**2
_LONGEST_HEAD = 16 * 1024**2
_DAMAGED = "export it again; if it opens in a spreadsheet, save it once more there"
#: no XML may hold them, and exporters write them all the same
_CONTROL = bytes(c for c in range(32) if c not in (9, 10, 13))
_DECLARED = re.compile(rb"<\?xml[^<>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")


class Blocks:
    """Iterates over the inner elements of a part: `sheetData` and `row`, or `sst` and `si`. Raises Refused for a part that was cut.

    opening: the tags that are open where the elements stand, and closing: what closes them; prefix: of the part's own tags (`x:`).
    """

    def __init__(self, part: IO[bytes], outer: str, inner: str) -> None:
        self._texts = _in_utf8(part)
        self._outer, self._inner = outer.encode(), inner.encode()
        self.opening, self.closing, self.prefix = b"", b"", b""
        self._rest = self._begin()

    def _begin(self) -> bytes | None:
        """Read up to the outer element's own tag; nothing where there is none, or an empty one."""
        opened = re.compile(rb"<((?:[\w.-]+:)?)" + self._outer + rb"(?=[\s/>])[^<>]*>")
        head = b""
        for text in self._texts:
            head += text
            if found := opened.search(head):
                break
            if len(head) > _LONGEST_HEAD:
                raise Refused(f"a part of the workbook has {_LONGEST_HEAD:,} bytes before its rows", hint=_DAMAGED)
        else:
            found = None
        if b"<!DOCTYPE" in head[: found.start() if found else None]:
            raise Refused("a part of the workbook has a document type, which no workbook has", hint="export it again")
        if not found:
            if not re.search(rb"<(?:[\w.-]+:)?(?:worksheet|chartsheet|dialogsheet|sst)[\s/>]", head):
                raise Refused("a part of the workbook is not what it should be", hint=_DAMAGED)
            return None
        self.prefix = found[1]
        root = re.search(rb"<([\w.:-]+)(?:\s[^<>]*)?>", re.sub(rb"<[?!][^<>]*>", b"", head[: found.start()]))
        self.opening, self.closing = found[0], b"</%b%b>" % (found[1], self._outer)
        if root:
            self.opening, self.closing = root[0] + found[0], self.closing + b"</%b>" % root[1]
        return None if found[0].endswith(b"/>") else head[found.end() :]

    def __iter__(self) -> Iterator[bytes]:
        if self._rest is None:
            return
        ends = b"</%b%b>" % (self.prefix, self._inner)
        over = re.compile(rb"</" + self.prefix + self._outer + rb"\s*>")
        waiting, looked = self._rest, 0
        while True:
            if found := over.search(waiting, max(0, looked - 64)):
                if block := waiting[: found.start()].strip():
                    yield _plain(block)
                self._see_to_the_end(waiting[found.end() :])
                return
            looked = len(waiting)
            if len(waiting) >= BLOCK_BYTES and (cut := waiting.rfind(ends)) >= 0:
                cut += len(ends)
                yield _plain(waiting[:cut])
                waiting = waiting[cut:]
                looked = 0
            elif len(waiting) > LONGEST_ELEMENT:
                raise Refused(f"a row of the workbook takes more than {LONGEST_ELEMENT:,} bytes", hint=_DAMAGED)
            text = next(self._texts, None)
            if text is None:
                raise Refused("the workbook ends inside its rows: it was cut", hint="download it again")
            waiting += text

    def _see_to_the_end(self, tail: bytes) -> None:
        """Nothing that would be a row may stand behind the rows; reading to the end lets the archive check its sums."""
        again = b"<%b%b" % (self.prefix, self._outer)
        while True:
            if again in tail:
                raise Refused(f"a part of the workbook has {self._outer.decode()} twice", hint=_DAMAGED)
            text = next(self._texts, None)
            if text is None:
                return
            tail = tail[-len(again) :] + text


def _plain(block: bytes) -> bytes:
    return block.translate(None, _CONTROL)


def _in_utf8(part: IO[bytes]) -> Iterator[bytes]:
    """The part's text a megabyte at a time, in UTF-8 without a mark; UTF-16, which the standard allows too, is turned."""
    first = part.read(1024**2)
    if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        decoder = codecs.getincrementaldecoder("utf-16")(errors="strict")
        try:
            while first:
                yield decoder.decode(first).encode("utf-8")
                first = part.read(1024**2)
            decoder.decode(b"", final=True)
        except UnicodeError:
            raise Refused("a part of the workbook is no UTF-16, as it says", hint=_DAMAGED) from None
        return
    stated = _DECLARED.match(first.removeprefix(codecs.BOM_UTF8).lstrip())
    if stated and stated[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise Refused(f"a part of the workbook is written in {stated[1].decode()[:40]}", hint="save it as .xlsx once more; that is always UTF-8")  # fmt: skip
    first = first.removeprefix(codecs.BOM_UTF8)
    while first:
        yield first
        first = part.read(1024**2)
