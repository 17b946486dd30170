"""XLSX parts: the quick way and the parser give the same cells, what calamine reads is what is read, and what no sheet has is refused."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from html import escape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.errors import Refused
from ingest.readers import xlsx_blocks
from ingest.readers.cell_texts import cell_text
from ingest.readers.xlsx import first_rows
from ingest.readers.xlsx_blocks import Blocks
from ingest.readers.xlsx_cells import Styles, values_of
from ingest.readers.xlsx_marks import marked_cells, without_prefix
from ingest.readers.xlsx_texts import shared_texts
from ingest.readers.xlsx_tree import parsed_cells
from tests.fuzz.targets import WORKBOOK

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TEXTS = st.text(st.sampled_from("a1 中😀&<>\"'_x000D\n\t."), min_size=1, max_size=8)
NUMBERS = st.sampled_from(["0", "1", "-3.5", "46275.5", "0.4193", "1E+2", "6.917926768823643E+18", "123456789012345", "0.30000000000000004"])  # fmt: skip
STYLES = Styles(frozenset([1]), frozenset([2]), frozenset([3]))


def letters(column: int) -> str:
    column += 1
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


@st.composite
def cell(draw, row: int, column: int) -> str:
    """A cell as Excel, WPS, xlsxwriter, openpyxl and POI write it."""
    at = f'<c r="{letters(column)}{row}"'
    styled = draw(st.sampled_from(["", "", ' s="1"', ' s="2"', ' s="3"', ' s="17"']))
    kind = draw(st.sampled_from(["number", "number", "shared", "inline", "spaced", "str", "bool", "error", "blank", "bare", "void", "empty", "formula", "shares", "joined", "spaced blank", "spaced void", "not computed"]))  # fmt: skip
    text = escape(draw(TEXTS), quote=draw(st.booleans()))
    return at + styled + {
        "number": f"><v>{draw(NUMBERS)}</v></c>", "shared": f' t="s"><v>{draw(st.integers(0, 3))}</v></c>',
        "inline": f' t="inlineStr"><is><t>{text.strip() or "a"}</t></is></c>', "spaced": f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>',
        "str": f' t="str"><v>{text}</v></c>', "bool": ' t="b"><v>1</v></c>', "error": ' t="e"><v>#N/A</v></c>', "blank": "/>", "bare": "></c>",
        "spaced blank": " />", "spaced void": "><v /></c>", "not computed": "><f>A1</f><v /></c>",
        "formula": f"><f>SUM(A1:B2)&amp;1</f><v>{draw(NUMBERS)}</v></c>", "shares": '><f t="shared" ref="A1:A9" si="0"/><v>2</v></c>',
        "joined": f' t="str"><f aca="false">A1</f><v>{text}</v></c>', "void": "><v/></c>", "empty": ' t="n"><v></v></c>',
    }[kind]  # fmt: skip


@st.composite
def sheet_rows(draw) -> str:
    found, number = [], 0
    for _ in range(draw(st.integers(1, 6))):
        number += draw(st.sampled_from([1, 1, 1, 3]))
        columns = sorted(draw(st.sets(st.sampled_from([0, 1, 2, 5, 25, 26, 701, 702]), max_size=5)))
        about = draw(
            st.sampled_from(["", ' spans="1:3" ht="15"', ' hidden="1"', ' s="1" customFormat="1" hidden="true"'])
        )
        if not columns and draw(st.booleans()):
            found.append(f'<row r="{number}"{about}{draw(st.sampled_from(["", " "]))}/>')
        else:
            found.append(f'<row r="{number}"{about}>{"".join(draw(cell(number, c)) for c in columns)}</row>')
    return draw(st.sampled_from(["", "\n", "\n\t "])).join(found)


SHARED = "<sst " + MAIN + '><si><t>编号</t></si><si><t xml:space="preserve"> a </t></si><si><r><t>羊毛</t></r><r><rPr/><t>衫</t></r><rPh><t>x</t></rPh></si><si><t/></si></sst>'  # fmt: skip


def part(rows: str) -> bytes:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>".encode()


def told(cells) -> tuple:
    texts = cells.text.to_pylist()
    return cells.numbers.tolist(), cells.hidden, [*zip(cells.row.tolist(), cells.column.tolist(), cells.kind.tolist(), cells.style.tolist(), texts, strict=True)]  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(sheet_rows())
@example('<row r="1"><c r="A1" t="str"><v>&#20013;&amp;&#x1F600;_x000D_</v></c></row>')
def test_marks_and_the_parser_give_the_same_cells(rows):
    blocks = Blocks(io.BytesIO(part(rows)), "sheetData", "row")
    (block,) = list(blocks)
    quick = marked_cells(block, 0)
    assert quick is not None, "this is how spreadsheets write"
    assert told(quick) == told(parsed_cells(blocks, block, 0))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(sheet_rows(), st.data())
def test_a_damaged_block_is_read_by_both_alike_or_left_to_the_parser(rows, data):
    """One sign changed, taken out or put in: the quick way never reads what the parser would refuse or read otherwise."""
    text = part(rows)
    start, end = text.index(b"<row"), text.rindex(b"</sheetData>")
    place = data.draw(st.integers(start, end - 1))
    sign = data.draw(
        st.sampled_from([b"", b"<", b">", b'"', b" ", b"1", b"A", b"/", b"&", b"\xff", b"'", b"c", b"\r", b"r"])
    )
    changed = text[:place] + sign + text[place + data.draw(st.integers(0, 1)) :]

    def both():
        blocks = Blocks(io.BytesIO(changed), "sheetData", "row")
        for block in blocks:
            yield marked_cells(block, 0), blocks, block

    try:
        found = list(both())
    except Refused:
        return
    for quick, blocks, block in found:
        if quick is not None:
            assert told(quick) == told(parsed_cells(blocks, block, 0)), block


def workbook(folder: Path, rows: str, shared: str = SHARED, **parts: str) -> Path:
    """A workbook with this sheet; parts: by the last word of their name."""
    path = folder / "b.xlsx"
    made = WORKBOOK | {"xl/worksheets/sheet1.xml": part(rows), "xl/sharedStrings.xml": shared.encode()}
    made["xl/styles.xml"] = (
        f'<styleSheet {MAIN}><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>'.encode()
    )
    for name, text in parts.items():
        made[next(n for n in made if n.endswith(f"{name}.xml"))] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in made.items():
            archive.writestr(name, data)
    return path


#: what calamine reads in another way, or not at all: (style, or nothing; what stands in a cell)
OTHERWISE = [
    *((f's="{style}"', number) for style in (2, 3) for number in ("-3.5", "0.", "1234567", "6.9179")), ('s="17"', ""), ("", "_x"),
]  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(rows=sheet_rows().filter(lambda rows: not any(style in rows and number in rows for style, number in OTHERWISE)))
def test_what_calamine_reads_is_what_is_read(rows, tmp_path_factory):
    import python_calamine as calamine

    path = workbook(tmp_path_factory.mktemp("book"), rows)
    with calamine.CalamineWorkbook.from_path(str(path)) as book:
        source = book.get_sheet_by_index(0)
        left = source.start[1] if source.start else 0
        theirs = [[cell_text(c) for c in row] for row in source.iter_rows()]
    (ours,) = first_rows(path, 100)
    ours = [[cell_text(c) for c in row[left:]] for row in ours]
    # calamine has nothing for a cell in error, and makes every row as wide as the widest
    ours = [["" if c == "#N/A" else c for c in row] for row in ours]
    width = max((len(row) for row in [*ours, *theirs]), default=0)
    padded = [[[*row, *[""] * (width - len(row))] for row in rows] for rows in (ours, theirs)]
    filled = [[row for row in rows if any(c.strip() for c in row)] for rows in padded]
    assert filled[0] == filled[1]


def test_a_value_by_its_style_and_in_other_shapes(tmp_path):
    """Percentages, moments, days, times of day, spans; formulas, rich texts, no places, a prefix, comments, CDATA."""
    rows = (
        '<row><c s="1"><v>0.4193</v></c><c s="2"><v>46275.5</v></c><c s="2"><v>46275</v></c><c s="2"><v>0.75</v></c><c s="3"><v>1.5</v></c></row>'
        '<row r="3"><c r="A3"><f>1+1</f><v>2</v></c><c r="C3" t="inlineStr"><is><r><t>羊</t></r><r><t>毛</t></r></is></c><c t="d"><v>2026-09-10</v></c></row>'
        "<!-- <row> --><row r='4'><c r='B4' t='str'><v><![CDATA[a&b]]>&#13;</v></c></row>"
    )
    (found,) = first_rows(workbook(tmp_path, rows), 10)
    assert [[cell_text(c) for c in row] for row in found] == [
        ["0.4193", "2026-09-10 12:00:00", "2026-09-10", "18:00:00", "36:00:00"], [], ["2", "", "羊毛", "2026-09-10"], ["", "a&b\r"],
    ]  # fmt: skip
    prefixed = part(rows).decode().replace("xmlns=", "xmlns:x=").replace("</", "</x:").replace("<!", "\0")
    prefixed = prefixed.replace("<x:", "<").replace("</x:", "</")  # closing tags are done; opening ones follow
    import re

    prefixed = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", prefixed).replace("\0", "<!")
    assert list(first_rows(workbook(tmp_path, "", sheet1=prefixed), 10)) == [found]


def test_shared_texts_in_any_shape_and_in_any_blocks(monkeypatch):
    many = "".join(f"<si><t>text {n} &lt;</t></si>" for n in range(300))
    for size in (10, 4000, 10**6):
        monkeypatch.setattr(xlsx_blocks, "BLOCK_BYTES", size)
        texts = shared_texts(io.BytesIO(SHARED.replace("</sst>", many + "</sst>").encode())).to_pylist()
        assert texts == ["编号", " a ", "羊毛衫", "", *(f"text {n} <" for n in range(300))]
    assert shared_texts(None).to_pylist() == []


def test_tags_with_a_prefix_are_read_by_their_marks_too():
    rows = '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
    prefixed = (
        part(rows).decode().replace("xmlns=", "xmlns:x=").replace("</", "\0").replace("<", "<x:").replace("\0", "</x:")
    )
    blocks = Blocks(io.BytesIO(prefixed.encode()), "sheetData", "row")
    (block,) = list(blocks)
    assert blocks.prefix == b"x:" and marked_cells(block, 0) is None
    assert told(marked_cells(without_prefix(block, b"x:"), 0)) == told(parsed_cells(blocks, block, 0))


def test_utf_16_and_a_mark_at_the_beginning(tmp_path):
    rows = '<row r="1"><c r="A1" t="str"><v>中</v></c></row>'
    for encoding in ("utf-16", "utf-8-sig"):
        blocks = Blocks(io.BytesIO(part(rows).decode().encode(encoding)), "sheetData", "row")
        (block,) = list(blocks)
        assert marked_cells(block, 0).text.to_pylist() == ["中"]


def one(place: str, value: str = "<v>1</v>", kind: str = "") -> str:
    return f'<row r="1"><c r="{place}"{kind}>{value}</c></row>'


HOSTILE = {
    "a column that no sheet has": (one("XFE1"), "column 16,385"),
    "letters without an end": (one("GKKKKKKKKKKKKKKKKKKKKKKK1"), "the place 'GKKKKKKKKKKKKKKKK…"),
    "in other quotes": (one("XFD1").replace('"', "'").replace("XFD1", "ZZZ1"), "column 18,278"),
    "a row that no sheet has": ('<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "the number 1,048,577"),
    "a cell of another row": (one("A2"), "the place 'A2'"),
    "rows that fall back": ('<row r="2"/><row r="2"/>', "the number 2 behind row 2"),
    "cells that fall back": ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "column 1, behind one in 2"),
    "a text that there is not": (one("A1", "<v>9</v>", ' t="s"'), "names a shared text that there is not"),
    "a number that is none": (one("A1", "<v>1,5</v>"), "holds '1,5' where a number should be"),
    "no number either": (one("A1", "<v>nan</v>"), "is no number"),
    "a type that there is not": (one("A1", "<v>1</v>", ' t="q"'), "of the type 'q'"),
    "no XML": ("<row><c></row>", "cannot be read"),
    "an entity": (one("A1", "<v>&x;</v>", ' t="str"'), "cannot be read"),
    "rows twice": ("</sheetData><sheetData>", "has sheetData twice"),
}  # fmt: skip


@pytest.mark.fault(40)
@pytest.mark.parametrize(("rows", "words"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_sheet_has_is_refused_in_words(rows, words, tmp_path):
    with pytest.raises(Refused) as refused:
        list(first_rows(workbook(tmp_path, rows), 10))
    assert words.rstrip("…") in refused.value.reason and refused.value.hint


@pytest.mark.fault(40)
def test_a_document_type_and_a_row_without_an_end_are_refused(tmp_path, monkeypatch):
    bomb = '<!DOCTYPE worksheet [<!ENTITY x "y">]>' + part(one("A1")).decode()
    with pytest.raises(Refused, match="document type"):
        list(first_rows(workbook(tmp_path, "", sheet1=bomb), 10))
    monkeypatch.setattr(xlsx_blocks, "LONGEST_ELEMENT", 1000)
    with pytest.raises(Refused, match="takes more than 1,000 bytes"):
        list(first_rows(workbook(tmp_path, one("A1", f"<v>{'1' * 2_000_000}</v>")), 10))


def test_a_stray_cell_far_away_costs_nothing(tmp_path):
    """The last row and the last column: one list of cells and some blank rows, which `Sheet` counts."""
    blocks = Blocks(io.BytesIO(part(one("A1") + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "sheetData", "row")  # fmt: skip
    (block,) = list(blocks)
    cells = marked_cells(block, 0)
    assert cells.numbers.tolist() == [1, 1_048_576] and cells.column.tolist() == [0, 16_383]
    values = values_of(cells, shared_texts(None), STYLES, is_1904=False)
    assert values.one(1, 0, 20) == [None] * 20


def test_moments_as_python_tells_them(tmp_path):
    rows = "".join(f'<row r="{n + 1}"><c r="A{n + 1}" s="2"><v>{v}</v></c></row>' for n, v in enumerate(["46275.999994", "46275.3333333", "2958465.99", "-1", "99999999"]))  # fmt: skip
    (found,) = first_rows(workbook(tmp_path, rows), 10)
    assert [cell_text(row[0]) for row in found] == ["2026-09-10 23:59:59", "2026-09-10 08:00:00", "9999-12-31 23:45:36", "-1", "99999999"]  # fmt: skip
    assert isinstance(found[0][0], dt.datetime)
