"""Real servers for the tests of drops: OpenSSH's sshd, moto's S3, and a proxy that cuts connections. All on 127.0.0.1."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from ingest.connectors.drops.settings import drops_path

#: how long a proxy that hangs keeps silent, in seconds
SILENT_FOR = 40
USER = pwd.getpwuid(os.getuid()).pw_name


def make_key(path: Path) -> Path:
    """A new Ed25519 key pair at `path` and `path`.pub."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class Sshd:
    """An sshd of the test's own: new host key, one user key, internal-sftp, the current user."""

    def __init__(self, folder: Path) -> None:
        binary = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")
        assert binary, "sshd is missing, and these tests need a real SFTP server. Next: apt-get install openssh-server"
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its privilege separation wants it
        folder.mkdir(parents=True)
        self.folder, self.port, self.process = folder, free_port(), None
        self.host_key, self.user_key = make_key(folder / "host"), make_key(folder / "user")
        self.base = folder / "export"
        self.base.mkdir()
        allowed = folder / "allowed"
        allowed.write_text((folder / "user.pub").read_text())
        self.config = folder / "sshd_config"
        self.config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.host_key}\nPidFile {folder}/pid\n"
            f"AuthorizedKeysFile {allowed}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\nMaxStartups 100\n"
        )
        self._binary = binary
        self.start()

    def start(self) -> None:
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self._binary, "-D", "-e", "-f", str(self.config)], stderr=log)
        wait_for_port(self.port)

    def stop(self) -> None:
        """End it, and the process of every connection."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        for pid in children.stdout.split():
            subprocess.run(["kill", "-9", pid], stderr=subprocess.DEVNULL)
        self.process.kill()
        self.process.wait()

    def known(self, port: int | None = None) -> str:
        """Its line for known_hosts."""
        return f"[127.0.0.1]:{port or self.port} {(self.folder / 'host.pub').read_text()}"

    def fields(self, port: int | None = None, **more) -> dict:
        """What drops.json has to say about it."""
        url = f"sftp://{USER}@127.0.0.1:{port or self.port}{self.base}"
        return {"url": url, "key_file": str(self.user_key), "settle_seconds": 0.05, **more}

    def put(self, place: str, content: bytes | str, age: float = 3600) -> Path:
        """A file of the server, written `age` seconds ago."""
        path = self.base / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        moment = time.time() - age
        os.utime(path, (moment, moment))
        return path


class CuttingProxy:
    """Passes TCP on, and cuts each of the first `cuts` connections after `after` bytes from the server; or stops passing."""

    def __init__(self, target: int, after: int, cuts: int, *, hang: bool = False) -> None:
        self._target, self._after, self.cuts, self._hang = target, after, cuts, hang
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._target))
            limit = self._after if self.connections <= self.cuts else None
            threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, limit), daemon=True).start()

    def _pass(self, origin: socket.socket, target: socket.socket, limit: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while data := origin.recv(65536):
                passed += len(data)
                if limit is not None and passed > limit:
                    if self._hang:
                        threading.Event().wait(SILENT_FOR)
                    break
                target.sendall(data)
        for end in (origin, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.close()


def set_up_drops(home: Path, drops: dict[str, list[dict]], known: str = "") -> None:
    """Write drops.json (and known_hosts), readable by the owner alone."""
    path = drops_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(drops))
    if known:
        (path.parent / "known_hosts").write_text(known)


def waiting(home: Path, source: str = "shop") -> dict[str, bytes]:
    """{path below the source's inbox: bytes}, everything that lies there, hidden files too."""
    folder = home / "inbox" / source
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if not p.is_dir()}
