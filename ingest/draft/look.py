"""What stands in the columns of a sample: counts over all rows, by DuckDB, with the loader's own expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.contract import Column, Contract
from ingest.protect import PATTERNS
from ingest.typing_sql import bounded_sql, cleaned, error_sql, literal, trimmed, untabbed, value_sql

if TYPE_CHECKING:
    import duckdb

_PHONE, _ID_CARD, _MAIL, _ADDRESS = (PATTERNS[k] for k in ("phone", "card", "mail", "address"))
#: whole cells that stand for nothing, if they are there
NULLS = ("-", "--", "—", "/", "无", "null", "NULL", "None", "N/A", "nan", "暂无", "\\N")
TOTALS = ("合计", "总计", "小计", "汇总", "全部")
_NUMBER = "[-+¥￥$(]?[0-9][0-9,]*([.][0-9]+)?[)万亿元]?"
_MOMENT = "(20[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}.*|20[0-9]{6})"
_AMBIGUOUS = "[0-9]{1,2}/[0-9]{1,2}/20[0-9]{2}.*"
_MASKED_NAME = r"[\p{Han}]{1,3}[*＊]{1,4}[\p{Han}]{0,2}"
#: the hundred commonest, which nine of ten people have
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"


@dataclass(frozen=True)
class Look:
    """Counts of one column: cells that say something, different ones, and how many of them are what.

    top: the commonest values with their counts, at most 16; stay inside the process, since they may be people.
    """

    filled: int
    distinct: int
    numbers: int
    digits: int
    dotted: int
    percents: int
    moments: int
    ambiguous: int
    yes_no: int
    longest: int
    shortest: int
    damaged: int
    phones: int
    cards: int
    mails: int
    masked_names: int
    plain_names: int
    addresses: int
    with_people: int
    least: float | None
    greatest: float | None
    top: tuple[tuple[str, int], ...] = ()


def look_at(connection: duckdb.DuckDBPyConnection, cell: str) -> Look:
    """Count column `cell` (c0, c1 ...) of the table `sample`, all rows of data."""
    nulls = ", ".join(map(literal, ("", *NULLS)))
    text = f"trim({cell}, ' \t\r\n''\"=`')"

    def full(pattern: str) -> str:
        return f"count(*) filter (where regexp_full_match(t, {literal(pattern)}))"

    def part(pattern: str) -> str:
        return f"regexp_matches(t, {literal('(^|[^0-9])' + pattern + '($|[^0-9])')})"

    found = connection.execute(
        f"""with texts as (select {text} as t from sample where is_data), said as (select t from texts where t is not null and t not in ({nulls}))
        select count(*), count(distinct t), {full(_NUMBER)}, {full("[0-9]+")}, {full(_NUMBER)} - {full(_NUMBER.replace("([.][0-9]+)?", ""))},
            {full("[-+]?[0-9.,]+[%％]")}, {full(_MOMENT)}, {full(_AMBIGUOUS)}, count(*) filter (where t in ('是', '否')), coalesce(max(length(t)), 0),
            coalesce(min(length(t)), 0), {full("[0-9.]+[eE][+][0-9]+")}, {full(_PHONE + "|1[0-9]{2}[*]{4}[0-9]{4}")}, {full(_ID_CARD)}, {full(_MAIL)},
            {full(_MASKED_NAME)}, count(*) filter (where regexp_full_match(t, '[\\p{{Han}}]{{2,4}}') and contains({literal(_SURNAMES)}, left(t, 1))),
            count(*) filter (where regexp_matches(t, {literal(_ADDRESS)})),
            count(*) filter (where {part(_PHONE)} or {part(_ID_CARD)} or regexp_matches(t, {literal(_MAIL)})),
            min(try_cast(t as double)), max(try_cast(t as double))
        from said"""
    ).fetchone()
    top = connection.execute(
        f"select t, count(*) from (select {text} as t from sample where is_data) where t is not null and t not in ({nulls}) group by t order by 2 desc, 1 limit 16"
    ).fetchall()
    return Look(*found, tuple(top))


def misfits(connection: duckdb.DuckDBPyConnection, cell: str, column: Column, contract: Contract) -> int:
    """How many cells of `cell` the loader would set aside if the column were declared as `column`."""
    bare = trimmed("t0", column, contract)
    clean = cleaned("t1", column, contract, frozenset())
    return connection.execute(
        f"""with a as (select {untabbed(cell, column)} as t0 from sample where is_data), b as (select {bare} as t1 from a), c as (select {clean} as t from b),
        d as (select t, {value_sql("t", column)} as v from c), e as (select t, {bounded_sql("v", column)} as v from d)
        select count(*) from e where {error_sql("t", "v", column, contract)}"""
    ).fetchone()[0]


__all__ = ["NULLS", "TOTALS", "Look", "look_at", "misfits"]
