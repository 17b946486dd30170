"""Every durable change is a numbered step: no rename, flush, link or removal of what counts is made beside ingest/durable.py."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import durable
from ingest.home import move_in_place, put_all_in_place, put_in_place, replacing

PROJECT = Path(__file__).parents[3]
PACKAGES = ("ingest", "warehouse", "expectations", "enrich")
#: module.function, or .method of a path; what writes a file whole by itself is refused where it is no temporary one
REFUSED = {
    ("os", "replace"), ("os", "rename"), ("os", "renames"), ("os", "link"), ("os", "symlink"), ("os", "fsync"), ("os", "fdatasync"),
    ("shutil", "move"),
}  # fmt: skip
METHODS = {"rename", "symlink_to", "hardlink_to", "link_to"}
#: file -> what it may call all the same, and why
ALLOWED = {
    "ingest/durable.py": {"replace", "link", "symlink_to", "fsync"},
    "ingest/connectors/drops/sftp.py": {"rename"},  # on the server, and asked again when the answer is lost
    "ingest/landing.py": {"symlink_to"},  # in a scratch folder
    "ingest/retry.py": {"symlink_to"},  # in a workshop
    "ingest/rederive.py": {"symlink_to"},  # in a workshop
    "warehouse/rebuild.py": {"symlink_to"},  # in a workshop
    "expectations/data_docs.py": {"move"},  # pages that are made anew from the records at any time
}


def refused(tree: ast.AST) -> set[str]:
    """Names of the calls in a module that change folders without being a step."""
    found = set()
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)):
        name, owner = call.func.attr, call.func.value.id if isinstance(call.func.value, ast.Name) else ""
        # Path.replace has one argument, str.replace two
        is_path_replace = name == "replace" and owner != "os" and len(call.args) == 1 and not call.keywords
        if (owner, name) in REFUSED or name in METHODS or is_path_replace:
            found.add(name)
    return found


@pytest.mark.fault(29)
def test_nothing_is_renamed_or_flushed_beside_the_numbered_steps():
    wrong = {}
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            name = path.relative_to(PROJECT).as_posix()
            if found := refused(ast.parse(path.read_text(encoding="utf-8"))) - ALLOWED.get(name, set()):
                wrong[name] = sorted(found)
    assert wrong == {}, (
        "use ingest.durable or ingest.home (replacing, put_in_place): these are not counted by the kill test"
    )


def test_what_is_allowed_is_still_there():
    for name, calls in ALLOWED.items():
        assert refused(ast.parse((PROJECT / name).read_text(encoding="utf-8"))) >= calls, (
            f"{name}: take it off the list"
        )


@pytest.mark.parametrize(
    "code",
    [
        "os.replace(a, b)",
        "os.fsync(3)",
        "shutil.move(a, b)",
        "path.rename(b)",
        "path.replace(target)",
        "a.symlink_to(b)",
    ],
)
def test_the_check_sees_each_way(code):
    assert refused(ast.parse(code)) and not refused(ast.parse("text.replace('a', 'b'); replace(load, gate='x'); durable.rename(a, b)")) - {"rename"}  # fmt: skip


@pytest.fixture
def steps():
    names: list[str] = []
    durable.watching(lambda number, name: names.append(f"{number} {name}"))
    yield names
    durable.watching(None)


def test_steps_are_numbered_and_named(tmp_path, steps):
    with replacing(tmp_path / "a" / "x.json") as temporary:
        temporary.write_text("{}")
    told = [s.split(" ", 1)[1] for s in steps]
    assert [s.split()[0] for s in steps] == ["1", "2", "3", "4"]
    assert told[0].startswith("before flush .x.json.") and told[1:] == ["before rename x.json", "after rename x.json", "before flush a/"]  # fmt: skip


@pytest.mark.fault(29)
def test_bytes_are_flushed_before_the_rename_and_the_folder_after(tmp_path, monkeypatch):
    """As the kernel sees it: fsync of the file, rename, fsync of the folder; for one file and for many."""
    told = []
    honest_sync, honest_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (told.append(("flush", Path(f"/proc/self/fd/{fd}").readlink().name)), honest_sync(fd)))  # fmt: skip
    monkeypatch.setattr(os, "replace", lambda a, b: (told.append(("rename", Path(b).name)), honest_replace(a, b)))
    for name in ("one", "two", "three", "four"):
        (tmp_path / name).write_text(name)
    put_in_place(tmp_path / "one", tmp_path / "to" / "ONE")
    assert told == [("flush", "one"), ("rename", "ONE"), ("flush", "to")]
    told.clear()
    move_in_place(tmp_path / "two", tmp_path / "to" / "TWO")
    assert told == [("flush", "two"), ("rename", "TWO"), ("flush", "to")]
    told.clear()
    put_all_in_place([(tmp_path / n, tmp_path / "to" / n.upper()) for n in ("three", "four")])
    assert sorted(told[:2]) == [("flush", "four"), ("flush", "three")]
    assert told[2:] == [("rename", "THREE"), ("rename", "FOUR"), ("flush", "to")]


def test_a_file_of_another_file_system_is_copied_and_removed_last(tmp_path, monkeypatch, steps):
    def other_system(a, b):
        if Path(a).parent.name == "upload":
            raise OSError(18, "Invalid cross-device link")
        honest(a, b)

    honest = os.replace
    monkeypatch.setattr(os, "replace", other_system)
    (tmp_path / "upload").mkdir()
    (tmp_path / "upload" / "x.csv").write_text("a,b\n")
    move_in_place(tmp_path / "upload" / "x.csv", tmp_path / "kept" / "y.csv")
    assert (tmp_path / "kept" / "y.csv").read_text() == "a,b\n" and not list((tmp_path / "upload").iterdir())
    assert steps[-1].endswith("after remove x.csv") and any("rename y.csv" in s for s in steps[:-2])


@pytest.mark.fault(28)
def test_a_process_dies_at_the_step_that_it_is_told(tmp_path):
    code = "import sys; from pathlib import Path; from ingest.home import replacing\nwith replacing(Path(sys.argv[1])) as t: t.write_text('new')"
    target = tmp_path / "x"
    for step, left in ((1, "old"), (2, "old"), (3, "new"), (4, "new")):
        target.write_text("old")
        done = subprocess.run([sys.executable, "-c", code, target], cwd=PROJECT, env=os.environ | {"FUPAN_DIE_AT": str(step)}, timeout=60)  # fmt: skip
        assert (done.returncode, target.read_text()) == (-signal.SIGKILL, left), step
    assert subprocess.run([sys.executable, "-c", code, target], cwd=PROJECT, env=os.environ | {"FUPAN_DIE_AT": "5"}).returncode == 0  # fmt: skip
