"""The commands of operations: exit codes, and a next step in every refusal."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from warehouse.cli import app

RUN = CliRunner()


@pytest.mark.parametrize(("arguments", "words"), [
    (["forget"], "whom? Next: --phone"), (["forget", "--identity", "unionid"], "write KIND=VALUE"), (["forget", "--customer", "nobody", "--yes"], "knows no customer nobody"),
    (["keys", "rotate", "--go-on"], "no rotation was cut off"), (["backup", "{home}/inside"], "in one another"),
])  # fmt: skip
def test_wrong_use_says_what_to_write(tmp_path, arguments, words):
    done = RUN.invoke(app, [*(a.format(home=tmp_path) for a in arguments), "--home", str(tmp_path)])
    assert done.exit_code == 2, done.output
    assert words in done.output + done.stderr


def test_a_dry_run_changes_nothing(tmp_path):
    done = RUN.invoke(app, ["forget", "--phone", "138 0013 8000", "--dry-run", "--home", str(tmp_path)])
    assert done.exit_code == 0 and "nothing was changed" in done.output
    # the key of pseudonyms is made when it is first needed; nothing else is there
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["identity.key"]


def test_somebody_unknown_is_forgotten_too_and_stays_so(tmp_path):
    """Nothing is found, and the next file does not bring them: the receipt says so and names nobody."""
    done = RUN.invoke(app, ["forget", "--phone", "13800138000", "--yes", "--json", "--home", str(tmp_path)])
    assert done.exit_code == 0, done.output
    receipt = json.loads(done.output.splitlines()[-1])
    assert (receipt["hits"], receipt["suppressed"], receipt["publication"], receipt["loads"]) == (0, True, None, {})
    assert "13800138000" not in "".join(p.read_text(errors="ignore") for p in tmp_path.rglob("*") if p.is_file())


def test_maintenance_of_an_empty_home(tmp_path):
    done = RUN.invoke(app, ["maintain", "--json", "--home", str(tmp_path)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output.splitlines()[-1])
    assert (
        told["packed"] == told["bundled"] == 0
        and set(told["removed"].values()) == {0}
        and told["verified"]["damaged"] == []
    )
    (tmp_path / "retention.json").write_text('{"versions": 0}')
    assert RUN.invoke(app, ["maintain", "--home", str(tmp_path)]).exit_code == 2
