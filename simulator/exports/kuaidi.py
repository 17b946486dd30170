"""快递100 tracks: answers of the real-time query, newest event first, and some push envelopes, as JSONL."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator import names
from simulator.days import DAY, export_moment
from simulator.exports.context import Export
from simulator.exports.order_columns import city_name
from simulator.exports.tracking import tracking_numbers
from simulator.frame import NONE, Frame
from simulator.parcels import EVENT_KINDS, event_times
from simulator.text import TEXT, const, fold, join, json_objects, numbers, packed, pick, quoted, stamps, strings, where
from simulator.world import Cohort

KEPT_AFTER_SIGNING = 2 * DAY
LONGEST_WAY_DAYS = 25
STATES = (1, 0, 0, 0, 2, 5, 3)  # of EVENT_KINDS; a parcel without events is 0
WORDS = ("揽收", "在途", "在途", "在途", "疑难", "派件", "签收")


def write(export: Export) -> Iterator[Path]:
    """Three snapshots for a history, one for a day: the parcels on the way or signed since the last snapshot."""
    if not export.is_history:
        yield _file(export, export.until, export.at - KEPT_AFTER_SIGNING)
        return
    days = sorted({export.day(0.33), export.day(0.67), export.until})
    signed_after = 0
    for day in days:
        yield _file(export, day, signed_after)
        signed_after = export_moment(day) - DAY


def _file(export: Export, day: date, signed_after: int) -> Path:
    """The snapshot at 02:00 after `day`."""
    at = export_moment(day)
    first = export.since if signed_after == 0 else day - timedelta(days=LONGEST_WAY_DAYS + 15)
    path = export.path("kuaidi100", "tracks", f"tracks_{day:%Y%m%d}", at, "jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("wb") as out:
        for cohort in export.pieces(first, day):
            rows = np.flatnonzero((cohort.parcels.shipped_at <= at) & (cohort.parcels.signed_at > signed_after))
            answers = _answers(export, cohort, rows, at)
            out.write(packed(join(_enveloped(export, answers, written), "\n")))
            written += len(answers)
    return path


def _answers(export: Export, cohort: Cohort, rows: np.ndarray, at: int) -> pa.Array:
    """One query answer (JSON) a parcel; parcels without an event yet are left out unless `empty_tracks` is on."""
    parcels = cohort.parcels.take(rows)
    times = event_times(parcels)
    shown = (times != NONE) & (times <= at)
    if not export.has("repeated_track_event"):
        shown[:, EVENT_KINDS.index("repeated")] = False
    last = np.where(shown.any(1), shown.shape[1] - 1 - np.argmax(shown[:, ::-1], 1), NONE)
    # Newest first: the events run backwards within each parcel.
    parcel, back = np.nonzero(shown[:, ::-1])
    kind = shown.shape[1] - 1 - back
    events = _events(export, parcels.take(parcel), kind, times[parcel, kind])
    signed = last == len(EVENT_KINDS) - 1
    answers = json_objects(
        message='"ok"',
        nu=strings(tracking_numbers(cohort).take(pa.array(rows))),
        ischeck=where(signed, '"1"', '"0"'),
        condition='"00"',
        com=pick(parcels.carrier, quoted([carrier[0] for carrier in names.CARRIERS])),
        status='"200"',
        state=pick(last, quoted([str(state) for state in STATES]), '"0"'),
        data=join("[", fold(events, shown.sum(1)), "]"),
        isLoop="false",
    )
    return answers if export.has("empty_tracks") else answers.filter(pa.array(last != NONE))


def _events(export: Export, parcels: Frame, kind: np.ndarray, when: np.ndarray) -> pa.Array:
    """The JSON of every shown event."""
    origin = pick(parcels.warehouse, [row[3] for row in names.WAREHOUSES])
    target = city_name(parcels.province, parcels.city)
    courier = pick(parcels.courier, names.COURIERS)
    if export.has("courier_phones"):
        phone = numbers(13_900_000_000 + parcels.courier * 1_000_003 + parcels.warehouse * 7_919)
        contact = join("，快递员：", courier, "，电话：", phone)
    else:
        contact = const("", len(kind))
    at_origin = join("【", origin, "】")
    at_target = join("【", target, "】")
    texts = (
        join(at_origin, "已揽收", contact),
        join(at_origin, "快件离开 ", origin, "转运中心 发往 ", target, "转运中心"),
        join(at_target, "快件到达 ", target, "转运中心"),
        join(at_target, "您的快件已到", target, "，正在中转"),
        join(at_target, "快件滞留，联系收件人未果，待处理"),
        join(at_target, "快件正在派送中", contact),
        join(at_target, "已签收，签收人凭取货码签收", contact),
    )
    context = texts[0]
    for number, text in enumerate(texts[1:], start=1):
        context = where(kind == number, text, context)
    stamp = strings(stamps(when))
    place = strings(where(kind <= 1, origin, target))
    return json_objects(
        time=stamp,
        ftime=stamp,
        context=strings(context),
        areaCode='""',
        areaName='""',
        status=pick(kind, quoted(WORDS)),
        statusCode=pick(kind, quoted([str(s) for s in STATES])),
        location=place,
    )


def _enveloped(export: Export, answers: pa.Array, before: int) -> pa.Array:
    """The answers, every 23rd of the file as a push (推送) whose param holds it as lastResult."""
    pushed = np.flatnonzero((before + np.arange(len(answers))) % 23 == 0)
    if not export.has("push_envelopes") or not len(pushed):
        return answers
    lines = answers.to_numpy(zero_copy_only=False)
    for row in pushed.tolist():
        closed = '"ischeck":"1"' in lines[row]
        param = (
            f'{{"status":"{"shutdown" if closed else "polling"}","billstatus":"","message":"","autoCheck":"0",'
            f'"comOld":"","comNew":"","lastResult":{lines[row]}}}'
        )
        as_text = export.has("push_param_text") and (before + row) % 46 == 0
        lines[row] = f'{{"param":{json.dumps(param, ensure_ascii=False) if as_text else param}}}'
    return pa.array(lines, TEXT)
