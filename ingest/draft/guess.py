"""From a header and the counts of its column to a column of a contract, with what a person should look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ingest.contract import Column
from ingest.draft.look import Look
from ingest.draft.names import known_column
from ingest.headers import smells_personal

_MONEY = re.compile(
    r"金额|价|费|实付|应付|实收|应收|佣金|补贴|优惠|收入|支出|消耗|成本|货款|GMV|元\)|元）|amount|price|cost|fee|gmv|pay(?!_?(type|method|time|status))",
    re.I,
)
_ID = re.compile(r"(号|编码|编号|货号|条码|id|ID|Id|_no|code|sn)$")
_COUNT = re.compile(r"数|量|次|人|件|个|count|num|qty", re.I)
_RATE = re.compile(r"率|占比|比例|roi|ctr|cvr|rate|ratio", re.I)
_FEN = re.compile(r"\(分\)|（分）|_fen$")
_WORDS = re.compile(r"状态|类型|方式|类别|级别|等级|渠道|平台|status|type|level|channel", re.I)
#: a column of one vocabulary, and how often a value must come back before the values are taken for it
_VOCABULARY, _RETURNS = 12, 5

Misfits = Callable[[Column], int]
Told = list[str]


def column_of(header: str, look: Look, misfits: Misfits, told: Told) -> Column:
    """The column for a header, still without our name. misfits: how many cells a declaration would set aside; told: gathers what to look at."""
    plain = Column("x", header, (), "text", False, False, None, (), "")
    known = known_column(header)
    if personal := _personal(header, look, known):
        protect, why, options = personal
        told.append(f"{why}: {_PROTECTED[protect]}; look whether that is right")
        return replace(plain, protect=protect, kind="code" if protect == "key" else "text", options=options)
    if not look.filled:
        told.append("has no value in this file: taken for text")
        return plain
    for kind, options, note in _candidates(header, look, known):
        made = replace(plain, kind=kind, options=options)
        wrong = misfits(made) - (look.damaged if kind == "id" else 0)  # ids that a spreadsheet has rounded stay ids
        if not wrong:
            if kind == "text" and known and known.kind not in ("text", "id_list"):
                told.append(f"other contracts have {known.kind} here, and these cells are none: taken for text")
            if kind == "id" and look.damaged:
                told.append(
                    f"{look.damaged:,} cell(s) in E notation: a spreadsheet has rounded them; such rows go to quarantine"
                )
            if note:
                told.append(note)
            return replace(made, enum=_vocabulary(header, look, told)) if kind == "text" else made
        if wrong <= 0.02 * look.filled:
            told.append(f"{wrong:,} of {look.filled:,} cells are no {kind}, the others are; taken for text. Mend those cells, or name what they hold in nullTokens, and set kind: {kind}")  # fmt: skip
    return replace(plain, enum=_vocabulary(header, look, told))


_PROTECTED = {
    "drop": "dropped at the door",
    "key": "kept as a keyed pseudonym",
    "scrub": "kept as text with phones, ID cards, mail and addresses taken out",
}


def _personal(header: str, look: Look, known: Column | None) -> tuple[str, str, dict[str, Any]] | None:
    """(protection, why, options) of a column about people, by what its header says or its cells look like."""
    if known and known.protect:
        type_of = {k: v for k, v in known.options.items() if k == "keyType"}
        protect = known.protect if known.protect != "key" or type_of else "drop"
        return protect, f"other contracts protect {header!r}", type_of
    if smells_personal(header) and not _is_of_no_person(header, look):
        return "drop", "the header is about a person", {}
    if not look.filled:
        return None
    kinds = {
        "phone numbers": look.phones, "ID cards": look.cards, "mail addresses": look.mails, "names with stars": look.masked_names,
        "addresses": look.addresses,
    }  # fmt: skip
    for what, count in kinds.items():
        if count > 0.5 * look.filled:
            return "drop", f"the cells look like {what}", {}
    if look.plain_names > 0.8 * look.filled and look.distinct > max(3, 0.3 * look.filled):
        return "drop", "the cells look like names of people", {}
    if look.with_people or look.masked_names or look.addresses:
        return "scrub", f"{max(look.with_people, look.masked_names, look.addresses):,} cell(s) hold a phone, an ID card, mail, a name or an address", {}  # fmt: skip
    return None


def _is_of_no_person(header: str, look: Look) -> bool:
    """Moments and money are about no person, whatever the header says (确认收货时间, 买家实付金额)."""
    figures = look.numbers + look.percents if _MONEY.search(header) else 0
    return bool(look.filled) and max(look.moments, figures, look.yes_no) == look.filled


def _candidates(header: str, look: Look, known: Column | None) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(kind, options, what to look at) in the order in which they should be tried."""
    if known and known.kind not in ("text", "id_list"):
        options = {k: v for k, v in known.options.items() if k in ("unit", "format")}
        has_yuan = known.kind == "money" and options.get("unit") == "fen" and look.dotted
        bare_days = known.kind == "timestamp" and look.moments == look.filled and not _has_time(look)
        if not has_yuan and not bare_days:
            yield known.kind, options, f"as in other contracts: {known.kind}{_in_unit(options)}" if options else ""
    if look.damaged:
        yield "id", {}, ""
    if look.ambiguous > 0.5 * look.filled:
        yield "text", {}, "dates whose day and month cannot be told apart: taken for text; ask for YYYY-MM-DD"
        return
    yield from _times(header, look)
    if _ID.search(header) and not _MONEY.search(header):
        yield "id", {}, ""
        yield "code", {}, ""
    if look.digits == look.filled and look.shortest >= 9 and not _MONEY.search(header):
        yield "id", {}, "long numbers: taken for ids"
    if look.yes_no == look.filled:
        yield "boolean", {}, ""
    if look.numbers + look.percents >= 0.9 * look.filled:
        yield from _figures(header, look)
    yield "text", {}, ""


