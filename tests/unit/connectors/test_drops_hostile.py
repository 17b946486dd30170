"""An SFTP server that lies: names that lead elsewhere, sizes that are wrong, files that nobody may read."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import asyncssh
import pytest
from drop_servers import make_key, set_up_drops, waiting

from ingest.connectors.drops import fetch_drops
from ingest.errors import FetchFailed
from ingest.registry import find_source

pytestmark = pytest.mark.xdist_group("sshd")
LEADING_OUT = [
    "../escaped.csv",
    "../../../../../escaped.csv",
    "/etc/escaped.csv",
    "a/b.csv",
    "..",
    ".",
    "",
    "nul\0.csv",
]
GOOD = b"the only file that is what it says"


class Liar(asyncssh.SFTPServer):
    """Lists `warehouses` with every name that leads out of it; `short.csv` and `long.csv` are not of the size that is told."""

    contents = {"good.csv": GOOD, "short.csv": b"x" * 50, "long.csv": b"y" * 150}
    listed: list[str] = []

    def _attrs(self, path: bytes) -> asyncssh.SFTPAttrs:
        name = path.rsplit(b"/", 1)[-1].decode()
        if name in ("", "export", "warehouses"):
            return asyncssh.SFTPAttrs(permissions=0o40755, size=0, atime=1, mtime=1_700_000_000)
        size = len(GOOD) if name == "good.csv" else 100
        return asyncssh.SFTPAttrs(permissions=0o100644, size=size, atime=1, mtime=1_700_000_000)

    async def scandir(self, path):
        if path not in (b"/export", b"/export/warehouses"):
            raise asyncssh.SFTPNoSuchFile("nothing there")
        names = self.listed if path.endswith(b"warehouses") else ["warehouses"]
        for name in names:
            yield asyncssh.SFTPName(name.encode(), attrs=self._attrs(name.encode()))

    def stat(self, path):
        return self._attrs(path)

    lstat = stat

    def open(self, path, pflags, attrs):
        name = path.rsplit(b"/", 1)[-1].decode()
        if name == "locked.csv":
            raise asyncssh.SFTPPermissionDenied("not for you, 13912345678")
        return self.contents.get(name, b"escaped")

    def read(self, file_obj, offset, size):
        return file_obj[offset : offset + size]

    def close(self, file_obj):
        return None


@pytest.fixture(scope="module")
def liar(tmp_path_factory):
    """(port, keys' folder) of the lying server, in a thread."""
    folder = tmp_path_factory.mktemp("liar")
    make_key(folder / "host"), make_key(folder / "user")
    loop, ready, port = asyncio.new_event_loop(), threading.Event(), []

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[str(folder / "host")], authorized_client_keys=str(folder / "user.pub"),
            sftp_factory=Liar,
        )  # fmt: skip
        port.append(server.sockets[0].getsockname()[1])
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(20)
    yield port[0], folder
    loop.call_soon_threadsafe(loop.stop)


def pull(home, liar, *names: str) -> list[Path]:
    port, keys = liar
    Liar.listed = list(names)
    fields = {"url": f"sftp://someone@127.0.0.1:{port}/export", "key_file": str(keys / "user"), "settle_seconds": 0}
    set_up_drops(home, {"shop": [fields]}, f"[127.0.0.1]:{port} {(keys / 'host.pub').read_text()}")
    return fetch_drops(find_source("shop"), home)


def everything(home: Path) -> set[str]:
    """Every file round the home, of this test alone."""
    return {str(p.relative_to(home.parent)) for p in home.parent.rglob("*") if p.is_file()}


@pytest.mark.fault(40)
def test_names_that_lead_out_of_the_folder_are_passed_over(home, liar, caplog):
    (home / "state/drops").mkdir()
    before = everything(home)
    paths = pull(home, liar, *LEADING_OUT, "good.csv")
    assert waiting(home) == {"warehouses/good.csv": GOOD}
    assert everything(home) - before == {
        "home/inbox/shop/warehouses/good.csv", "home/state/credentials/drops.json", "home/state/credentials/known_hosts",
        "home/state/drops/shop.json",
    }  # fmt: skip
    assert not Path("/etc/escaped.csv").exists()
    assert [p.name for p in paths] == ["good.csv"]
    assert caplog.text.count("a name that leads elsewhere") >= 4


@pytest.mark.fault(40)
def test_a_file_shorter_than_told_never_arrives_and_keeps_no_other_back(home, liar, waits):
    with pytest.raises(FetchFailed, match="short.csv: gave up after 6 tries: ended after 50 of 100 bytes"):
        pull(home, liar, "short.csv", "good.csv")
    assert waiting(home) == {"warehouses/good.csv": GOOD}


@pytest.mark.fault(40)
def test_a_file_longer_than_told_is_not_cut_short(home, liar, waits):
    with pytest.raises(FetchFailed, match="long.csv: gave up after 6 tries: goes on after 100 bytes"):
        pull(home, liar, "long.csv")
    assert waiting(home) == {}


@pytest.mark.fault(40)
def test_a_file_that_may_not_be_read_is_named_and_keeps_no_other_back(home, liar, waits):
    with pytest.raises(FetchFailed, match=r"someone may not touch /export/warehouses/locked\.csv") as caught:
        pull(home, liar, "locked.csv", "good.csv")
    assert "13912345678" not in str(caught.value), "a server's own words may hold anything"
    assert waits == [] and waiting(home) == {"warehouses/good.csv": GOOD}


@pytest.mark.fault(40)
def test_too_many_names_are_refused(home, liar, monkeypatch):
    monkeypatch.setattr("ingest.connectors.drops.listing.MOST_ENTRIES", 100)
    with pytest.raises(FetchFailed, match="more than 100 names"):
        pull(home, liar, *(f"{n}.csv" for n in range(101)))


@pytest.mark.fault(40)
def test_a_file_that_is_too_large_is_refused_unread(home, liar, monkeypatch):
    monkeypatch.setattr("ingest.connectors.drops.download.LARGEST_FILE", 99)
    with pytest.raises(FetchFailed, match="long.csv has 100 bytes, more than 99"):
        pull(home, liar, "long.csv", "good.csv")
    assert waiting(home) == {"warehouses/good.csv": GOOD}


@pytest.mark.fault(40)
def test_more_files_than_a_pull_takes_come_with_the_next(home, liar, monkeypatch, caplog):
    monkeypatch.setattr("ingest.connectors.drops.MOST_FILES", 2)
    monkeypatch.setattr(Liar, "contents", {f"{n}.csv": b"z" * 100 for n in range(3)})
    names = ["0.csv", "1.csv", "2.csv"]
    assert [p.name for p in pull(home, liar, *names)] == names[:2]
    assert [p.name for p in pull(home, liar, *names)] == names[2:]
