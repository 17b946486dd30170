"""Write ``.env`` for docker-compose.yml with generated secrets (mode 600) and make the data folder; never overwrites.

A new set of secrets would lock out a database that is running with the old one, hence the refusal. Exit codes: 0
written, 1 there is one already.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy.parts import ADMIN_NAME, ADMIN_SECRET, PROJECT
from deploy.secret_values import generate, write_private

CONTAINER_UID = 50000  # who owns the data when root writes the file: the containers never run as root


def text(values: dict[str, str], uid: int, data: Path) -> str:
    """Return the file's content; ``uid`` is the host's user who owns ``data``, the folder that becomes FUPAN_HOME."""
    lines = [
        "# Generated secrets of Fupan's Airflow. Keep this file private and backed up: without the Fernet key the",
        "# connections stored in Airflow cannot be read again.",
        f"# The web page's first user is {ADMIN_NAME}, with the password {ADMIN_SECRET}.",
        *(f"{name}={value}" for name, value in sorted(values.items())),
        f"FUPAN_UID={uid}",
        "# The folder on this machine that becomes FUPAN_HOME in the containers: inbox, landing, publications.",
        f"FUPAN_DATA={data}",
        "# Where failures are reported: Apprise URLs (feishu://, dingtalk://, wecombot://, mailto://), blanks between.",
        "FUPAN_ALERT_URL=",
        "# Port of the web page on 127.0.0.1.",
        "FUPAN_PORT=8080",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command line: ``python deploy/make_env.py [--path .env] [--data var]``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--path", type=Path, default=PROJECT / ".env")
    parser.add_argument("--data", type=Path, default=PROJECT / "var", help="becomes FUPAN_HOME")
    given = parser.parse_args(arguments)
    path, data, uid = given.path, given.data.resolve(), os.getuid() or CONTAINER_UID
    try:
        write_private(path, text(generate(), uid, data))
    except FileExistsError:
        print(f"{path} exists and is kept; remove it yourself to make new secrets", file=sys.stderr)
        return 1
    # Made here, because the container engine would make it as root, and the containers could not write into it.
    data.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        os.chown(data, uid, uid)
    print(f"wrote {path}: the password of {ADMIN_NAME} is {ADMIN_SECRET} in it")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
