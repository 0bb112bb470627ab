"""Makes the spreadsheets beside this file with openpyxl, a program that is not ours.

    python3 -m venv /tmp/openpyxl && /tmp/openpyxl/bin/pip install openpyxl==3.1.5
    /tmp/openpyxl/bin/python tests/requests/make.py

The files are kept, since tests run without it. The roles of the three hundred rows are `Role 001` to
`Role 300`; a target that has them is made by the test.
"""

import datetime
import pathlib
import zipfile

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

HERE = pathlib.Path(__file__).parent
CLASSIFICATIONS = ["Admin", "Sales", "Support", "Manager", "Automation Only", "Co-marketing Partner", "Compliance"]
SEGMENTS = ["Retail Mortgage", "Wholesale", "Insurance"]
HEADINGS = ["Role", "User Role Classifications", "Customer Segments"]
FIXED = datetime.datetime(2026, 1, 1)


def save(book, name):
    book.properties.created = book.properties.modified = FIXED
    path = HERE / name
    book.save(path)
    # openpyxl writes the time of writing, and so does the archive.
    with zipfile.ZipFile(path) as archive:
        parts = [(part, archive.read(part)) for part in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts:
            if part == "docProps/core.xml":
                head, rest = data.split(b"<dcterms:modified", 1)
                start, end = rest.index(b">") + 1, rest.index(b"</dcterms:modified>")
                data = head + b"<dcterms:modified" + rest[:start] + b"2026-01-01T00:00:00Z" + rest[end:]
            archive.writestr(zipfile.ZipInfo(part, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def three_hundred(name, bad):
    """Three hundred rows as a customer writes them; with `bad`, five cells that are wrong."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Roles"
    sheet.append(HEADINGS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number in range(1, 301):
        classifications = [CLASSIFICATIONS[number % 7], CLASSIFICATIONS[(number + 1) % 7]]
        separator = "\n" if number % 5 == 0 else "; "
        sheet.append([f"Role {number:03}", separator.join(classifications), SEGMENTS[number % 3]])
    if bad:
        sheet["B18"] = "Salez; Support"
        sheet["C42"] = "Farming"
        sheet["B77"] = None
        sheet["A131"] = "role  007"
        sheet["C256"] = "=C255"
    notes = book.create_sheet("Notes")
    notes.append(["Fill in the sheet Roles, one row for each role."])
    save(book, name)


def seen_otherwise(name):
    """What people see is not what is in the cells."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Request of Acme"
    sheet.append(["Customer Segments", "Role", "Row", "Classifications", "Expected segments", "Ticket", "Draft"])
    sheet.append(["Insurance", "Hidden Role", 1, "Sales", "Insurance", 4711])
    sheet.append(["Insurance", "Formula", 2, '=CONCATENATE("Sa","les")', "Insurance"])
    sheet.append(["Insurance", "Merged", 3, "Sales", "Insurance"])
    sheet.append([None, "Merged too", 4, "Sales", "Insurance"])
    sheet.append(["Insurance", 2024, 5, "Sales", "Insurance"])
    sheet.append(["Insurance", "A date", 6, datetime.date(2026, 3, 1), "Insurance"])
    sheet.append(["Insurance", "An error", 7, "#N/A", True])
    sheet.append(["Insurance", "Right", 8, "Sales", "Insurance", None, "x"])
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["G"].hidden = True
    sheet.merge_cells("A4:A5")
    hidden = book.create_sheet("Vocabulary")
    hidden.append(["role", "classifications", "segments"])
    hidden.sheet_state = "hidden"
    save(book, name)


def other_strings(name):
    """Rich texts, inline texts and what people paste: the same rows as any other."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Sheet 1"
    sheet.append(["ROLE", "current classifications", "Classifications", "segments", "reason"])
    bold = InlineFont(b=True)
    sheet.append([CellRichText("Loan ", TextBlock(bold, "Officer")), "Sales", " Sales \n\u201cManager\u201d", "Credit\u00a0Union \u2014 CRM", 1])
    sheet.append([])
    sheet.append(["_x0041_", "(none)", "Co\u2011marketing Partner;", "insurance", "=1+1"])
    save(book, name)
    # Inline texts, as programs write them that stream: openpyxl reads them and writes shared ones.
    path = HERE / name
    with zipfile.ZipFile(path) as archive:
        parts = [(part, archive.read(part)) for part in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts:
            if part == "xl/worksheets/sheet1.xml":
                row = '<row r="9"><c r="A9" t="inlineStr"><is><t>Inline</t></is></c><c r="B9" t="inlineStr"><is><t>Sales</t></is></c><c r="C9" t="inlineStr"><is><r><t>Sal</t></r><r><t>es</t></r></is></c><c r="D9" t="inlineStr"><is><t>Wholesale</t></is></c></row></sheetData>'
                data = data.replace(b"</sheetData>", row.encode())
            archive.writestr(zipfile.ZipInfo(part, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


three_hundred("three-hundred.xlsx", bad=False)
three_hundred("three-hundred-with-five-bad-cells.xlsx", bad=True)
seen_otherwise("seen-otherwise.xlsx")
other_strings("other-strings.xlsx")
