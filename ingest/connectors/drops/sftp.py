"""Drops on an SFTP server: sshfs over asyncssh. The server's host key is always checked, and nothing of the user's own SSH set-up is read."""

from __future__ import annotations

import logging
import os
import socket
from pathlib import Path
from typing import Any

from ingest.connectors.drops.remote import SILENCE_SECONDS, Entry, Remote
from ingest.connectors.drops.settings import Drop
from ingest.connectors.retry import TryAgain
from ingest.errors import FetchFailed

_CONNECT_SECONDS = 20


def known_hosts_path(drop: Drop, home: Path) -> Path:
    """The file of host keys: as the drop says (below FUPAN_HOME unless absolute), else state/credentials/known_hosts."""
    return home / (drop.options.get("known_hosts") or "state/credentials/known_hosts")


class SftpRemote(Remote):
    """One SSH connection."""

    def __init__(self, drop: Drop, home: Path) -> None:
        super().__init__(drop)
        import asyncssh
        from sshfs import SSHFileSystem

        logging.getLogger("asyncssh").setLevel(
            logging.WARNING
        )  # at INFO it names every path, people's names in them too
        self._hosts = "the field host_key" if drop.options.get("host_key") else str(known_hosts_path(drop, home))
        keys, hosts = _client_keys(drop, home), self._known_hosts(home)
        self._known = any(asyncssh.match_known_hosts(hosts, drop.host, drop.host, _port(drop))[0])
        with self.asking("the connection"):
            self.fs = SSHFileSystem(
                drop.host, port=drop.port, username=drop.user, password=drop.options.get("password"), client_keys=keys,
                known_hosts=hosts, config=None, agent_path=None, connect_timeout=_CONNECT_SECONDS, login_timeout=_CONNECT_SECONDS,
                keepalive_interval=15, keepalive_count_max=3, skip_instance_cache=True,
                # names that are not UTF-8 (an old Windows server) are bytes like any other
                sftp_client_kwargs={"path_errors": "surrogateescape"},
            )  # fmt: skip

    def _known_hosts(self, home: Path) -> bytes:
        """The host keys that are trusted, never none: asyncssh would take ~/.ssh/known_hosts for it."""
        if key := self.drop.options.get("host_key"):
            return f"{_shown_host(self.drop)} {str(key).strip()}\n".encode()
        path = known_hosts_path(self.drop, home)
        content = path.read_bytes() if path.is_file() else b""
        if not content.strip():
            raise FetchFailed(
                f"{self.drop.label}: no host key of {self.drop.host} is known, {path} is not there or empty. {self._how()}"
            )
        return content

    def _how(self) -> str:
        port = f"-p {self.drop.port} " if self.drop.port != 22 else ""
        return (
            f"Next: ssh-keyscan {port}{self.drop.host} > host.txt; compare `ssh-keygen -lf host.txt` with the fingerprint that the "
            f"server's owner tells you; then add its lines to {self._hosts}"
        )

    def version_of(self, row: dict[str, Any]) -> tuple[str, float | None]:
        """The time of the last change, in whole seconds as SFTP tells it."""
        moment = row.get("mtime")
        return (f"{moment:%Y%m%dT%H%M%S}", moment.timestamp()) if moment else ("", None)

    def entries(self, folder: str) -> list[Entry]:
        """As `Remote.entries`."""
        with self.asking(f"the list of {folder}"):
            listed = self.fs.ls(folder, detail=True)
        return [self._entry(row, folder.rstrip("/") + "/") for row in listed]

    def move(self, entry: Entry, target: str) -> bool:
        """Rename, then look at what was renamed: a newer file of that name is put back."""
        from fsspec.asyn import sync

        async def rename() -> bool:
            async with self.fs.client.start_sftp_client(path_errors="surrogateescape") as sftp:
                if await sftp.lexists(target):
                    raise FileExistsError
                await sftp.makedirs(target.rpartition("/")[0], exist_ok=True)
                await sftp.rename(entry.path, target)
                moved = await sftp.lstat(target)
                if (moved.size, moved.mtime) == (entry.size, int(entry.mtime or 0)):
                    return True
                if not await sftp.lexists(entry.path):
                    await sftp.rename(target, entry.path)
                return False

        with self.asking(f"moving {entry.path}"):
            try:
                return sync(self.fs.loop, rename, timeout=SILENCE_SECONDS)
            except FileExistsError:
                pass
        raise FileExistsError

    def explain(self, problem: Exception, what: str) -> Exception:
        """See Remote.explain."""
        import asyncssh

        drop = self.drop
        if isinstance(problem, asyncssh.HostKeyNotVerifiable):
            if self._known:
                return FetchFailed(
                    f"{drop.label}: the server shows another host key than the one known in {self._hosts}: it was set up anew, or "
                    f"somebody stands in between. Nothing was sent. Ask the server's owner; only then replace its line. {self._how()}"
                )
            return FetchFailed(
                f"{drop.label}: no host key of {drop.host} is among those of {self._hosts}. {self._how()}"
            )
        if isinstance(problem, FileNotFoundError | asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
            return FileNotFoundError(what)
        if isinstance(problem, asyncssh.SFTPPermissionDenied):
            return FetchFailed(
                f"{drop.label}: {drop.user} may not touch {what}. Next: have the server's owner allow it"
            )
        if isinstance(problem, PermissionError | asyncssh.PermissionDenied):
            used = "password" if not (drop.options.get("key_file") or drop.options.get("private_key")) else "key"
            return FetchFailed(
                f"{drop.label}: the server does not let {drop.user} in with this {used}. Next: compare user and {used} with the "
                f"server's owner ({drop.where})"
            )
        if isinstance(problem, asyncssh.KeyExchangeFailed | asyncssh.ProtocolNotSupported):
            return FetchFailed(f"{drop.label}: no common way of encryption with this server. Next: update the server")
        return TryAgain(f"{what}: {_words(problem)}")

    def give_up(self) -> None:
        """End the connection, upon which whatever waits for it fails."""
        fs = getattr(self, "fs", None)
        if fs is not None:
            fs.loop.call_soon_threadsafe(fs.client.abort)

    def close(self) -> None:
        """End the connection."""
        self.give_up()


def _words(problem: Exception) -> str:
    """What went wrong, by its kind: a server's own words may hold anything."""
    if isinstance(problem, socket.gaierror):
        return "there is no server of that name"
    if isinstance(problem, OSError) and problem.errno:
        return os.strerror(problem.errno)
    return type(problem).__name__


def _port(drop: Drop) -> int | None:
    return drop.port if drop.port != 22 else None


def _shown_host(drop: Drop) -> str:
    """As known_hosts writes it."""
    return drop.host if drop.port == 22 else f"[{drop.host}]:{drop.port}"


def _client_keys(drop: Drop, home: Path) -> list | None:
    """The private key, from its file (mode 600, as ssh demands) or from the field itself; None with a password alone."""
    import asyncssh

    options = drop.options
    try:
        if text := options.get("private_key"):
            return [asyncssh.import_private_key(text, options.get("key_passphrase"))]
        if not options.get("key_file"):
            return None
        path = home / options["key_file"]
        if path.stat().st_mode & 0o077:
            raise FetchFailed(f"{path} can be read by others. Next: chmod 600 {path}")
        return [asyncssh.read_private_key(path, options.get("key_passphrase"))]
    except OSError as problem:
        raise FetchFailed(f"{drop.where}: key_file cannot be read: {problem.strerror}. Next: mend the path") from None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        raise FetchFailed(
            f"{drop.where}: the private key is none that can be read, or key_passphrase is missing or wrong. Next: make one with "
            "`ssh-keygen -t ed25519`"
        ) from None
