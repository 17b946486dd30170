"""A small synthetic company for the scheduler tests: its exports in the inbox, its simulated 千川 API on loopback."""

import datetime as dt
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow_rest import wait_for

PROJECT = Path(__file__).resolve().parents[2]
MODELLED = (
    "douyin.orders", "douyin.orders_api", "douyin.after_sales", "kuaidi100.tracks", "erp.stock", "shop.products", "shop.warehouses",
    "web.touchpoints", "crm.identity_links",
)  # fmt: skip
SEED = 7
FIRST_DAY = dt.date(2026, 9, 1)


@dataclass(frozen=True)
class Company:
    """So many days from FIRST_DAY on, with so many orders a day."""

    days: int
    orders_per_day: int

    @property
    def last_day(self) -> dt.date:
        """Its last day."""
        return FIRST_DAY + dt.timedelta(days=self.days - 1)

    def world(self):
        """The simulator's world of it."""
        from simulator.world import World

        return World(SEED, FIRST_DAY, self.days, self.orders_per_day)

    def drop_exports(self, home: Path, since: dt.date, until: dt.date) -> None:
        """Write the exports of ``since`` .. ``until`` into the inbox of ``home``, and one file without a single byte."""
        from simulator.exports import write_exports

        # what the models read: the other sources' DAGs run all the same, and find an empty inbox
        write_exports(self.world(), home / "inbox", since, until, only=MODELLED)
        (home / "inbox" / "shop" / "products" / "empty_20260906020000.csv").touch()

    @contextmanager
    def simulated_api(self, home: Path, as_of: dt.date):
        """Serve the company's 千川 reports and put its credentials into ``home``; yields the address."""
        port_file = home / "simulated_api.txt"
        command = [sys.executable, "-m", "simulator.api", "--seed", str(SEED), "--first-day", FIRST_DAY.isoformat()]
        command += ["--days", str(self.days), "--orders-per-day", str(self.orders_per_day)]
        command += [
            "--as-of",
            as_of.isoformat(),
            "--port-file",
            str(port_file),
            "--platforms",
            "qianchuan",
            "--qps",
            "0",
        ]
        command += ["--credentials-folder", str(home / "state/credentials")]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        server = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_for("the simulated API", lambda: port_file.exists() or server.poll() is not None, 60)
            assert server.poll() is None, "the simulated API has ended"
            yield port_file.read_text().strip()
        finally:
            server.terminate()
            server.wait(timeout=20)


#: the company of the short tests, and the days that they ask for
COMPANY = Company(days=8, orders_per_day=150)
DAYS = [FIRST_DAY + dt.timedelta(days=number) for number in (4, 5)]
