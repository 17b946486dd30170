"""The DAG files as a whole: which there are, what they define, and what every DAG must have."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("dag_files")  # one process for the costly fixture
PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "dags"
# A new DAG file is written down here, and so are the DAGs that it defines.
FILES = ["build_warehouse.py", "maintain.py", "pull_sources.py"]
PULLS = [
    "crm", "douyin", "erp", "kuaidi100", "kuaishou", "market", "plan", "qianchuan", "shop", "supply", "taobao", "tencent", "web",
    "wecom", "weixin",
]  # fmt: skip
DAG_IDS = sorted(["build_warehouse", "maintain", *(f"pull_{source}" for source in PULLS)])
LONGEST_FILE = 120


def parse(folder: Path) -> dict:
    """Describe the DAGs of ``folder`` in a new process."""
    paths = [os.environ.get("PYTHONPATH", ""), str(PROJECT)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "TZ": "America/New_York"}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("describe_dags.py")), str(folder)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def parsed() -> dict:
    """The project's DAG folder, parsed once."""
    return parse(FOLDER)


def test_every_dag_file_is_listed():
    assert sorted(path.name for path in FOLDER.glob("*.py")) == FILES
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__") == [
        "fupan_airflow"
    ], "DAG files lie in dags/ itself; a new folder would be parsed unseen"


def test_all_files_import_and_define_dags(parsed):
    assert parsed["import_errors"] == {}
    assert parsed["files"] == FILES, "a file without a DAG, or a DAG from a file that is not listed"


def test_exact_dags(parsed):
    assert sorted(parsed["dags"]) == DAG_IDS
    assert len(parsed["dags"]) == 17


def test_shared_code_is_not_parsed_as_dags():
    assert "fupan_airflow/" in (FOLDER / ".airflowignore").read_text().splitlines()


def test_parsing_imports_nothing_heavy_and_is_quick(parsed):
    assert parsed["heavy"] == []
    assert parsed["seconds"] < 5


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_every_dag_is_documented_owned_and_guarded(parsed, dag_id):
    dag = parsed["dags"][dag_id]
    assert "**If it fails**" in dag["doc_md"] and "**By hand**" in dag["doc_md"]
    assert "fupan" in dag["tags"]
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1
    assert "business_day" in dag["params"]
    assert dag["tasks"], "a DAG without tasks does nothing and succeeds"
    for name, task in dag["tasks"].items():
        assert task["owner"] == "fupan", name
        assert task["alerts"], f"{name} would fail in silence"
        assert task["retries"] >= 1 or name == "report_refused", name


@pytest.mark.parametrize("source", PULLS)
def test_shape_of_a_pull(parsed, source):
    dag = parsed["dags"][f"pull_{source}"]
    tasks = dag["tasks"]
    assert dag["timetable"] == "CronPartitionTimetable"
    assert sorted(tasks) == ["announce", "pull", "report_refused"]
    assert tasks["pull"]["downstream"] == ["announce", "report_refused"]
    assert tasks["pull"]["retries"] == 3 and tasks["pull"]["active_limit"] == 1
    # Announced whatever happened, and red all the same: both are leaves.
    assert tasks["announce"]["trigger_rule"] == "all_done"
    assert tasks["announce"]["outlets"] == [f"fupan://raw/{source}"]
    assert tasks["announce"]["downstream"] == tasks["report_refused"]["downstream"] == []
    assert tasks["report_refused"]["trigger_rule"] == "all_success"


def test_shape_of_the_build(parsed):
    dag = parsed["dags"]["build_warehouse"]
    assert dag["timetable"] == "PartitionedAssetTimetable"
    assert {name: task["downstream"] for name, task in dag["tasks"].items()} == {
        "build": ["check"],
        "check": ["publish"],
        "publish": [],
    }
    assert {task["pool"] for task in dag["tasks"].values()} == {"fupan_writer"}
    assert dag["tasks"]["publish"]["outlets"] == ["fupan://marts/"]  # Airflow adds the slash


def test_shape_of_maintenance(parsed):
    dag = parsed["dags"]["maintain"]
    assert dag["timetable"] == "CronPartitionTimetable"
    assert {name: task["downstream"] for name, task in dag["tasks"].items()} == {
        "verify": ["prune"],
        "prune": ["pack"],
        "pack": [],
    }
    # what is past its time goes also where an original is damaged
    assert dag["tasks"]["prune"]["trigger_rule"] == dag["tasks"]["pack"]["trigger_rule"] == "all_done"
    assert {task["pool"] for task in dag["tasks"].values()} == {"default_pool"}


@pytest.mark.parametrize("name", FILES)
def test_dag_files_stay_thin(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    assert text.startswith('"""')
    for word in ("select ", "pandas", "Variable", "BaseHook", "get_connection", "utcnow", "now("):
        assert word not in text, f"{name} holds {word!r}"


def test_the_business_day_is_a_daily_partition():
    """run_offset -1 means "the day before" only where a source runs exactly once a day."""
    from ingest.registry import sources

    assert sorted(source.name for source in sources()) == PULLS
    for source in sources():
        minute, hour, *rest = source.schedule.split()
        assert minute.isdigit() and hour.isdigit() and rest == ["*", "*", "*"], source


def test_a_broken_file_is_seen(tmp_path):
    """The check itself can fail: an import error and a heavy import are both found."""
    (tmp_path / "broken.py").write_text("from airflow.sdk import DAG\nimport no_such_module\n")
    (tmp_path / "heavy.py").write_text("import duckdb\nfrom airflow.sdk import DAG\nDAG('heavy', schedule=None)\n")
    found = parse(tmp_path)
    assert list(found["import_errors"]) == ["broken.py"]
    assert found["heavy"] == ["duckdb"]
