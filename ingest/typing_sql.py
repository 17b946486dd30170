"""From text to type: one SQL expression per kind of column, generated from the contract.

Every expression is null for "no value" and null for "does not convert"; `Typed.error` tells the two apart. The first
branch of each is the usual spelling and cheap; the rest are the quirks of real exports (docs/ingest.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.contract import Column, Contract
from ingest.protect import keyed_sql, scrub_column_sql

#: what is trimmed off cells; only ASCII, since trimming by multi-byte characters costs half as much again
_BLANKS = " \t\r\n"
_ORNAMENTS = "'`\"=＝"
#: rarer blanks (full-width, zero-width, no-break space, BOM), taken out of the cells that do not convert at first
_RARE_BLANKS = "[\\s\u3000\ufeff\u200b\u00a0]"
#: kinds whose usual cell needs no trimming: the cast takes blanks, and the branches after it take the rest
_CAST = ("money", "number", "integer", "rate", "timestamp", "date", "boolean")
_FULL = "０１２３４５６７８９．，－＋％（）："
_HALF = "0123456789.,-+%():"
#: a comma that does not part thousands (1,23 may be 1.23): never guessed
_MISGROUPED = "[,，]([0-9０-９]{0,2}|[0-9０-９]{4,})([^0-9０-９]|$)|[0-9０-９]{4,}[,，]|[.．].*[,，]"
_EARLIEST, _LATEST = "2010-01-01", "2050-01-01"
_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d",
    "%Y-%m-%d%H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y%m%d",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日",
)  # fmt: skip


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Typed:
    """One column's SQL over its cleaned text `t`: `value`, and `error`, true where text is there but not that kind."""

    column: Column
    text: str
    value: str
    error: str


def untabbed(raw: str, column: Column) -> str:
    """SQL for an id's cell without the tab that the back offices put behind ids; `trimmed` takes what else is round it.

    A look and a cut cost 70 ns a cell, trim() 340 ns. left() counts characters and strlen() bytes, so that a cell that is
    not ASCII stays as it is here.
    """
    if column.options.get("inner"):
        return _inner(raw, column)
    if column.kind in ("id", "id_list", "code") or column.protect:
        return f"(case when suffix({raw}, '\t') then left({raw}, strlen({raw}) - 1) else {raw} end)"
    return raw


def _inner(raw: str, column: Column) -> str:
    """SQL for the number inside a JSON value like {"unit": "price", "value": 1999}; in some units it is in fen (`inner.fen`).

    A bare value passes as it is, so that both spellings load the same.
    """
    inner = column.options["inner"]
    value, unit = (f"({raw} ->> {literal('$.' + inner[part])})" for part in ("value", "unit"))
    fen = ", ".join(literal(u) for u in inner.get("fen", ())) or "''"
    scaled = f"cast(try_cast({value} as decimal(18,4)) * 0.01 as decimal(18,6))::varchar"
    # what is not a number stays as it is, so that typing names it
    return f"(case when prefix({raw}, '{{') and json_valid({raw}) then (case when {unit} in ({fen}) then coalesce({scaled}, {value}) else {value} end) else {raw} end)"


def trimmed(raw: str, column: Column, contract: Contract) -> str:
    """SQL for a cell without the blanks round it, and for ids without the ornaments that spreadsheets put there.

    trim() costs 140 ns a cell and most cells need none, so a look at both ends (30 ns) decides; a null token that comes
    out of trimming is null. Cells that are cast are not trimmed at all.
    """
    if column.kind in _CAST and not column.protect:
        return raw
    # comparing is quicker than ascii(): what sorts before '!' is empty or begins with a blank
    if column.kind == "text" and not column.protect:
        bare = f"trim({raw}, {literal(_BLANKS)})"
        return f"(case when {raw} < '!' or {_ends(raw, _BLANKS)} then (case when {bare} in ({_tokens(column, contract)}) then null else {bare} end) else {raw} end)"
    usual = f"(({raw} >= '0' and {raw} < '=') or ({raw} >= 'A' and {raw} < '`') or ({raw} >= 'a' and {raw} < '{{'))"
    return f"(case when {usual} and not ({_ends(raw, _BLANKS + _ORNAMENTS)}) then {raw} else trim({raw}, {literal(_BLANKS + _ORNAMENTS)}) end)"


