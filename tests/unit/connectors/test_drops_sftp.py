"""Drops on a real OpenSSH server: whole files, once each, from the right server only, whatever the connection does."""

from __future__ import annotations

import datetime as dt
import os
import resource
import time
import traceback
from pathlib import Path

import pytest
from drop_servers import SILENT_FOR, CuttingProxy, Sshd, free_port, make_key, set_up_drops, waiting

from ingest import ledger, pipeline
from ingest.connectors.drops import fetch_drops, listing, remote
from ingest.connectors.drops.sftp import SftpRemote
from ingest.errors import FetchFailed, Unreachable
from ingest.registry import find_source

pytestmark = pytest.mark.xdist_group("sshd")
DAY = dt.date(2026, 11, 21)
HEADER = "warehouse_id,warehouse_name,province,city,daily_capacity\n"
ROWS = HEADER + "W1,杭州一仓,浙江,杭州,20000\nW2,广州二仓,广东,广州,15000\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One sshd for the module."""
    server = Sshd(tmp_path_factory.mktemp("drops") / "sshd")
    yield server
    server.stop()


@pytest.fixture
def server(running, tmp_path):
    """The sshd with a folder of the test's own."""
    running.base = tmp_path / "export"
    running.base.mkdir()
    return running


def fetch(home, source="shop", say=None) -> list:
    return fetch_drops(find_source(source), home, say=say)


def names(home) -> list[str]:
    return list(waiting(home))


def test_a_pull_fetches_lands_and_fetches_nothing_again(home, server):
    put = server.put("warehouses/仓库资料_20261121.csv", ROWS)
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    first = pipeline.pull("shop", DAY, home=home)
    assert [(x.dataset, x.file_name, x.status, x.rows_loaded) for x in first.loads] == [
        ("warehouses", "仓库资料_20261121.csv", "loaded", 2)
    ]
    assert put.exists(), "the server keeps its files unless told otherwise"
    again = pipeline.pull("shop", DAY, home=home)
    assert again.loads == []
    assert len(list(ledger.read_loads(home))) == 1


def test_the_time_of_change_is_the_servers(home, server):
    put = server.put("warehouses/w.csv", ROWS, age=86_400)
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    [path] = fetch(home)
    assert int(path.stat().st_mtime) == int(put.stat().st_mtime)


def test_a_file_replaced_under_the_same_name_is_fetched_again(home, server):
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    server.put("warehouses/w.csv", ROWS, age=7200)
    fetch(home)
    server.put("warehouses/w.csv", ROWS.replace("20000", "30000"), age=3600)  # as many bytes
    assert fetch(home) == [home / "inbox/shop/warehouses/again-2/w.csv"], (
        "the first still waits and is not written over"
    )
    found = waiting(home)
    assert b"20000" in found["warehouses/w.csv"] and b"30000" in found["warehouses/again-2/w.csv"]
    assert fetch(home) == []


def test_three_hundred_files_in_folders_of_days(home, server):
    for n in range(300):
        server.put(f"warehouses/2026-11-{n % 28 + 1:02d}/part{n // 28}.csv", f"{n}")
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    said: list[str] = []
    paths = fetch(home, say=said.append)
    assert len(paths) == len(set(paths)) == 300
    assert sorted(int(content) for content in waiting(home).values()) == list(range(300))
    assert said and "of 300 file(s)" in said[0]
    assert fetch(home) == []


@pytest.mark.fault(3)
def test_a_growing_file_is_left_for_the_next_pull(home, server, monkeypatch, caplog):
    growing, whole = server.put("warehouses/growing.csv", HEADER), server.put("warehouses/whole.csv", ROWS)
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        with open(growing, "a") as file:
            file.write("W1,")

    monkeypatch.setattr(listing, "pause", pause)
    caplog.set_level("INFO", "fupan")
    assert [p.name for p in fetch(home)] == [whole.name]
    assert "still growing: warehouses/growing.csv" in caplog.text
    monkeypatch.setattr(listing, "pause", pauses.append)
    assert [p.name for p in fetch(home)] == [growing.name]
    assert pauses == [0.05, 0.05]


def test_a_done_mark_needs_no_second_look_and_is_not_fetched(home, server, monkeypatch):
    server.put("warehouses/w.csv", ROWS)
    server.put("warehouses/w.csv.done", "")
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    monkeypatch.setattr(listing, "pause", lambda _: pytest.fail("looked twice"))
    fetch(home)
    assert names(home) == ["warehouses/w.csv"]


