"""Other encodings to UTF-8, strictly: by the C library's iconv where there is one, else by Python's codec.

iconv decodes GB18030 at more than twice the speed of Python's codec, and lets other threads run meanwhile.
"""

from __future__ import annotations

import codecs
import ctypes
import errno
from functools import cache
from pathlib import Path
from typing import Any

_CHUNK = 4 * 1024 * 1024
_LONGEST_SIGN = 4  # bytes of one character of GB18030; UTF-8 never takes more than 1.5 times as many in all
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


def to_utf8(path: Path, encoding: str, target: Path) -> None:
    """Write the file as UTF-8, a few MB at a time; UnicodeDecodeError when some bytes are not of the encoding."""
    library = _c_library() if encoding == "gb18030" else None
    opened = library.iconv_open(b"UTF-8", b"GB18030") if library else None
    if opened is None or opened == ctypes.c_void_p(-1).value:
        _by_codec(path, encoding, target)
        return
    try:
        _by_iconv(library, opened, path, target)
    finally:
        library.iconv_close(opened)


def _by_codec(path: Path, encoding: str, target: Path) -> None:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    with open(path, "rb") as source, open(target, "wb") as out:
        while chunk := source.read(_CHUNK):
            out.write(decoder.decode(chunk).encode("utf-8"))
        out.write(decoder.decode(b"", final=True).encode("utf-8"))


def _by_iconv(library: Any, opened: int, path: Path, target: Path) -> None:
    room = 2 * (_CHUNK + _LONGEST_SIGN)
    written = ctypes.create_string_buffer(room)
    rest = b""
    with open(path, "rb") as source, open(target, "wb") as out:
        while chunk := source.read(_CHUNK):
            text = rest + chunk
            start = ctypes.c_char_p(text)
            here, left = ctypes.cast(start, ctypes.c_void_p), ctypes.c_size_t(len(text))
            there, free = ctypes.cast(written, ctypes.c_void_p), ctypes.c_size_t(room)
            told = library.iconv(
                opened, ctypes.byref(here), ctypes.byref(left), ctypes.byref(there), ctypes.byref(free)
            )
            rest = text[len(text) - left.value :]
            cut_sign = ctypes.get_errno() == errno.EINVAL and len(rest) < _LONGEST_SIGN
            if told == _FAILED and not cut_sign:
                raise UnicodeDecodeError("gb18030", rest[:_LONGEST_SIGN], 0, 1, "not a character of this encoding")
            out.write(memoryview(written)[: room - free.value])
    if rest:
        raise UnicodeDecodeError("gb18030", rest, 0, len(rest), "the last character is cut")