def _ends(text: str, marks: str) -> str:
    return " or ".join(f"suffix({text}, {literal(mark)})" for mark in marks)


def _token_list(column: Column, contract: Contract) -> list[str]:
    return list(dict.fromkeys(["", *contract.null_tokens, *map(str, column.options.get("nullTokens", ()))]))


def _tokens(column: Column, contract: Contract) -> str:
    return ", ".join(map(literal, _token_list(column, contract)))


def cleaned(text: str, column: Column, contract: Contract, nulls: frozenset[str]) -> str:
    """SQL for a cell with the null tokens turned to null; nulls: those that the reader has turned already.

    One IN list (a chain of nullif doubles with each link), looked at only for cells of a token's length.
    """
    tokens = _token_list(column, contract)
    if nulls.issuperset(tokens) and column.kind in (*_CAST, "text") and not column.protect:
        return text
    lengths = sorted({len(t.encode()) for t in tokens})
    short = max(n for n in lengths if n <= 8)
    other = "".join(f" and strlen({text}) <> {n}" for n in lengths if n > 8)
    return f"(case when strlen({text}) > {short}{other} then {text} when {text} in ({_tokens(column, contract)}) then null else {text} end)"


def _decimal(t: str, scale: int) -> str:
    """Yuan or counts as people write them: 1,234.50, ￥20, 12.5元, (12.50), 1.2万, full-width digits.

    The first branch is the usual cell and costs one cast; DuckDB's cast alone would also take 1e3 and 1_000, and ' - ' for 0:
    so a digit must be there, at the front as a rule (what sorts from '0' on and casts). One more use of the cast's own value
    in this condition would double the time of the whole statement, since DuckDB then computes it for each use.
    """
    plain = f"try_cast({t} as decimal(18,{scale}))"
    bare = f"regexp_replace(translate({t}, {literal(_FULL)}, {literal(_HALF)}), '[¥￥,，元''=`\"]|{_RARE_BLANKS}', '', 'g')"
    bare = f"regexp_replace({bare}, '^\\((.*)\\)$', '-\\1')"
    wide = f"try_cast(regexp_extract({bare}, '^([-+]?[0-9.]+)([万亿])$', 1) as decimal(27,6))"
    factor = f"(case when suffix({t}, '亿') then 100000000 else 10000 end)"
    # JSON numbers may be written 1e-05; a money cell never is
    exponent = (
        f"when regexp_full_match({t}, '-?[0-9.]+[eE][-+]?[0-9]{{1,2}}') then try_cast(try_cast({t} as double) as decimal(18,{scale})) "
        if scale > 2
        else ""
    )
    return (
        f"(case when {plain} is not null and ({t} >= '0' or regexp_matches({t}, '[0-9]')) and not contains({t}, 'e') and not contains({t}, 'E') and not contains({t}, '_') then {plain} "
        f"when {t} is null then null "
        f"when regexp_matches({t}, {literal(_MISGROUPED)}) then null "
        f"when regexp_full_match({bare}, '[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)') then try_cast({bare} as decimal(18,{scale})) "
        f"when regexp_full_match({bare}, '[-+]?[0-9.]+[万亿]') then try_cast({wide} * {factor} as decimal(18,{scale})) "
        f"{exponent}end)"
    )


def _money(t: str, column: Column) -> str:
    if column.options.get("parse") == "amount_after_last_dash":
        # 商家优惠 sometimes holds 名称-金额: the amount stands after the last dash
        t = f"(case when {t} similar to '[-+]?[0-9.,]*' then {t} else regexp_extract({t}, '-([^-]*)$', 1) end)"
    unit = column.options.get("unit", "yuan")
    if unit == "yuan":
        return _decimal(t, 2)
    if unit == "fen":  # `bounded_sql` makes yuan of it
        return _decimal(t, 4)
    return f"cast({_decimal(t, 4)} * 0.00001 as decimal(18,2))"