def test_a_file_that_changes_while_it_comes_is_left(home, server, monkeypatch, caplog):
    put = server.put("warehouses/w.csv", ROWS)
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    honest = SftpRemote.look

    def written_meanwhile(self, path):
        put.write_text(ROWS.replace("W2", "W9"))
        return honest(self, path)

    caplog.set_level("INFO", "fupan")
    with monkeypatch.context() as patch:
        patch.setattr(SftpRemote, "look", written_meanwhile)
        assert fetch(home) == []
    assert waiting(home) == {}
    assert "changed meanwhile: w.csv" in caplog.text
    fetch(home)
    assert b"W9" in waiting(home)["warehouses/w.csv"]


@pytest.mark.parametrize("hang", [False, True], ids=["cut", "silent"])
def test_a_connection_that_breaks_in_a_transfer_is_tried_again(home, server, waits, monkeypatch, hang):
    content = os.urandom(3_000_000)
    server.put("warehouses/big.csv", content)
    proxy = CuttingProxy(server.port, after=500_000, cuts=2, hang=hang)
    monkeypatch.setattr(remote, "SILENCE_SECONDS", 1.0)
    set_up_drops(home, {"shop": [server.fields(proxy.port)]}, server.known(proxy.port))
    started = time.monotonic()
    fetch(home)
    took = time.monotonic() - started
    proxy.close()
    assert waiting(home) == {"warehouses/big.csv": content}
    assert len(waits) == 2 and proxy.connections == 3
    assert took < SILENT_FOR, "it waited until the server spoke again"


def test_a_transfer_that_never_ends_leaves_nothing_and_the_inbox_is_landed(home, server, waits):
    server.put("warehouses/big.csv", os.urandom(3_000_000))
    proxy = CuttingProxy(server.port, after=500_000, cuts=1000)
    set_up_drops(home, {"shop": [server.fields(proxy.port)]}, server.known(proxy.port))
    by_hand = home / "inbox/shop/warehouses/by_hand.csv"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_text(ROWS)
    with pytest.raises(Unreachable, match="gave up after 6 tries"):
        pipeline.pull("shop", DAY, home=home)
    proxy.close()
    assert waiting(home) == {}
    assert [x.file_name for x in ledger.read_loads(home)] == ["by_hand.csv"]
    assert proxy.connections == 6 and waits == sorted(waits), "tried six times, with growing waits"


def test_a_server_that_dies_and_comes_back(home, server, monkeypatch):
    content = os.urandom(12_000_000)
    server.put("warehouses/big.csv", content)
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    down: list[str] = []

    def dies(text: str) -> None:
        if not down:
            down.append(text)
            server.stop()

    def comes_back(_) -> float:
        if server.process.poll() is not None:
            server.start()
        return 0.0

    monkeypatch.setattr("ingest.connectors.retry.wait_seconds", comes_back)
    fetch(home, say=dies)
    assert down and "4." in down[0], "it died in the middle"
    assert waiting(home) == {"warehouses/big.csv": content}


def test_nobody_answers(home, server, waits):
    port = free_port()
    set_up_drops(home, {"shop": [server.fields(port)]}, server.known(port))
    with pytest.raises(Unreachable, match="the connection: Connection refused"):
        fetch(home)


def test_an_unknown_host_key_is_refused_and_the_error_says_how_to_add_it(home, server):
    server.put("warehouses/w.csv", ROWS)
    set_up_drops(home, {"shop": [server.fields()]})
    with pytest.raises(
        FetchFailed, match=rf"no host key of 127\.0\.0\.1 is known.*ssh-keyscan -p {server.port} 127\.0\.0\.1"
    ):
        fetch(home)
    set_up_drops(home, {"shop": [server.fields()]}, server.known(1))  # one for another port
    with pytest.raises(FetchFailed, match=r"among those of .*known_hosts.*ssh-keygen -lf"):
        fetch(home)
    assert waiting(home) == {}


def test_a_host_key_that_changed_is_refused(home, server, tmp_path):
    server.put("warehouses/w.csv", ROWS)
    other = (make_key(tmp_path / "other").with_suffix(".pub")).read_text()
    set_up_drops(home, {"shop": [server.fields()]}, f"[127.0.0.1]:{server.port} {other}")
    with pytest.raises(FetchFailed, match="another host key than the one known"):
        fetch(home)
    assert waiting(home) == {}


