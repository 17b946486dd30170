"""快递100 real-time query (实时查询): the tracks of the parcels that are on their way, each at most every half hour."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.connectors.auth import Signed
from ingest.connectors.credentials import read_credentials
from ingest.connectors.drop import drop
from ingest.connectors.envelope import Envelope
from ingest.connectors.http import JsonApi, Request
from ingest.connectors.kuaidi100_parcels import Parcel, open_parcels
from ingest.connectors.limits import PerKey, PerSecond
from ingest.errors import FetchFailed
from ingest.registry import LookBack, Source

HOST = "https://poll.kuaidi100.com"
PATH = "/poll/query.do"
FIELDS = ("customer", "key")
AGAIN_SECONDS = 30 * 60
#: carriers that tell nothing without the last four digits of the sender's or the receiver's phone
NEED_PHONE = frozenset({"shunfeng", "shunfengkuaiyun", "zhongtong"})
_PER_SECOND = 10.0
_MOST_A_RUN = 20_000
_MARKED_AHEAD = 50
#: answers about one parcel, which say nothing against asking the next: 400 no such carrier, 408 phone, 500 nothing yet
_NO_TRACK = frozenset({"400", "408", "500"})
ENVELOPE = Envelope(
    ("returnCode", "status"),
    ("message",),
    good=frozenset({"200"}) | _NO_TRACK,
    passing=frozenset({"501", "502"}),
    hints={
        "503": "check customer and key in the credentials",
        "601": "the quota is used up or the key has run out: see the account at 快递100",
    },
)
_LOG = logging.getLogger("fupan")


def fetch(home: Path, source: Source, business_day: dt.date, since: dt.date | None) -> Iterator[Path]:
    """Drop the tracks of the parcels under way into the inbox, one file a run; nothing without credentials."""
    given = read_credentials(home, "kuaidi100", FIELDS, HOST)
    if given:
        look = source.look_back.get("tracks", LookBack()).daily
        yield from Kuaidi100(home, given).fetch(since or business_day - dt.timedelta(days=look - 1))


class Kuaidi100:
    """A client of one account. rate: requests a second."""

    def __init__(self, home: Path, given: dict[str, Any], *, rate: float = _PER_SECOND) -> None:
        self.home, self.given = home, given
        self.api = JsonApi(given["url"], ENVELOPE, auth=Signed(self._signed), limiter=PerSecond(rate))
        self.asked = PerKey(home / "state" / "kuaidi100_asked.json", AGAIN_SECONDS)

    def _signed(self, request: Request) -> Request:
        """With customer and sign: the upper-case MD5 of param, key and customer."""
        form = request.form or {}
        text = f"{form['param']}{self.given['key']}{self.given['customer']}"
        sign = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
        return replace(request, form=form | {"customer": self.given["customer"], "sign": sign})

    def fetch(self, first: dt.date) -> Iterator[Path]:
        """Ask for the parcels landed since `first`. A track stands for itself, so what was answered is kept when a later ask fails."""
        parcels = self._due(open_parcels(self.home, first, self.given.get("carriers") or {}))
        answers: list[dict[str, Any]] = []
        at: dt.datetime | None = None
        silent, failure = 0, None
        for parcel in self._marked(parcels):
            try:
                answer = self.api.ask(self._request(parcel))
            except FetchFailed as problem:
                failure = problem
                break
            if str(answer.body.get("returnCode")) in _NO_TRACK or "data" not in answer.body:
                silent += 1
            else:
                at = at or answer.at
                answers.append(answer.body)
        if silent:
            _LOG.warning("快递100 has no track for %d of %d parcels", silent, silent + len(answers))
        if at:
            yield drop(self.home, "kuaidi100", "tracks", "tracks_query", answers, at)
        if failure:
            raise failure

    def _due(self, parcels: list[Parcel]) -> list[Parcel]:
        """Those that can be asked now: carrier known, phone given where it is needed, not asked within half an hour."""
        tail = str(self.given.get("phone_tail") or "")
        known = [p for p in parcels if p.carrier]
        askable = [p for p in known if tail or p.carrier not in NEED_PHONE]
        if len(known) < len(parcels):
            _LOG.warning(
                "快递100: %d parcels have a carrier whose code is not known. Next: name it as carriers in state/credentials/kuaidi100.json",
                len(parcels) - len(known),
            )
        if len(askable) < len(known):
            _LOG.warning(
                "快递100: %d parcels of 顺丰 or 中通 are not asked, which need a phone's last 4 digits. "
                "Next: give the sender's as phone_tail in state/credentials/kuaidi100.json",
                len(known) - len(askable),
            )
        due = [p for p in askable if self.asked.due(p.number, time.time())]
        most = int(self.given.get("most_per_run") or _MOST_A_RUN)
        if len(due) > most:
            _LOG.warning("快递100: %d parcels are left for the next run (most_per_run is %d)", len(due) - most, most)
        return due[:most]

    def _marked(self, parcels: list[Parcel]) -> Iterator[Parcel]:
        """The parcels, each written down as asked before it is: whoever dies in between does not ask again too soon."""
        for number, parcel in enumerate(parcels):
            if number % _MARKED_AHEAD == 0:
                now = time.time()
                for ahead in parcels[number : number + _MARKED_AHEAD]:
                    self.asked.mark(ahead.number, now)
                self.asked.save(now)
            yield parcel

    def _request(self, parcel: Parcel) -> Request:
        param = {"com": parcel.carrier, "num": parcel.number, "resultv2": "1", "show": "0", "order": "desc"}
        if parcel.carrier in NEED_PHONE:
            param["phone"] = str(self.given["phone_tail"])
        return Request("POST", PATH, form={"param": json.dumps(param, ensure_ascii=False)})
