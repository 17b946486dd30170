"""docker-compose.yml without a container engine: its shape, its secrets, and that it runs what the supervisor runs."""

import copy
import json
import re
import stat
from pathlib import Path

import jsonschema
import pytest
import yaml

from deploy import make_env, parts, secret_values

PROJECT = Path(__file__).resolve().parents[2]
SECRETS = (*parts.SHARED_SECRETS, parts.ADMIN_SECRET, parts.DATABASE_SECRET)
AIRFLOW = ["api-server", "dag-processor", "scheduler", "triggerer"]


@pytest.fixture(scope="module")
def compose() -> dict:
    """The file as a YAML parser reads it (anchors merged)."""
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))


def local(port=8080) -> dict:
    """The environment that the supervisor gives its parts."""
    return parts.environment(
        root=Path("/app"),
        home=Path("/data"),
        database_url="DATABASE",
        secrets={name: f"${{{name}:?run make env}}" for name in SECRETS},
        host="0.0.0.0",
        port=port,
        address="http://api-server:8080",
    )


def mistakes(document: dict) -> list[str]:
    """What the schema of the Compose keys that we use has to say about ``document``."""
    schema = json.loads(Path(__file__).with_name("compose.schema.json").read_text(encoding="utf-8"))
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(document)]


def test_schema(compose):
    assert mistakes(compose) == []


@pytest.mark.parametrize(
    ("key", "value"), [("helthcheck", {}), ("restart", False), ("command", "airflow scheduler"), ("ports", [8080])]
)
def test_schema_sees_slips(compose, key, value):
    wrong = copy.deepcopy(compose)
    wrong["services"]["scheduler"][key] = value
    assert len(mistakes(wrong)) == 1


def test_the_five_parts_and_init(compose):
    assert sorted(compose["services"]) == sorted(["airflow-init", "postgres", *AIRFLOW])
    assert sorted(parts.COMMANDS) == AIRFLOW


@pytest.mark.parametrize("name", AIRFLOW)
def test_same_command_and_environment_as_the_supervisor(compose, name, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    service = compose["services"][name]
    assert service["command"] == ["airflow", *parts.COMMANDS[name]]
    mine = dict(service["environment"])
    assert mine.pop("FUPAN_ALERT_URL") == "${FUPAN_ALERT_URL:-}"
    database = mine.pop("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    assert database == "postgresql+psycopg2://fupan:${FUPAN_DATABASE_PASSWORD:?run make env}@postgres/airflow"
    theirs = local()
    theirs.pop("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    assert mine == theirs


def test_init_runs_the_supervisors_init_with_the_password(compose):
    init = compose["services"]["airflow-init"]
    assert init["command"] == ["python", "-m", "deploy.init_airflow"]
    assert init["restart"] == "no"
    assert init["environment"][parts.ADMIN_SECRET] == f"${{{parts.ADMIN_SECRET}:?run make env}}"
    for name in AIRFLOW:
        assert parts.ADMIN_SECRET not in compose["services"][name]["environment"], "only init may know it"


def test_every_lasting_service_has_a_health_check(compose):
    for name, service in compose["services"].items():
        if name == "airflow-init":
            continue
        check = service["healthcheck"]
        assert check["retries"] >= 3 and check["interval"] and check["timeout"], name
        expected = ["CMD", "python", "-m", "deploy.health", name] if name in AIRFLOW else "pg_isready"
        assert check["test"] == expected or check["test"][1] == expected, name


def test_order_of_start(compose):
    services = compose["services"]
    assert services["airflow-init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["api-server"]["depends_on"] == {"airflow-init": {"condition": "service_completed_successfully"}}
    for name in ("scheduler", "dag-processor", "triggerer"):
        assert services[name]["depends_on"] == {"api-server": {"condition": "service_healthy"}}


def test_only_loopback_is_published(compose):
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert list(published) == ["api-server"]
    assert all(port.startswith("127.0.0.1:") for port in published["api-server"])
    assert not any("network_mode" in service or "privileged" in service for service in compose["services"].values())


def test_no_secret_has_a_value_or_a_default(compose):
    seen = set()
    for service in compose["services"].values():
        for key, value in service["environment"].items():
            for name in re.findall(r"\$\{(\w+)", str(value)):
                if name in SECRETS:
                    seen.add(name)
                    assert f"${{{name}:?run make env}}" in str(value), f"{key} does not insist on {name}"
            if re.search(r"PASSWORD|SECRET|FERNET|KEY", key):
                assert str(value).startswith("${"), f"{key} is written into the file"
    assert seen == set(SECRETS)


def test_every_variable_comes_from_the_generated_env(compose, tmp_path):
    used = set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert make_env.main(["--path", str(tmp_path / ".env"), "--data", str(tmp_path / "var")]) == 0
    given = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines() if line and line[0] != "#")
    assert used == set(given)
    assert all(given[name] for name in SECRETS)


def test_data_outlives_the_containers(compose):
    for name in [*AIRFLOW, "airflow-init"]:
        assert compose["services"][name]["volumes"] == ["${FUPAN_DATA:?run make env}:/data"]
    assert compose["services"]["postgres"]["volumes"] == ["postgres-data:/var/lib/postgresql/data"]
    assert sorted(compose["volumes"]) == ["postgres-data"]


def test_env_file_is_private_and_never_overwritten(tmp_path, capsys):
    path = tmp_path / ".env"
    arguments = ["--path", str(path), "--data", str(tmp_path / "var")]
    assert make_env.main(arguments) == 0
    assert (tmp_path / "var").is_dir()
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_env.main(arguments) == 1
    assert path.read_text() == first
    assert not any(value in capsys.readouterr().out for value in first.split("=")[1:] if len(value) > 20)


def test_secrets_are_new_each_time_and_need_no_escaping():
    one, two = secret_values.generate(), secret_values.generate()
    assert set(one) == set(SECRETS)
    assert all(one[name] != two[name] for name in SECRETS)
    assert all(re.fullmatch(r"[\w=-]{32,}", value) for value in one.values())


def test_secrets_file_must_be_private(tmp_path):
    path = tmp_path / "state" / "secrets.json"
    first = secret_values.load_or_create(path)
    assert secret_values.load_or_create(path) == first
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        secret_values.load_or_create(path)


def test_image_is_locked_and_not_root():
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert text.count("FROM python:3.11-slim") == 2
    assert "--require-hashes" in text and "requirements.lock" in text
    users = re.findall(r"^USER (\w+)", text, re.MULTILINE)
    assert users == ["fupan"]
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert {".env", ".git", "var", ".venv"} <= set(ignored)