def _rate(t: str, column: Column) -> str:
    number = _decimal(f"rtrim({t}, '%％')", 6)
    as_percent = f"cast({number} / 100 as decimal(18,6))"
    if column.options.get("unit") == "percent":
        return as_percent
    return f"(case when suffix({t}, '%') or suffix({t}, '％') then {as_percent} else {number} end)"


def _timestamp(t: str, column: Column) -> str:
    form = column.options.get("format", "text")
    if form in ("epoch_s", "epoch_ms"):
        # 0 means none; milliseconds are told from seconds by their size (1e11 s would be the year 5138)
        seconds = f"try_cast({t} as bigint)"
        instant = f"make_timestamp((case when {seconds} > 100000000000 then {seconds} * 1000 else {seconds} * 1000000 end) + 28800000000)"
        found = f"(case when {seconds} > 0 and {seconds} < 10000000000000 then {instant} else {_wall_time(t)} end)"
        return found
    return _wall_time(t)


def _wall_time(t: str) -> str:
    """Text as a naive Beijing timestamp. `usual` is YYYY-MM-DD HH:MM:SS, told by its length and its colons."""
    usual = f"try_cast({t} as timestamp)"
    bare = f"trim({t}, {literal(_BLANKS + _ORNAMENTS)})"
    zoned = f"timezone('Asia/Shanghai', try_cast(replace({bare}, ' ', 'T') as timestamptz))"
    listed = ", ".join(map(literal, _FORMATS))
    return (
        f"(case when {t} like '____-__-__ __:__:__' and not contains({t}, ' 24:') then {usual} "
        f"when {t} is null or contains({t}, ' 24:') then null "
        f"when {t} like '____/__/__ __:__:__' then {usual} "
        f"when regexp_full_match({bare}, '.*[0-9](Z|[+-][0-9]{{2}}:?[0-9]{{2}})') and {t} like '%:%' then {zoned} "
        f"else try_strptime({bare}, [{listed}]) end)"
    )


def needs_bounds(column: Column) -> bool:
    """Whether `bounded_sql` does anything to a column's values."""
    is_fen = column.kind == "money" and column.options.get("unit") == "fen"
    return not column.protect and (column.kind in ("timestamp", "date", "integer") or is_fen)


def bounded_sql(value: str, column: Column) -> str:
    """SQL for the value of `value_sql` within what a commerce record can hold; null beyond; other kinds pass as they are.

    Moments are in certain years. Integers are whole, and so are fen, of which yuan are made: a fraction is a wrong unit, not
    something to round. value: a column of a layer of its own, since it is named several times and would be computed as often.
    """
    if not needs_bounds(column):
        return value
    if column.kind in ("timestamp", "date"):
        return f"(case when {value} >= timestamp '{_EARLIEST}' and {value} < timestamp '{_LATEST}' then {value} end)"
    whole = f"cast({value} as bigint)" if column.kind == "integer" else f"cast({value} * 0.01 as decimal(18,2))"
    return f"(case when {value} = floor({value}) then {whole} end)"


def _boolean(t: str) -> str:
    return (
        f"(case when lower(trim({t}, {literal(_BLANKS)})) in ('是', '1', 'true', 't', 'y', 'yes', '有') then true "
        f"when lower(trim({t}, {literal(_BLANKS)})) in ('否', '0', 'false', 'f', 'n', 'no', '没有', '无') then false end)"
    )


