"""A process that may write in one folder only: Python's audit events tell of every file that is opened, made, moved or linked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: event: which of its arguments are paths that change, each with the argument that is the open folder it is relative to
_CHANGES = {
    "os.mkdir": ((0, 2),), "os.rename": ((0, 2), (1, 3)), "os.remove": ((0, 1),), "os.rmdir": ((0, 1),), "os.link": ((1, 3),),
    "os.symlink": ((1, 2),), "os.truncate": ((0, None),), "os.chmod": ((0, 2),), "shutil.copyfile": ((1, None),),
}  # fmt: skip


class Outside(BaseException):
    """Something was to be written outside the folder; no `except Exception` may swallow it."""


def only_inside(root: Path) -> None:
    """From now on, raise Outside for any change outside `root` or /dev. It cannot be taken back in this process."""
    allowed = (os.path.realpath(root), "/dev/")

    def watch(event: str, arguments: tuple) -> None:
        if event == "open":
            path, mode, flags = arguments
            changed = [path] if isinstance(path, (str, bytes, os.PathLike)) and _writes(mode, flags) else []
        else:
            changed = [_path(arguments, *places) for places in _CHANGES.get(event, ())]
        for path in changed:
            if isinstance(path, int):
                continue
            # the folder is resolved and not the name: a link that stands there already must not hide where it stands
            parent, name = os.path.split(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - bytes and half names come here
            if not os.path.join(os.path.realpath(parent), name).startswith(allowed):  # noqa: PTH118
                raise Outside(f"{event} {path!r} outside {allowed[0]}")

    sys.addaudithook(watch)


def _path(arguments: tuple, place: int, folder: int | None) -> str | int:
    path = arguments[place]
    if folder is None or isinstance(path, int) or (opened := arguments[folder]) in (-1, None):
        return path
    return os.path.join(f"/proc/self/fd/{opened}", os.fsdecode(path))  # noqa: PTH118


def _writes(mode: str | None, flags: int) -> bool:
    return any(sign in mode for sign in "wax+") if isinstance(mode, str) else bool(flags & _WRITING)