def _times(header: str, look: Look) -> Iterator[tuple[str, dict[str, Any], str]]:
    if look.moments >= 0.9 * look.filled:
        yield ("timestamp", {}, "") if _has_time(look) else ("date", {}, "")
        yield "timestamp", {}, ""
    if look.digits == look.filled and look.least is not None and re.search(r"时间|日期|time|_at$|date", header, re.I):
        if look.least >= 1_200_000_000 and look.greatest < 2_500_000_000:
            yield "timestamp", {"format": "epoch_s"}, "numbers in a time column: taken for unix seconds"
        if look.least >= 1_200_000_000_000 and look.greatest < 2_500_000_000_000:
            yield "timestamp", {"format": "epoch_ms"}, "numbers in a time column: taken for unix milliseconds"


def _has_time(look: Look) -> bool:
    return look.longest > 11 or any(":" in value for value, _ in look.top)


def _figures(header: str, look: Look) -> Iterator[tuple[str, dict[str, Any], str]]:
    if look.percents:
        mixed = (
            ""
            if look.percents == look.filled
            else "cells with and without %: those without are taken for fractions of 1"
        )
        yield "rate", {}, mixed
    if _RATE.search(header):
        above = (look.greatest or 0) > 1.5 and "roi" not in header.lower()
        note = "a rate above 1 without a percent sign: if it is a percentage, set unit: percent" if above else ""
        yield "rate", {}, note
    if _FEN.search(header):
        yield "money", {"unit": "fen"}, ""
    if _MONEY.search(header):
        whole = look.digits == look.filled and not look.dotted and (look.greatest or 0) >= 1000
        note = "whole numbers in a money column: taken for yuan; if they are fen, set unit: fen" if whole else ""
        yield "money", {}, note
    if not look.dotted:
        yield (
            "integer",
            {},
            "" if _COUNT.search(header) else "whole numbers: taken for a count; if they are ids, set kind: id",
        )
    yield "number", {}, "decimal numbers that no header names as money: set kind: money if they are yuan"


def _in_unit(options: dict[str, Any]) -> str:
    return "".join(f", {k} {v}" for k, v in options.items())


def _vocabulary(header: str, look: Look, told: Told) -> tuple[str, ...]:
    """The values of a column that has few and says them often; a value that comes later is kept and warned of."""
    few = 1 < look.distinct <= _VOCABULARY and look.filled >= _RETURNS * look.distinct
    if not few or not _WORDS.search(header):
        return ()
    told.append(f"{look.distinct} values: taken for its vocabulary (a new one warns); add those that this file lacks")
    return tuple(sorted(value for value, _ in look.top))


__all__ = ["column_of"]