def test_the_users_own_known_hosts_and_keys_are_not_taken(home, server, tmp_path, monkeypatch):
    own = tmp_path / "user"
    (own / ".ssh").mkdir(parents=True)
    (own / ".ssh" / "known_hosts").write_text(server.known())
    (own / ".ssh" / "config").write_text("ProxyCommand /bin/false\n")
    monkeypatch.setenv("HOME", str(own))
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    assert fetch(home) == []
    set_up_drops(home, {"shop": [server.fields()]}, "# none yet\n")
    with pytest.raises(FetchFailed, match="no host key"):
        fetch(home)


def test_the_host_key_and_the_private_key_may_stand_in_the_fields(home, server):
    server.put("warehouses/w.csv", ROWS)
    fields = server.fields(host_key=(server.folder / "host.pub").read_text(), private_key=server.user_key.read_text())
    del fields["key_file"]
    set_up_drops(home, {"shop": [fields]})
    assert [p.name for p in fetch(home)] == ["w.csv"]


def test_a_key_that_the_server_does_not_take(home, server, tmp_path):
    key = make_key(tmp_path / "stranger")
    set_up_drops(home, {"shop": [server.fields(key_file=str(key))]}, server.known())
    with pytest.raises(FetchFailed, match=r"does not let \w+ in with this key") as caught:
        fetch(home)
    assert not isinstance(caught.value, Unreachable)
    assert key.read_text().splitlines()[1] not in str(caught.value)


def test_a_wrong_password_is_not_shown(home, server, caplog):
    fields = server.fields(password="Hunter2-geheim")
    del fields["key_file"]
    set_up_drops(home, {"shop": [fields]}, server.known())
    with pytest.raises(FetchFailed, match="with this password") as caught:
        fetch(home)
    shown = "".join(traceback.format_exception(caught.value, chain=True))
    assert "Hunter2" not in shown + repr(caught.value.__context__) + caplog.text


def test_a_key_that_others_can_read_or_that_is_none(home, server, tmp_path):
    key = make_key(tmp_path / "open")
    key.chmod(0o644)
    set_up_drops(home, {"shop": [server.fields(key_file=str(key))]}, server.known())
    with pytest.raises(FetchFailed, match="chmod 600"):
        fetch(home)
    none = tmp_path / "none"
    none.touch(mode=0o600)
    set_up_drops(home, {"shop": [server.fields(key_file=str(none))]}, server.known())
    with pytest.raises(FetchFailed, match="none that can be read"):
        fetch(home)


def test_a_base_that_is_not_there_and_a_folder_by_a_wrong_name(home, server, caplog):
    server.put("warehouse/w.csv", ROWS)
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    assert fetch(home) == []
    assert "lies in no dataset's folder: warehouse." in caplog.text
    fields = server.fields()
    set_up_drops(home, {"shop": [fields | {"url": fields["url"] + "/exprot"}]}, server.known())
    with pytest.raises(FetchFailed, match="this folder is not there"):
        fetch(home)


def test_folders_by_other_names(home, server):
    server.put("仓库/w.csv", ROWS)
    server.put("warehouses/not_this.csv", ROWS)
    set_up_drops(home, {"shop": [server.fields(folders={"warehouses": "仓库"})]}, server.known())
    assert [str(p.relative_to(home)) for p in fetch(home)] == ["inbox/shop/warehouses/w.csv"]


def test_names_that_are_not_exports_and_files_that_are_none(home, server, tmp_path, caplog):
    secret = tmp_path / "secret.csv"
    secret.write_text("not of this drop")
    server.put("warehouses/real.csv", ROWS)
    for name in (".hidden.csv", "~$open.xlsx", "half.csv.part", "half.csv.filepart", "half.tmp", ".snapshots/old.csv"):
        server.put(f"warehouses/{name}", ROWS)
    (server.base / "warehouses" / "link.csv").symlink_to(secret)
    (server.base / "warehouses" / "linked_folder").symlink_to(tmp_path)
    os.mkfifo(server.base / "warehouses" / "pipe.csv")
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    fetch(home)
    assert names(home) == ["warehouses/real.csv"]
    assert "passed over link.csv: a link" in caplog.text and "linked_folder: a link" in caplog.text


