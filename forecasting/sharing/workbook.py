"""XLSX workbooks written directly: the same numbers give the same bytes, and no library is needed.

Only what every spreadsheet program reads is used: text and numbers in cells, a bold head that
stays in view, widths, and a filter. No formulas, no macros, no links.

References
----------
ECMA-376, Office Open XML file formats, https://ecma-international.org/publications-and-standards/
standards/ecma-376/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.sax.saxutils import escape

from forecasting.sharing.containers import zip_bytes
from forecasting.sharing.limits import PackageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MOST_ROWS: Final = 1_048_576
FIRST_SHEET: Final = "xl/worksheets/sheet1.xml"
_WIDEST: Final = 60
_LONGEST_CELL: Final = 32_767
_PLAIN, _BOLD, _COUNT, _WRAPPED = 0, 1, 2, 3


class Sheet(NamedTuple):
    """A sheet of a workbook.

    Parameters
    ----------
    name : str
        At most 31 characters.
    header : sequence of str
        Stays in view; empty for a page of text.
    rows : sequence of sequences of str, int or float

    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Write sheets as an XLSX file.

    Parameters
    ----------
    sheets : sequence of Sheet

    Returns
    -------
    bytes

    Raises
    ------
    PackageError
        If a sheet has more rows than a spreadsheet can hold.

    Examples
    --------
    >>> book = workbook_bytes([Sheet("Places", ["Code", "Persons"], [["XA1", 120]])])
    >>> book[:2]
    b'PK'

    """
    files = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship '
        f'Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": _book(sheets),
        "xl/_rels/workbook.xml.rels": _book_relations(len(sheets)),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{n}.xml": _sheet(sheet) for n, sheet in enumerate(sheets, start=1)},
    }
    return zip_bytes({name: text.encode() for name, text in files.items()})


def _content_types(count: int) -> str:
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in range(1, count + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{parts}</Types>'
    )


def _book(sheets: Sequence[Sheet]) -> str:
    listed = "".join(
        f'<sheet name={_quoted(sheet.name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, sheet in enumerate(sheets, start=1)
    )
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets>'
        "</workbook>"
    )


def _book_relations(count: int) -> str:
    sheets = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, count + 1)
    )
    styles = f'<Relationship Id="rId{count + 1}" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    return (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{sheets}{styles}</Relationships>'
    )


_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">'
    '<alignment wrapText="1" vertical="top"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


def _sheet(sheet: Sheet) -> str:
    rows = [*([sheet.header] if sheet.header else []), *sheet.rows]
    if len(rows) > _MOST_ROWS:
        msg = f"sheet {sheet.name!r} has {len(rows):,} rows; a spreadsheet holds {_MOST_ROWS:,}."
        raise PackageError(msg)
    columns = max((len(row) for row in rows), default=1)
    letters = [column_name(at) for at in range(columns)]
    width = [
        min(max((len(str(row[at])) for row in rows if at < len(row)), default=8), _WIDEST) + 2
        for at in range(columns)
    ]
    view = (
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        if sheet.header
        else ""
    )
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{one}" customWidth="1"/>'
        for at, one in enumerate(width, start=1)
    )
    data = "".join(
        _row(number, row, letters, head=bool(sheet.header) and number == 1, text=not sheet.header)
        for number, row in enumerate(rows, start=1)
    )
    found = (
        f'<autoFilter ref="A1:{letters[-1]}{len(rows)}"/>' if sheet.header and sheet.rows else ""
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}">{view}<cols>{widths}</cols>'
        f"<sheetData>{data}</sheetData>{found}</worksheet>"
    )


def column_name(position: int) -> str:
    """Letters of a column counted from 0.

    Examples
    --------
    >>> column_name(0), column_name(25), column_name(26)
    ('A', 'Z', 'AA')

    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _row(
    number: int, row: Sequence[str | int | float], letters: Sequence[str], *, head: bool, text: bool
) -> str:
    cells = []
    for letter, value in zip(letters, row, strict=False):
        if isinstance(value, str):
            style = _BOLD if head else _WRAPPED if text else _PLAIN
            shown = escape(_FORBIDDEN.sub("", value)[:_LONGEST_CELL])
            cells.append(
                f'<c r="{letter}{number}" s="{style}" t="inlineStr"><is>'
                f'<t xml:space="preserve">{shown}</t></is></c>'
            )
        else:
            style = _PLAIN if isinstance(value, float) and not value.is_integer() else _COUNT
            cells.append(f'<c r="{letter}{number}" s="{style}"><v>{value}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def _quoted(text: str) -> str:
    return f'"{escape(text, {chr(34): "&quot;"})}"'