def _id(t: str) -> str:
    """Digits, or the letters and marks that ids are made of; never a float, never scientific notation.

    The last branch takes full-width digits and rare blanks; it is last because translate() costs more than all the rest. The
    first one takes what is a number and comes back the same, so digits and nothing else, at half the pattern's cost.
    """
    spelt = f"regexp_replace(translate({t}, '０１２３４５６７８９', '0123456789'), '{_RARE_BLANKS}', '', 'g')"
    return (
        f"(case when try_cast({t} as ubigint)::varchar = {t} then {t} "
        f"when {t} is null or regexp_full_match({t}, '[0-9]+') then {t} "
        f"when regexp_full_match({t}, '[0-9]{{1,15}}[.]0') then regexp_replace({t}, '[.]0$', '') "
        f"when regexp_full_match({t}, '[0-9.]+([eE][+-]?[0-9]+)?') then null "
        f"when regexp_full_match({t}, '[0-9A-Za-z_.:@#$/+=~-]{{1,128}}') then {t} "
        f"when regexp_full_match({spelt}, '[0-9]+') then {spelt} end)"
    )


#: one id of a list; a float or an E notation among them is a damaged id
_PART = "[0-9A-Za-z_:@#$/+~-]{1,128}"
_DAMAGED = "(^|,)[0-9]+[eE][-+]?[0-9]+(,|$)"
_SEPARATORS = "[\\s,，;；、|\u3000\ufeff\u200b\u00a0]+"


def _id_list(t: str) -> str:
    """Several ids in one cell (comma, 、, semicolon, blank or line break between them) as a,b,c; null if one of them is no id."""
    bare = f"regexp_replace(translate({t}, '０１２３４５６７８９', '0123456789'), '[''\"=`]', '', 'g')"
    listed = f"trim(regexp_replace({bare}, {literal(_SEPARATORS)}, ',', 'g'), ',')"
    return (
        f"(case when {t} is null or regexp_full_match({t}, '[0-9]+') then {t} "
        f"when regexp_full_match({listed}, {literal(f'{_PART}(,{_PART})*')}) and not regexp_matches({listed}, {literal(_DAMAGED)}) then {listed} end)"
    )


def value_sql(t: str, column: Column) -> str:
    """SQL for the typed value of cleaned text `t`; `bounded_sql` of it is what the column holds."""
    if column.protect == "key":
        return t
    if column.protect == "scrub":
        return scrub_column_sql(t)
    match column.kind:
        case "id":
            return _id(t)
        case "id_list":
            return _id_list(t)
        case "money":
            return _money(t, column)
        case "number":
            return _decimal(t, 4)
        case "rate":
            return _rate(t, column)
        case "integer":
            return _decimal(t, 4)  # `bounded_sql` takes whole ones only
        case "timestamp":
            return _timestamp(t, column)
        case "date":
            return f"cast({_wall_time(t)} as date)"
        case "boolean":
            return _boolean(t)
        case _:
            return t


def error_sql(t: str, value: str, column: Column, contract: Contract) -> str:
    """SQL that is true where the text is there but did not convert, or a required one is absent.

    A CASE, so that the costly look at what did not convert is taken only there. 0 is no moment in an epoch column.
    """
    nothing = _tokens(column, contract) + (", '0'" if column.options.get("format") in ("epoch_s", "epoch_ms") else "")
    absent = "true" if column.required else "false"
    if column.protect or column.kind in ("text", "code"):
        return f"{t} is null" if column.required else "false"
    bare = f"trim({t}, {literal(_BLANKS + _ORNAMENTS)})"
    return f"(case when {value} is not null then false when {t} is null or {bare} in ({nothing}) then {absent} else true end)"


def pseudonym_sql(column: Column) -> str:
    """SQL for a keyed column, over the cleaned texts named by `name` (and its identity type's column)."""
    return keyed_sql(f'"{column.name}"', identity_type_sql(column))


def identity_type_sql(column: Column) -> str | None:
    """SQL for the kind of identity that a keyed column holds (phone, open_id ...), if the contract says it."""
    type_column = column.options.get("keyTypeColumn")
    fixed = column.options.get("keyType")
    return f'"{type_column}"' if type_column else (literal(fixed) if fixed else None)
