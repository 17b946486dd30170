"""The company's live rooms (直播间): sessions, what happened in them minute by minute, products, comments."""

from simulator.live.accounts import ACCOUNTS, HOSTS, PLATFORMS, SLOTS
from simulator.live.sessions import running, sessions, sessions_of_days

__all__ = ["ACCOUNTS", "HOSTS", "PLATFORMS", "SLOTS", "running", "sessions", "sessions_of_days"]
