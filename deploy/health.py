"""Ask a running api-server how the parts are, with nothing but the standard library (a probe must not cost seconds).

``python -m deploy.health scheduler`` exits 0 when that part is healthy: the health checks of docker-compose.yml.
"""

import json
import os
import sys
import urllib.request

from deploy.parts import HEALTH_NAMES

TIMEOUT_SECONDS = 10


def read_health(address: str) -> dict[str, str]:
    """Return part -> ``healthy``, ``unhealthy`` or ``unknown``, as the api-server tells; OSError if it is down."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{address}/api/v2/monitor/health", timeout=TIMEOUT_SECONDS) as answer:
        report = json.load(answer)
    return {part: (report.get(name) or {}).get("status") or "unknown" for part, name in HEALTH_NAMES.items()}


def main(arguments: list[str]) -> int:
    """Check the one named part at AIRFLOW__API__BASE_URL; 0 healthy, 1 not, 2 unknown part."""
    if len(arguments) != 1 or arguments[0] not in HEALTH_NAMES:
        print(f"usage: python -m deploy.health {{{','.join(HEALTH_NAMES)}}}", file=sys.stderr)
        return 2
    try:
        status = read_health(os.environ["AIRFLOW__API__BASE_URL"])[arguments[0]]
    except (OSError, ValueError) as error:
        status = f"no answer ({type(error).__name__})"
    print(f"{arguments[0]}: {status}")
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