def test_nasty_but_real_names_arrive_safely(home, server, caplog):
    (server.base / "warehouses").mkdir()
    folder = os.fsencode(server.base) + b"/warehouses"
    contents = {
        "订单_é😀.csv".encode(): "utf-8",
        "仓库.csv".encode("gb18030"): "gb18030",
        b"two\nlines\r.csv": "lines",
        b"$(touch x);`id`.csv": "shell",
        b"x\\..\\windows.csv": "backslash",
        b"a" * 240 + b".csv": "long",
        b"colon: and * and ?.csv": "signs",
        b"13912345678.csv": "phone",
        b"#hash%2f..%2f.csv": "percent",
    }
    for name, content in contents.items():
        path = Path(os.fsdecode(folder + b"/" + name))
        path.write_text(content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    caplog.set_level("INFO", "fupan")
    paths = fetch(home)
    assert sorted(c.decode() for c in waiting(home).values()) == sorted(contents.values())
    assert all(p.parent == home / "inbox/shop/warehouses" for p in paths)
    shown = {p.read_text(): p.name for p in paths}
    assert shown["gb18030"] == "仓库.csv" and shown["utf-8"] == "订单_é😀.csv"
    assert "\n" not in shown["lines"] and len(shown["long"].encode()) <= 120
    assert fetch(home) == [], "each is remembered under its own bytes"


def test_after_move_the_server_has_it_in_done(home, server):
    set_up_drops(home, {"shop": [server.fields(after="move")]}, server.known())
    for content in ("first", "second"):
        server.put("warehouses/day/w.csv", content)
        server.put("warehouses/day/w.csv.done", "")
        assert len(fetch(home)) == 1
    left = {str(p.relative_to(server.base)): p.read_text() for p in server.base.rglob("*") if p.is_file()}
    assert left == {
        "_done/warehouses/day/w.csv": "first",
        "_done/warehouses/day/w.csv.done": "",
        "_done/warehouses/day/w (2).csv": "second",
        "_done/warehouses/day/w.csv (2).done": "",
    }
    assert sorted(waiting(home).values()) == [b"first", b"second"]
    assert fetch(home) == []


def test_a_file_replaced_before_it_is_moved_is_not_lost(home, server, monkeypatch):
    put = server.put("warehouses/w.csv", "first")
    set_up_drops(home, {"shop": [server.fields(after="move")]}, server.known())
    honest = SftpRemote.move

    def replaced(self, entry, target):
        put.write_text("second one")
        return honest(self, entry, target)

    with monkeypatch.context() as patch:
        patch.setattr(SftpRemote, "move", replaced)
        fetch(home)
    assert put.read_text() == "second one", "put back, since nobody has it yet"
    fetch(home)
    assert sorted(waiting(home).values()) == [b"first", b"second one"]
    assert (server.base / "_done/warehouses/w.csv").read_text() == "second one"


def test_two_drops_of_a_source_one_of_them_down(home, server, waits):
    server.put("warehouses/w.csv", ROWS)
    down = free_port()
    set_up_drops(home, {"shop": [server.fields(down), server.fields()]}, server.known() + server.known(down))
    with pytest.raises(Unreachable, match=f":{down}/"):
        fetch(home)
    assert names(home) == ["warehouses/w.csv"]


def test_what_was_fetched_is_written_down_and_a_damaged_note_says_what_to_do(home, server):
    server.put("warehouses/w.csv", ROWS)
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    fetch(home)
    note = home / "state/drops/shop.json"
    assert "warehouses/w.csv" in note.read_text()
    note.write_text('{"half')
    with pytest.raises(FetchFailed, match="damaged. Next: delete it"):
        fetch(home)


def test_what_a_killed_pull_left_is_tidied(home, server):
    folder = home / "inbox/shop/warehouses"
    (folder / "again-2").mkdir(parents=True)
    (folder / ".3.drop.tmp").write_text("half")
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    fetch(home)
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_told_at_once_and_not_tried_again(home, server, waits):
    server.put("warehouses/big.csv", os.urandom(3_000_000))
    set_up_drops(home, {"shop": [server.fields()]}, server.known())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(FetchFailed, match="cannot write .*warehouses.*Next: make room"):
            fetch(home)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert waits == [] and waiting(home) == {}
    assert len(fetch(home)) == 1
