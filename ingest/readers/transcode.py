"""Other encodings to UTF-8, strictly: by the C library's iconv where there is one, else by Python's codec.

iconv decodes GB18030 at more than twice the speed of Python's codec and lets other threads run meanwhile, so several pieces of a
file are decoded at once. A piece ends with a line: no sign of GB18030 has the byte of a line break in it.
"""

from __future__ import annotations

import codecs
import ctypes
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

_CHUNK = 4 * 1024 * 1024
_LONGEST_SIGN = 4  # bytes of one character of GB18030
#: bytes of a line that is not held as a whole; it and what follows is decoded by the codec, which stops anywhere
_LONG_LINE = 32 * 1024 * 1024
_THREADS = 2
_FAILED = ctypes.c_size_t(-1).value


@cache
def _c_library() -> Any | None:
    """The C library with iconv's functions typed, or None where they are not."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        library.iconv_open.restype, library.iconv_open.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
        library.iconv.restype = ctypes.c_size_t
        library.iconv.argtypes = [ctypes.c_void_p, *[ctypes.c_void_p] * 4]
        library.iconv_close.argtypes = [ctypes.c_void_p]
    except (AttributeError, OSError, TypeError):
        return None
    return library


def to_utf8(path: Path, encoding: str, target: Path, tell: Callable[[bytes], None] = lambda _: None) -> None:
    """Write the file as UTF-8, a few MB at a time; UnicodeDecodeError when some bytes are not of the encoding.

    tell: given each block of the text as it is written, in order.
    """
    library = _c_library() if encoding == "gb18030" else None
    with open(path, "rb") as source, open(target, "wb") as out:
        blocks = _by_iconv(library, source) if library and _has_gb18030(library) else _by_codec(source, encoding, b"")
        for block in blocks:
            out.write(block)
            tell(block)


def _by_codec(source: BinaryIO, encoding: str, begun: bytes) -> Iterator[bytes]:
    """The rest of an open file as blocks of UTF-8; begun: what was read of it and not decoded."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    chunk = begun or source.read(_CHUNK)
    while chunk:
        yield decoder.decode(chunk).encode("utf-8")
        chunk = source.read(_CHUNK)
    yield decoder.decode(b"", final=True).encode("utf-8")


def _by_iconv(library: Any, source: BinaryIO) -> Iterator[bytes]:
    waiting: deque[Future[bytes]] = deque()
    rest = b""
    with ThreadPoolExecutor(_THREADS) as pool:
        while len(rest) < _LONG_LINE and (chunk := source.read(_CHUNK)):
            end = chunk.rfind(b"\n") + 1
            if end:
                waiting.append(pool.submit(_decoded, library, rest + chunk[:end]))
                rest = chunk[end:]
            else:
                rest += chunk
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        for piece in waiting:
            yield piece.result()
    yield from _by_codec(source, "gb18030", rest)


def _has_gb18030(library: Any) -> bool:
    opened = library.iconv_open(b"UTF-8", b"GB18030")
    if opened is None or opened == ctypes.c_void_p(-1).value:
        return False
    library.iconv_close(opened)
    return True


def _decoded(library: Any, text: bytes) -> bytes:
    """Whole lines of GB18030 as UTF-8."""
    room = len(text) * 3 // 2 + _LONGEST_SIGN  # two bytes become three at most, four no more than four
    written = ctypes.create_string_buffer(room)
    # no cast(): it ties a knot of references, and megabytes would wait for the garbage collector
    here, left = ctypes.c_char_p(text), ctypes.c_size_t(len(text))
    there, free = ctypes.c_void_p(ctypes.addressof(written)), ctypes.c_size_t(room)
    opened = library.iconv_open(b"UTF-8", b"GB18030")  # its state is of one piece
    try:
        told = library.iconv(opened, ctypes.byref(here), ctypes.byref(left), ctypes.byref(there), ctypes.byref(free))
    finally:
        library.iconv_close(opened)
    if told == _FAILED or left.value:
        bad = text[len(text) - left.value :][:_LONGEST_SIGN]
        raise UnicodeDecodeError("gb18030", bad, 0, 1, "not a character of this encoding")
    return ctypes.string_at(written, room - free.value)
