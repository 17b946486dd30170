"""What an alert says, and that it really leaves through Apprise."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from fupan_airflow import alerts

# Put together here so that no line of the repository looks like a person's data.
PHONE = "138" + "1234" + "5678"
ID_CARD = "11010119900307" + "001X"


def context(error, **run):
    return {
        "ti": SimpleNamespace(dag_id="pull_qianchuan", task_id="pull"),
        "dag_run": SimpleNamespace(**({"partition_key": "2026-11-21", "logical_date": None} | run)),
        "params": {},
        "exception": error,
    }


@pytest.fixture
def collector():
    """An HTTP server on loopback that keeps what is posted to it; yields (address, list of bodies)."""
    bodies = []

    class Collect(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Collect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    server.server_close()


def test_message_names_dag_task_day_error_and_next_step():
    title, body = alerts.compose(context(RuntimeError("\ncode 40105: token expired\nTraceback ...")))
    assert title == "Fupan 复盘: pull_qianchuan.pull failed"
    assert "DAG pull_qianchuan, task pull, business day (业务日) 2026-11-21" in body
    assert "RuntimeError: code 40105: token expired" in body
    assert "Traceback" not in body
    assert alerts.NEXT_STEP in body


def test_message_names_the_run_and_the_try():
    failed = context(RuntimeError("x"), run_id="scheduled__2026-11-22")
    failed["ti"].try_number = 4
    assert "2026-11-21, run scheduled__2026-11-22, try 4\n" in alerts.compose(failed)[1]


@pytest.mark.parametrize("task", ["pull", "report_refused", "build", "check", "publish", "verify"])
def test_every_task_has_its_own_next_step(task):
    failed = context(RuntimeError("x"))
    failed["ti"].task_id = task
    told = [line for line in alerts.compose(failed)[1].splitlines() if line.startswith("Next: ")]
    assert told == [alerts.NEXT_STEPS[task]]


def test_a_failed_gate_is_sent_with_its_check_and_without_its_rows(collector, monkeypatch, tmp_path):
    """From the gate's results to the collector: the check is named, the rows (people may be in them) and the secret are not."""
    from expectations import marts_gate
    from expectations.result import CheckResult
    from ingest import quality
    from warehouse import steps
    from warehouse.errors import GateFailed
    from warehouse.publication import note_build

    failed = CheckResult(
        run_id="r1", column="", gate="marts", suite="fct_order_lines", check="gmv_reconciles", subject="fct_order_lines", passed=False, severity="block",
        rows_seen=9, rows_failed=1, observed=f"password=hunter2hunter2 {PHONE}", examples=f'[["{PHONE}"]]', action="look",
    )  # fmt: skip
    monkeypatch.setattr(marts_gate, "run_marts_gate", lambda *_, **__: [failed])
    monkeypatch.setattr(quality, "keep_results", lambda *_: None)
    note_build(tmp_path, "r1", as_of=None, fence=1)
    with pytest.raises(GateFailed) as caught:
        steps.check_candidate("r1", home=tmp_path)
    address, bodies = collector
    monkeypatch.setenv("FUPAN_ALERT_URL", f"json://{address}/")
    told = context(caught.value, run_id="asset__1")
    told["ti"].dag_id, told["ti"].task_id = "build_warehouse", "check"
    alerts.notify_failure(told)
    (body,) = bodies
    assert body["title"] == "Fupan 复盘: build_warehouse.check failed"
    for words in (
        "gmv_reconciles on fct_order_lines",
        "run asset__1",
        "the last publication stays",
        "expectations/bounds.yml",
    ):
        assert words in body["message"]
    assert PHONE not in str(body) and "hunter2" not in str(body)


def test_run_without_a_day_still_gives_a_message():
    assert "unknown" in alerts.compose(context(ValueError("x"), partition_key=None))[1]


@pytest.mark.parametrize(
    "secret",
    [
        "Access-Token: abcdef123456",
        "GET https://host/x?access_token=abcdef123456&page=1",
        '{"app_secret": "abcdef123456"}',
        "Authorization: Bearer abcdef123456",
        "postgresql://fupan:abcdef123456@host/db",
        "password=abcdef123456",
    ],
)
def test_secrets_are_masked(secret):
    assert "abcdef123456" not in alerts.clean(secret)
    assert "***" in alerts.clean(secret)


@pytest.mark.parametrize(
    "personal", [PHONE, f"+86 {PHONE}", f"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}", ID_CARD, "li@example.cn"]
)
def test_personal_data_is_masked(personal):
    cleaned = alerts.clean(f"row of {personal} refused")
    assert personal not in cleaned and "***" in cleaned


def test_order_numbers_stay_readable():
    assert "6924012345678901234" in alerts.clean("order 6924012345678901234 is twice in the file")


def test_long_errors_are_cut():
    assert len(alerts.clean("x" * 5000)) == alerts.LONGEST_ERROR


def test_is_sent_to_every_url(collector, monkeypatch):
    address, bodies = collector
    monkeypatch.setenv("FUPAN_ALERT_URL", f"json://{address}/one json://{address}/two")
    alerts.notify_failure(context(RuntimeError("api down")))
    assert len(bodies) == 2
    assert bodies[0]["title"] == "Fupan 复盘: pull_qianchuan.pull failed"
    assert "api down" in bodies[0]["message"]
    assert bodies[0]["type"] == "failure"


def test_nothing_is_sent_without_a_url(collector, monkeypatch):
    monkeypatch.delenv("FUPAN_ALERT_URL", raising=False)
    alerts.notify_failure(context(RuntimeError("api down")))
    assert collector[1] == []


def test_an_alert_that_cannot_be_sent_hides_nothing_and_tells_no_url(monkeypatch):
    monkeypatch.setenv("FUPAN_ALERT_URL", "feishu://very-secret-token")
    said = []
    # Not caplog: Airflow rearranges logging when another test has it imported.
    monkeypatch.setattr(alerts.LOG, "warning", lambda text, *values: said.append(text % values))
    import apprise

    def broken(*_, **__):
        raise OSError("feishu://very-secret-token")

    monkeypatch.setattr(apprise.AppriseConfig, "add_config", broken)
    alerts.notify_failure(context(RuntimeError("x")))
    assert said == ["the alert could not be sent (OSError)"]
