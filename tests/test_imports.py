"""Files of users: every row is accounted for, and what cannot be known is asked for in one line."""

import contextlib
import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagesim.scenarios.errors import BadInput
from engagesim.scenarios.market import Reading
from engagesim.sim.data import quotes, table
from engagesim.sim.data.imports import read_subscriptions, read_survival, read_transactions

HEADER = "customer_id,date,amount\n"
GOOD = "a,2024-01-01,10.00\na,2024-02-01,20.00\nb,2024-01-15,5.50\nb,2024-03-01,7.25\n"
"""Lines 2 to 5 of a file; what follows begins on line 6."""
SPENT = [
    ("a", "2024-01-01", 10.0), ("a", "2024-02-01", 20.0),
    ("b", "2024-01-15", 5.5), ("b", "2024-03-01", 7.25),
]  # fmt: skip
SPELLS = "customer_id,start,end\n"
SURVIVAL = "period,surviving_percent\n"
READERS = {
    "transactions": read_transactions,
    "subscriptions": read_subscriptions,
    "survival": read_survival,
}
GIVE_DATES = "give population.reading.dates"
WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ".": "point"}
GIVE_DECIMAL = "give population.reading.decimal (point or comma)"
ORDER = "allowed is customer_id,date,amount, in any order"
REFUND = "refund: taken off the customer's spend"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(content: str | bytes, kind: str = "transactions", **reading: str) -> Any:
    content = content.encode() if isinstance(content, str) else content
    Path("f.csv").write_bytes(content)
    found = READERS[kind]("f.csv", Reading.model_validate(reading))
    intake = found.intake
    assert intake.file == "f.csv"
    assert intake.accepted + len(intake.rejected) == intake.rows
    assert list(intake.rejected.columns) == ["line", "reason", "text"]
    assert intake.rejected.line.is_monotonic_increasing
    assert intake.rejected.line.is_unique
    return found


def rejected(found: Any) -> list[tuple[int, str]]:
    frame = found.intake.rejected
    return list(zip(frame.line.tolist(), frame.reason.tolist(), strict=True))


def written(day: int) -> str:
    return str(np.datetime64(day, "D"))


def spent(found: Any) -> list[tuple[str, str, float]]:
    assert (found.customer.dtype, found.day.dtype) == (np.int32, np.int32)
    days = map(written, found.day.tolist())
    return list(zip(found.ids[found.customer], days, found.amount.tolist(), strict=True))


def spells(found: Any) -> list[tuple[str, str, str]]:
    ends = [written(day) if day >= 0 else "" for day in found.end.tolist()]
    return list(zip(found.ids, map(written, found.start.tolist()), ends, strict=True))


# files that read as the same four purchases, however they are written

WRITTEN = {
    "plain": HEADER + GOOD,
    "no-newline-at-the-end": HEADER + GOOD.rstrip(),
    "byte-order-mark": b"\xef\xbb\xbf" + (HEADER + GOOD).encode(),
    "utf-16": (HEADER + GOOD).encode("utf-16"),
    "utf-16-big-endian": b"\xfe\xff" + (HEADER + GOOD).encode("utf-16-be"),
    "windows-newlines": (HEADER + GOOD).replace("\n", "\r\n"),
    "newlines-in-the-header": '"customer\nid",date,amount,"a\nnote"\n' + GOOD.replace("\n", ",x\n"),
    "old-mac-newlines": (HEADER + GOOD).replace("\n", "\r"),
    "blank-lines": "\n\n" + HEADER + "\n" + GOOD.replace("\n", "\n \n"),
    "tabs": (HEADER + GOOD).replace(",", "\t"),
    "bars": (HEADER + GOOD).replace(",", "|"),
    "semicolons-and-decimal-commas": (HEADER + GOOD).replace(",", ";").replace(".", ","),
    "excel-says-its-separator": "sep=;\n" + (HEADER + GOOD).replace(",", ";"),
    "header-in-other-case": '"Customer ID", Date ,AMOUNT\n' + GOOD,
    "spaces-around-cells": HEADER + GOOD.replace(",", " , "),
    "quoted": '"' + (HEADER + GOOD).strip().replace(",", '","').replace("\n", '"\n"') + '"\n',
    "slashes": HEADER + GOOD.replace("-", "/"),
    "dates-without-marks": HEADER + GOOD.replace("-", ""),
    "times": HEADER + GOOD.replace("1,", "1T10:00:00Z,").replace("15,", "15 9:30,"),
    "day-first": HEADER + "a,1.1.2024,10\na,01.02.2024,20\nb,15.1.2024,5.50\nb,1.3.2024,7.25\n",
    "month-first": HEADER + "a,1/1/2024,10\na,2/1/2024,20\nb,1/15/2024,5.50\nb,3/1/2024,7.25\n",
    "currency-signs": HEADER + "a,2024-01-01,$10\na,2024-02-01,$ 20.00\nb,2024-01-15,5.50€\n"
    "b,2024-03-01,£7.25\n",
    "scientific": HEADER + "a,2024-01-01,1e1\na,2024-02-01,2.0E+01\nb,2024-01-15,55e-1\n"
    "b,2024-03-01,.725e1\n",
    "more-columns": "shop,date,customer_id,,amount\nx,2024-01-01,a,,10\nx,2024-02-01,a,,20\n"
    "y,2024-01-15,b,,5.50\ny,2024-03-01,b,,7.25\n",
    "same-day-orders": HEADER + GOOD.replace("10.00", "4.00") + "a,2024-01-01,6.00\n",
    "another-order-of-rows": HEADER + "".join(reversed(GOOD.splitlines(keepends=True))),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_transactions__same_purchases_however_written(name):
    found = read(WRITTEN[name])
    assert spent(found) == SPENT
    assert rejected(found) == []
    assert written(found.until) == "2024-03-01"


@pytest.mark.parametrize("name", WRITTEN)
def test_transactions__blocks_make_no_difference(name, monkeypatch):
    monkeypatch.setattr(table, "BLOCK", 40)
    monkeypatch.setattr(table, "BATCH", 3)
    assert spent(read(WRITTEN[name])) == SPENT


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("plain", ("UTF-8", "',' between columns", "decimal point", "dates year first")),
        ("byte-order-mark", ("UTF-8 (byte order mark)", "',' between columns", "decimal point",
                             "dates year first")),
        ("utf-16", ("UTF-16 (byte order mark)", "',' between columns", "decimal point",
                    "dates year first")),
        ("tabs", ("UTF-8", "tab between columns", "decimal point", "dates year first")),
        ("semicolons-and-decimal-commas", ("UTF-8", "';' between columns", "decimal comma",
                                           "dates year first")),
        ("day-first", ("UTF-8", "',' between columns", "decimal point", "dates day first")),
        ("month-first", ("UTF-8", "',' between columns", "decimal point", "dates month first")),
        ("more-columns", ("UTF-8", "',' between columns", "columns ignored: shop", "decimal point",
                          "dates year first")),
        ("same-day-orders", ("UTF-8", "',' between columns", "decimal point", "dates year first",
                             "1 order on a customer's same day was merged")),
    ],
)  # fmt: skip
def test_transactions__notes_say_how_it_was_read(name, notes):
    assert read(WRITTEN[name]).intake.notes == notes


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "Windows-1252"), ("latin-1", "Latin-1")])
def test_transactions__ids_beyond_ascii(encoding, name):
    content = (HEADER + GOOD).replace("a,", "Zoë,").encode(encoding)
    given = {} if encoding == "cp1252" else {"encoding": encoding}
    found = read(content, **given)
    assert found.ids.tolist() == ["Zoë", "b"]
    assert found.intake.notes[0] == name


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_transactions__utf_16_without_a_mark_when_given(encoding):
    found = read((HEADER + GOOD).encode(encoding), encoding="utf-16")
    assert spent(found) == SPENT
    assert found.intake.notes[0] == "UTF-16"


def test_transactions__ids_stay_text():
    found = read(HEADER + GOOD + "007,2024-01-01,1\n7,2024-01-01,1\n 7 ,2024-01-02,1\n")
    assert found.ids.tolist() == ["007", "7", "a", "b"]
    assert (found.ids.dtype, found.customer.tolist()) == (object, [0, 1, 1, 2, 2, 3, 3])


# rows that are rejected, after the four good ones: (line, reason) each

ROWS = {
    "misfits": (
        "c,2024-01-01\nc,2024-01-01,1,\n\nc\nc,2024-01-02,1\n",
        [(6, "too few columns"), (7, "too many columns"), (9, "too few columns")],
    ),
    "nul": ("c,2024-01\0-01,1\n\0\0\0\n", [(6, "NUL byte"), (7, "NUL byte")]),
    "no-id": (",2024-01-01,1\n  ,2024-01-01,1\n",
              [(6, "customer_id: missing"), (7, "customer_id: missing")]),
    "dates": (
        "c,,1\nc,soon,1\nc,2024-02-30,1\n",
        [(6, "date: missing"), (7, "date: not a date"), (8, "date: no such date")],
    ),
    "years": (
        "c,1969-12-31,1\nc,2200-01-01,1\nc,01/02/24,1\n",
        [(6, "date: before 1970-01-01"), (7, "date: after 2199-12-31"),
         (8, "date: year of two digits")],
    ),
    "times": (
        "c,2024-01-01 25,1\nc,2024-01-01 10:00 CET,1\nc,45356,1\nc,2024-1-1T10:00+02:00,1\n",
        [(6, "date: not a date"), (7, "date: not a date"), (8, "date: not a date")],
    ),
    "marks": ("c,2024-01/01,1\nc,202411,1\n", [(6, "date: not a date"), (7, "date: not a date")]),
    "amounts": (
        "c,2024-01-01,\nc,2024-01-01,nan\nc,2024-01-01,inf\nc,2024-01-01,-Infinity\n",
        [(6, "amount: missing"), *((line, "amount: not a number") for line in (7, 8, 9))],
    ),
    "numbers": (
        "c,2024-01-01,1e400\nc,2024-01-01,12 34\nc,2024-01-01,0x10\nc,2024-01-01,--5\n",
        [(line, "amount: not a number") for line in (6, 7, 8, 9)],
    ),
    "duplicates": (
        "a,2024/01/01,10\nb,2024-03-01,7.25\n a ,2024-01-01,10.0\n",
        [(6, "duplicate of line 2"), (7, "duplicate of line 5"), (8, "duplicate of line 2")],
    ),
    "same-time": (
        "a,2024-01-01 10:00,10\na,2024-01-01 11:00,10\na,2024-01-01T10:00,10\n",
        [(8, "duplicate of line 6")],
    ),
    "newline-in-quotes": (
        '"c\nd",2024-01-01,1\n"e\n\nf",x,1\ng,y,1\n',
        [(8, "date: not a date"), (11, "date: not a date")],
    ),
    "separator-in-quotes": ('"c,d",2024-01-01,1\n"c,d",x,1\n', [(7, "date: not a date")]),
    "stray-quote": (
        '"c,2024-01-01,1\nc,2024-01-02,1\nc"d,2024-01-03,1\n"e",x,1\n',
        [(6, "quote not closed"), (9, "date: not a date")],
    ),
    "stray-quote-before-quotes": (
        '"c,2024-01-01,1\n"c",2024-01-02,1\nc,x,1\n"c\nd",y,1\n',
        [(6, "quote not closed"), (8, "date: not a date"), (9, "date: not a date")],
    ),
    "quote-in-a-cell": (
        'c"d"e,2024-01-01,1\n"c"d,2024-01-02,1\n"c""d",x,1\n', [(8, "date: not a date")],
    ),
    "stray-quotes-that-pair": (
        '"c,2024-01-01,1\nc",2\n', [(6, "quote not closed"), (7, "too few columns")],
    ),
    "quote-to-the-end": ('c,2024-01-02,1\nc,2024-01-03,"1', [(7, "quote not closed")]),
    "last-line": ("c,x,1", [(6, "date: not a date")]),
    "refund": ("b,2024-03-02,-2.25\n", [(6, REFUND)]),
    "refund-in-parentheses": ("b,2024-03-02,(2.25)\nb,2024-03-02,-$1.00\n",
                              [(6, REFUND), (7, REFUND)]),
}  # fmt: skip


@pytest.mark.parametrize("block", [1 << 23, 40])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ROWS)
def test_rows__each_rejected_with_its_line_and_reason(name, newline, block, monkeypatch):
    monkeypatch.setattr(table, "BLOCK", block)
    rows, reasons = ROWS[name]
    found = read((HEADER + GOOD + rows).replace("\n", newline))
    assert rejected(found) == reasons
    lines = (HEADER + GOOD + rows).split("\n")
    for line, text in zip(found.intake.rejected.line, found.intake.rejected.text, strict=True):
        assert text.split("\n")[0] == lines[line - 1]


def test_rows__text_is_cut():
    found = read(HEADER + GOOD + f"{'x' * 300},?,1\n")
    assert found.intake.rejected.text.tolist() == ["x" * 200]


def test_rows__quoted_over_more_lines_than_allowed(monkeypatch):
    monkeypatch.setattr(quotes, "MOST_LINES", 2)
    found = read(HEADER + GOOD + '"c\nd",2024-01-01,1\n"c\nd\ne",2024-01-01,1\n')
    assert rejected(found) == [(8, "quote not closed"), (9, "too few columns")]
    assert found.ids.tolist() == ["a", "b", "c\nd", 'e"']


def test_transactions__order_of_rows_is_no_matter_to_the_last_bit():
    rows = "".join(f"c,2024-01-01,{amount}\n" for amount in (0.1, 0.2, 0.3))
    backward = "".join(reversed(rows.splitlines(keepends=True)))
    assert spent(read(HEADER + GOOD + rows)) == spent(read(HEADER + backward + GOOD))


def test_rows__cell_longer_than_csv_takes():
    found = read(HEADER + GOOD + f'"{"x" * 140_000}",2024-01-01,1\nc,x,1\n')
    assert rejected(found) == [(6, "cell too long"), (7, "date: not a date")]


def test_rows__quoted_text_is_kept_whole():
    found = read(HEADER + GOOD + '"c\nd",x,1\n')
    assert found.intake.rejected.text.tolist() == ['"c\nd",x,1']


def test_rows__after_until():
    found = read(HEADER + GOOD, until="2024-02-28")
    assert rejected(found) == [(5, "after population.reading.until")]
    assert written(found.until) == "2024-02-28"


def test_rows__against_the_order_given():
    rows = "a,05/03/2024,1\nb,06/03/2024,1\na,07/03/2024,1\nb,03/13/2024,1\nb,2024-03-05,1\n"
    found = read(HEADER + rows + "b,31/02/2024,1\na,8/3/2024,1\n", dates="dmy")
    other = "date: not in the order of the dates"
    assert rejected(found) == [(5, other), (6, other), (7, "date: no such date")]
    assert spent(found)[:2] == [("a", "2024-03-05", 1.0), ("a", "2024-03-07", 1.0)]


def test_rows__against_the_decimal_mark_given():
    rows = (
        "a;2024-01-03;1.234,5\na;2024-01-04;5\nb;2024-01-05;1.234\nb;2024-01-06;1 234,5\n"
        "b;2024-01-07;1'234\n"
    )
    found = read((HEADER + GOOD).replace(",", ";") + rows, decimal="comma")
    assert rejected(found) == [(line, "amount: not a number") for line in (2, 3, 4, 5)]
    assert found.amount.tolist() == [1234.5, 5.0, 1234.0, 1234.5, 1234.0]


@pytest.mark.parametrize(
    ("amounts", "read_as"),
    [
        (["1.234,56", "1.234", "-1"], [1234.56, 1234.0]),
        (["1,234.56", "1,234", "-1"], [1234.56, 1234.0]),
        (["1 234,56", "12\u202f345", "-1"], [1234.56, 12345.0]),
        (["1.234.567", "1.234", "\u22121"], [1234567.0, 1234.0]),
        (["0.234", "1.234", "-1"], [0.234, 1.234]),
        (["1'234", "12", "(1)"], [1234.0, 12.0]),
        (["€ 1.234,50", "2 €", "(1 €)"], [1234.5, 2.0]),
    ],
)
def test_amounts__mark_that_reads_them_all(amounts, read_as):
    rows = "".join(f"a\t2024-01-0{day}\t{amount}\n" for day, amount in enumerate(amounts, 1))
    more = "b\t2024-01-01\t5\n"
    found = read(HEADER.replace(",", "\t") + rows + more)
    read_as = [read_as[0], read_as[1] - 1.0]
    assert found.amount.tolist() == [*read_as, 5.0]


# refunds

REFUNDS = {
    "latest-first": (["b,2024-02-01,-3"], [("b", "2024-01-15", 2.5), ("b", "2024-03-01", 7.25)],
                     ()),
    "over-two": (["a,2024-03-01,-25"], [("a", "2024-01-01", 5.0)],
                 ("1 purchase was refunded in full and left out",)),
    "same-day": (["b,2024-03-01,-7.25"], [("b", "2024-01-15", 5.5)],
                 ("1 purchase was refunded in full and left out",)),
    "too-early": (["b,2024-01-01,-3"], [("b", "2024-01-15", 5.5), ("b", "2024-03-01", 7.25)],
                  ("1 refund was larger than what was bought until then",)),
    "too-large": (["b,2024-02-01,-6", "b,2024-02-02,-1"], [("b", "2024-03-01", 7.25)],
                  ("1 purchase was refunded in full and left out",
                   "2 refunds were larger than what was bought until then")),
    "unknown-customer": (["c,2024-02-01,-6"], [],
                         ("1 refund was larger than what was bought until then",)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUNDS)
def test_refunds__taken_off_the_latest_purchase(name):
    rows, left, notes = REFUNDS[name]
    found = read(HEADER + GOOD + "\n".join(rows))
    who = rows[0][0]
    assert [row for row in spent(found) if row[0] == who] == left
    assert [row for row in spent(found) if row[0] != who] == [r for r in SPENT if r[0] != who]
    assert rejected(found) == [(line, REFUND) for line in range(6, 6 + len(rows))]
    assert found.intake.notes[4:] == notes
    assert set(found.customer.tolist()) == set(range(len(found.ids)))


def test_transactions__of_amount_0_count_as_purchases():
    """As they do in the published data; what a refund brings to 0 does not."""
    rows = "a,2024-04-01,0.00\nb,2024-05-01,-7.25\nb,2024-06-01,-0\n"
    found = read(HEADER + GOOD + rows)
    assert len(found.intake.rejected) == 1  # the refund
    assert [(found.ids[c], a) for c, a in zip(found.customer, found.amount, strict=True)] == [
        ("a", 10.0), ("a", 20.0), ("a", 0.0), ("b", 5.5), ("b", 0.0),
    ]  # fmt: skip
    assert "2 purchases were of amount 0" in found.intake.notes
    assert "1 purchase was refunded in full and left out" in found.intake.notes


def test_refunds__leave_no_rounding_behind():
    rows = "c,2024-01-01,0.1\nc,2024-01-01,0.2\nc,2024-02-01,-0.3\n"
    found = read(HEADER + GOOD + rows)
    assert "c" not in found.ids
    assert found.intake.notes[4:] == (
        "1 order on a customer's same day was merged",
        "1 purchase was refunded in full and left out",
    )


# files that are refused, with the line that is printed

TEN = "".join(f"{who},2024-0{month}-01,1\n" for month in range(1, 6) for who in "ab")
REFUSED: dict[str, tuple[str, str | bytes, dict[str, str], str]] = {
    "empty": ("transactions", "", {},
              ": empty; allowed is a header customer_id,date,amount and rows"),
    "blank": ("transactions", "\n \n\n", {},
              ": empty; allowed is a header customer_id,date,amount and rows"),
    "header-only": ("transactions", HEADER, {}, ": no rows under the header"),
    "header-and-blank-lines": ("transactions", HEADER + "\n\n", {}, ": no rows under the header"),
    "binary": ("transactions", b"\x89PNG\r\n\x1a\n\x00\x81\x00", {},
               ": not text in UTF-8 or Windows-1252; allowed is CSV, encoded as"
               " population.reading.encoding says (utf-8, utf-16, cp1252, latin-1)"),
    "zipped": ("transactions", b"PK\x03\x04\x14\x00\x06\x00", {},
               ": not text; allowed is CSV (UTF-16 without a byte order mark asks for"
               " population.reading.encoding=utf-16)"),
    "utf-16-without-a-mark": ("transactions", HEADER.encode("utf-16-le"), {},
                              ": not text; allowed is CSV (UTF-16 without a byte order mark asks"
                              " for population.reading.encoding=utf-16)"),
    "not-in-the-encoding-given": ("transactions", b"\xe9" + HEADER.encode(), {"encoding": "utf-8"},
                                  ": not text in UTF-8; allowed is CSV, encoded as"
                                  " population.reading.encoding says (utf-8, utf-16, cp1252,"
                                  " latin-1)"),
    "torn-utf-16": ("transactions", (HEADER + GOOD).encode("utf-16")[:-1], {},
                    ": not text in UTF-16 (byte order mark); allowed is CSV, encoded as"
                    " population.reading.encoding says (utf-8, utf-16, cp1252, latin-1)"),
    "column-missing": ("transactions", "\ncustomer_id,date,Amuont\na,2024-01-01,1\n", {},
                       ", line 2: no column 'amount'; did you mean 'Amuont'? (the header has"
                       f" 'customer_id', 'date', 'Amuont'; {ORDER})"),
    "no-header": ("transactions", GOOD, {},
                  ", line 1: no column 'customer_id' (the header has 'a', '2024-01-01', '10.00';"
                  f" {ORDER})"),
    "other-separator": ("transactions", HEADER + GOOD, {"separator": "semicolon"},
                        ", line 1: no column 'customer_id'; should population.reading.separator be"
                        f" given? (the header has 'customer_id,date,amount'; {ORDER})"),
    "header-quote-not-closed": ("transactions", '"' + HEADER + GOOD, {},
                                ", line 1: header: quote not closed"),
    "column-twice": ("transactions", "customer_id,date,amount,Date\n" + GOOD, {},
                     ", line 1: column 'date' is there 2 times"),
    "mostly-bad": ("transactions", HEADER + "a,2024-01-01,1\nb,x,1\n\nc,y,1\nd,2024-01-01,x\n", {},
                   ": 3 of 4 rows cannot be used, more than half; most often: date: not a date,"
                   " first on line 3: 'b,x,1'"),
    "decimal-commas-between-commas": ("transactions", HEADER + "a,2024-01-01,1,5\nb,2024-1-1,2,5\n",
                                      {},
                                      ": 2 of 2 rows cannot be used, more than half; most often:"
                                      " too many columns, first on line 2: 'a,2024-01-01,1,5'"),
    "day-or-month": ("transactions", HEADER + "a,,1\na,05/03/2024,1\nb,06/03/2024,1\n", {},
                     ": dates such as '05/03/2024' (line 3) can be day first or month first;"
                     f" {GIVE_DATES} (dmy or mdy)"),
    "two-orders": ("transactions",
                   HEADER + "a,5/3/2024,1\na,13/01/2024,1\nb,01/13/2024,1\nb,x,1\n", {},
                   ": no order of dates fits both '13/01/2024' (line 3) and '01/13/2024' (line 4);"
                   f" {GIVE_DATES} (ymd, dmy or mdy)"),
    "two-styles": ("transactions", HEADER + "a,5/3/2024,1\na,2024-01-13,1\nb,06/03/2024,1\n", {},
                   ": no order of dates fits both '5/3/2024' (line 2) and '2024-01-13' (line 3);"
                   f" {GIVE_DATES} (ymd, dmy or mdy)"),
    "thousands-or-decimals": ("transactions",
                              HEADER + 'a,2024-01-01,5\na,2024-01-02,"1,234"\nb,2024-01-01,7\n', {},
                              ": amount: the mark in '1,234' (line 3) can be of decimals or of"
                              f" thousands; {GIVE_DECIMAL}"),
    "two-marks": ("transactions", HEADER + 'a,2024-01-01,5.5\na,2024-01-02,"1,23"\n', {},
                  ": amount: no decimal mark fits both '5.5' (line 2) and '1,23' (line 3);"
                  f" {GIVE_DECIMAL}"),
    "one-customer": ("transactions", HEADER + "a,2024-01-01,1\na,2024-01-02,1\n", {},
                     ": one customer only ('a'), allowed are 2 or more"),
    "one-day": ("transactions", HEADER + "a,2024-01-01,1\nb,2024-01-01,1\n", {},
                ": one day only (2024-01-01), allowed are 2 or more"),
    "no-repeats": ("transactions", HEADER + "a,2024-01-01,1\nb,2024-01-02,1\nb,2024-01-02,2\n", {},
                   ": no repeats: no customer has bought on two days, allowed is 1 or more"),
    "nothing-left": ("transactions", HEADER + "a,2024-01-01,1\na,2024-01-02,-1\n", {},
                     ": no purchase is left after refunds"),
    "stray-date": ("transactions", HEADER + TEN + "b,2042-01-01,1\n", {},
                   ", line 12: the newest date, 2042-01-01, is more than 366 days after nearly all"
                   " others; mend it, or give population.reading.until, the last day of the data"),
    "stray-end": ("subscriptions",
                  SPELLS + TEN.replace(",1\n", ",2042-01-01\n") + "c,2024-01-01,\n", {},
                  ", line 2: the newest date, 2042-01-01, is more than 366 days after nearly all"
                  " others; mend it, or give population.reading.until, the last day of the data"),
    "no-spells": ("subscriptions", SPELLS, {}, ": no rows under the header"),
    "mostly-bad-spells": ("subscriptions", SPELLS + "a,2024-02-01,2024-01-01\n", {},
                          ": 1 of 1 rows cannot be used, more than half; most often: end before"
                          " start, first on line 2: 'a,2024-02-01,2024-01-01'"),
    "no-periods": ("survival", SURVIVAL, {}, ": no rows under the header"),
    "few-periods": ("survival", SURVIVAL + "0,100\n1,50\n2,40\n", {},
                    ": 3 periods, allowed are at least 4 (0, 1, 2 and 3)"),
    "no-period-0": ("survival", SURVIVAL + "1,100\n2,50\n", {},
                    ", line 2: period 0 is missing before period 1"),
    "period-0-not-100": ("survival", SURVIVAL + "0,1\n1,0.5\n2,0.4\n3,0.3\n", {},
                         ", line 2: surviving_percent of period 0: got 1, allowed is 100"),
    "period-twice": ("survival", SURVIVAL + "0,100\n1,50\n1,50\n2,40\n", {},
                     ", line 4: period 1 is there twice"),
    "period-gap": ("survival", SURVIVAL + "0,100\n1,50\n3,50\n4,40\n", {},
                   ", line 4: period 2 is missing before period 3"),
    "period-negative": ("survival", SURVIVAL + "-1,100\n", {},
                        ", line 2: period: got '-1', allowed whole numbers from 0"),
    "period-broken": ("survival", SURVIVAL + "0,100\n\n1.5,50\n", {},
                      ", line 4: period: got '1.5', allowed whole numbers from 0"),
    "percent-above": ("survival", SURVIVAL + "0,100.5\n", {},
                      ", line 2: surviving_percent: got '100.5', allowed numbers 0 to 100"),
    "percent-nan": ("survival", SURVIVAL + "0,100\n1,nan\n", {},
                    ", line 3: surviving_percent: got 'nan', allowed numbers 0 to 100"),
    "rising": ("survival", SURVIVAL + "2,60\n0,100\n1,50\n3,40\n", {},
               ", line 2: surviving_percent: 60 in period 2 is above 50 in the period before;"
               " survivors never grow in number"),
    "misfit": ("survival", SURVIVAL + "0,100\n1\n", {}, ", line 3: too few columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals__say_it_in_one_line(name):
    kind, content, reading, message = REFUSED[name]
    with pytest.raises(BadInput) as caught:
        read(content, kind, **reading)
    assert str(caught.value) == f"population.{kind}: 'f.csv'{message}"


def refusal(path: str, **reading: str) -> str:
    with pytest.raises(BadInput) as caught:
        read_transactions(path, Reading.model_validate(reading))
    return str(caught.value)


def test_refusals__missing_file():
    Path("sales.csv").touch()
    assert refusal("sale.csv") == (
        "population.transactions: 'sale.csv': no such file; did you mean sales.csv?"
    )
    assert refusal("no/where.csv") == "population.transactions: 'no/where.csv': no such file"


def test_refusals__long_path_keeps_the_name_of_the_file():
    said = refusal("/".join(["folder"] * 12) + "/orders 2024.csv")
    assert said.startswith("population.transactions: '...")
    assert said.endswith("folder/folder/orders 2024.csv': no such file")
    assert len(said) == len("population.transactions: ") + 60 + len(": no such file")


def test_refusals__folder():
    Path("sales").mkdir()
    assert refusal("sales") == "population.transactions: 'sales': not a file"


def test_refusals__unreadable_file(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    Path("sales.csv").touch()
    monkeypatch.setattr(Path, "open", refuse)  # root may read whatever its mode
    assert refusal("sales.csv") == (
        "population.transactions: 'sales.csv': cannot be read: Permission denied"
    )


def test_refusals__line_without_end(monkeypatch):
    monkeypatch.setattr(table, "BLOCK", 30)
    Path("f.csv").write_text(HEADER + GOOD + "x" * 100)
    assert refusal("f.csv") == (
        "population.transactions: 'f.csv', line 6: longer than the 30 characters allowed"
    )


def test_refusals__impossible_until():
    Path("f.csv").write_text(HEADER + GOOD)
    assert refusal("f.csv", until="2024-02-30") == (
        "population.reading.until: got '2024-02-30': no such date, allowed are days from"
        " 1970-01-01 to 2199-12-31"
    )


def test_refusals__stray_date_is_taken_when_until_is_given():
    found = read(HEADER + TEN + "b,2042-01-01,1\n", until="2024-12-31")
    assert rejected(found) == [(12, "after population.reading.until")]
    assert written(found.until) == "2024-12-31"


# subscriptions and survival tables


def test_subscriptions__spells_and_their_ends():
    rows = (
        "b,2024-05-01,NULL\na,2024-01-01,\nb,2024-01-01,2024-03-01\nc,2024-02-01,2024-01-31\n"
        "d,2024-02-01,9999-12-31\na,2024-01-01,-\ne,2024-02-01,x\nf,,2024-02-01\n"
        "g,2024-03-01,2024-03-01\nh,2024-03-01,none\nh,2024-03-02, NA \n"
    )
    found = read(SPELLS + rows, "subscriptions")
    assert spells(found) == [
        ("a", "2024-01-01", ""),
        ("b", "2024-01-01", "2024-03-01"),
        ("b", "2024-05-01", ""),
        ("d", "2024-02-01", ""),
        ("g", "2024-03-01", "2024-03-01"),
        ("h", "2024-03-01", ""),
        ("h", "2024-03-02", ""),
    ]
    assert rejected(found) == [
        (5, "end before start"),
        (7, "duplicate of line 3"),
        (8, "end: not a date"),
        (9, "start: missing"),
    ]
    assert written(found.until) == "2024-05-01"
    assert (found.start.dtype, found.end.dtype) == (np.int32, np.int32)


def test_subscriptions__until():
    rows = "a,2024-01-01,2024-03-01\nb,2024-01-01,2024-02-01\nc,2024-02-02,\nd,2024-02-01,\n"
    found = read(SPELLS + rows, "subscriptions", until="2024-02-01")
    assert spells(found) == [
        ("a", "2024-01-01", ""), ("b", "2024-01-01", "2024-02-01"), ("d", "2024-02-01", ""),
    ]  # fmt: skip
    assert rejected(found) == [(4, "start after population.reading.until")]
    assert found.intake.notes[3:] == ("1 end after population.reading.until was taken as open",)


def test_survival__any_order_and_percent_signs():
    found = read("Surviving Percent;PERIOD\n46,8 %;2\n100%;0\n63,1%;1\n46,8;3\n", "survival")
    assert found.survival.tolist() == [1.0, 63.1 / 100, 46.8 / 100, 46.8 / 100]
    assert found.intake.notes == ("UTF-8", "';' between columns", "decimal comma")
    assert (found.intake.rows, found.intake.accepted) == (4, 4)


# properties

DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2020, 12, 31))
NAMES = st.text("aZé07 ß,;|\"'\n", min_size=1, max_size=6).map(lambda text: f"x{text}y")
CENTS = st.integers(1, 10_000_000)
CLEAN = st.lists(st.tuples(NAMES, DAYS, CENTS), min_size=1, max_size=12)
STYLES = st.fixed_dictionaries(
    {
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]),
        "separator": st.sampled_from([",", ";", "\t", "|"]),
        "decimal": st.sampled_from([".", ","]),
        "dates": st.sampled_from(["ymd", "dmy", "mdy"]),
        "newline": st.sampled_from(["\n", "\r\n", "\r"]),
        "quoted": st.booleans(),
        "between": st.sampled_from("-/."),
        "thousands": st.booleans(),
    }
)
PATTERNS = {"ymd": "%Y{0}%m{0}%d", "dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y"}
ROOMY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def cell(text: str, style: dict[str, Any]) -> str:
    needed = any(sign in text for sign in f'{style["separator"]}"\n\r')
    return '"' + text.replace('"', '""') + '"' if needed or style["quoted"] else text


def money(cents: int, style: dict[str, Any]) -> str:
    text = f"{cents / 100:{',' if style['thousands'] else ''}.2f}"
    return text if style["decimal"] == "." else text.translate(str.maketrans(",.", ".,"))


def row(name: str, day: str, amount: str, style: dict[str, Any]) -> str:
    return style["separator"].join(cell(text, style) for text in (name, day, amount))


def document(rows: list[str], style: dict[str, Any]) -> bytes:
    header = style["separator"].join(("customer_id", "date", "amount"))
    text = "\n".join([header, *rows]).replace("\n", style["newline"])
    return text.encode(style["encoding"])


def lines_of(rows: list[tuple[str, datetime.date, int]], style: dict[str, Any]) -> list[str]:
    pattern = PATTERNS[style["dates"]].format(style["between"])
    return [
        row(name, day.strftime(pattern), money(cents, style), style) for name, day, cents in rows
    ]


def expected(rows: list[tuple[str, datetime.date, int]]) -> dict[tuple[str, str], float]:
    """Spend by customer and day, exact duplicates left out."""
    spend: dict[tuple[str, str], float] = {}
    for name, day, cents in dict.fromkeys(rows):
        key = (name, day.isoformat())
        spend[key] = spend.get(key, 0.0) + cents / 100
    return spend


def by_day(found: Any) -> dict[tuple[str, str], Any]:
    return {(name, day): pytest.approx(value) for name, day, value in spent(found)}


def given_all(style: dict[str, Any]) -> dict[str, str]:
    known = {key: WORDS.get(style[key], style[key])
             for key in ("encoding", "separator", "decimal", "dates")}  # fmt: skip
    return known | {"encoding": style["encoding"].removesuffix("-sig")}


USABLE = [
    ("first", datetime.date(2020, 1, 1), 1234), ("first", datetime.date(2020, 6, 30), 1250),
    ("second", datetime.date(2020, 3, 31), 12_345_678),
]  # fmt: skip


@ROOMY
@given(rows=CLEAN, style=STYLES)
def test_property__clean_table_reads_back(rows, style):
    rows = [*USABLE, *rows]
    content = document(lines_of(rows, style), style)
    found = read(content, **given_all(style))
    assert {(name, day): pytest.approx(value) for name, day, value in spent(found)} == expected(
        rows
    )
    assert all(reason.startswith("duplicate") for _, reason in rejected(found))
    with contextlib.suppress(BadInput):  # what the file does not tell is asked for
        inferred = read(content)
        assert spent(inferred) == spent(found)


@ROOMY
@given(rows=CLEAN, style=STYLES, until=st.sampled_from(["", "2020-12-31"]))
def test_property__inference_is_right_where_the_file_tells(rows, style, until):
    if style["encoding"] == "latin-1":
        style["encoding"] = "utf-8"  # not told from Windows-1252, which holds the same letters
    rows = [*USABLE, *rows]
    found = read(document(lines_of(rows, style), style), until=until)
    assert {(name, day): pytest.approx(value) for name, day, value in spent(found)} == expected(
        rows
    )


BAD = {
    "customer_id: missing": (" ", "2020-01-01", "5.00"),
    "date: missing": ("x", "", "5.00"),
    "date: not a date": ("x", "yesterday", "5.00"),
    "date: no such date": ("x", "2021-02-29", "5.00"),
    "date: year of two digits": ("x", "01/02/20", "5.00"),
    "date: before 1970-01-01": ("x", "1900-01-01", "5.00"),
    "amount: missing": ("x", "2020-01-01", ""),
    "amount: not a number": ("x", "2020-01-01", "five"),
    REFUND: ("nobody", "2020-01-01", "-5.00"),
    "after population.reading.until": ("x", "2021-01-01", "5.00"),
    "too few columns": None,
    "too many columns": None,
}


@ROOMY
@given(
    data=st.data(),
    rows=st.lists(st.tuples(NAMES, DAYS, CENTS), min_size=13, max_size=20, unique=True),
    bad=st.lists(st.sampled_from(list(BAD)), max_size=12),
    quoted=st.booleans(),
    block=st.sampled_from([1 << 23, 80]),
)
def test_property__each_row_is_accounted_for(data, rows, bad, quoted, block):
    style = {"separator": ",", "decimal": ".", "dates": "ymd", "newline": "\n", "quoted": quoted,
             "between": "-", "thousands": False, "encoding": "utf-8"}  # fmt: skip
    rows = [(f"{name}{i}", day, cents) for i, (name, day, cents) in enumerate(rows)]
    texts: list[tuple[str, str]] = [(text, "") for text in lines_of([*USABLE, *rows], style)]
    for i, reason in enumerate(bad):
        cells = BAD[reason]
        if cells is None:
            text = ",".join(["x"] * (2 if "few" in reason else 4))
        else:  # each its own customer, so that none is a duplicate
            name = cells[0] if reason.startswith("customer") else f"{cells[0]}{i}"
            text = row(name, cells[1], cells[2], style)
        texts.insert(data.draw(st.integers(0, len(texts))), (text, reason))
    wanted, line = [], 2
    for text, reason in texts:
        if reason:
            wanted.append((line, reason))
        line += text.count("\n") + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "BLOCK", block)
        found = read(document([text for text, _ in texts], style), until="2020-12-31")
    assert rejected(found) == wanted
    assert found.intake.rows == len(texts)
    assert by_day(found) == expected([*USABLE, *rows])


@ROOMY
@given(content=st.binary(max_size=80), kind=st.sampled_from(list(READERS)))
def test_property__rubbish_is_refused_in_one_line(content, kind):
    header = {"transactions": HEADER, "subscriptions": SPELLS, "survival": SURVIVAL}[kind]
    for prefix in (b"", header.encode()):
        with contextlib.suppress(BadInput):  # and nothing else
            read(prefix + content, kind)


# size

LARGE = """
import resource, sys, time
import numpy as np
from engagesim.scenarios.market import Reading
from engagesim.sim.data.imports import read_transactions

rows, path = int(sys.argv[1]), sys.argv[2]
began = time.process_time()
found = read_transactions(path, Reading())
took = time.process_time() - began  # of all threads, whatever else the machine does
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
assert found.intake.rows == rows
assert found.intake.accepted + len(found.intake.rejected) == rows
assert (np.diff(found.customer.astype(np.int64) << 20 | found.day) > 0).all()
print(f"{took:.1f} {peak:.0f} {found.amount.sum():.2f} {len(found.ids)}")
"""


@pytest.mark.proof
@pytest.mark.parametrize("quoted", [False, True])
def test_transactions__five_million_rows(quoted, capsys):
    rows, rng = 5_000_000, np.random.default_rng(1)
    days = np.datetime_as_string(np.datetime64("2020-01-01") + np.arange(1500)).tolist()
    names = [f"C{i:07d}" for i in range(200_000)]
    names = [f'"{name}"' for name in names] if quoted else names
    total = 0
    with Path("large.csv").open("w") as file:
        file.write(HEADER)
        for _ in range(10):
            who, when = rng.integers(0, len(names), rows // 10), rng.integers(0, 1500, rows // 10)
            cents = rng.integers(1, 20_000, rows // 10)
            total += int(cents.sum())
            columns = zip(who.tolist(), when.tolist(), cents.tolist(), strict=True)
            file.writelines(f"{names[i]},{days[j]},{c / 100:.2f}\n" for i, j, c in columns)
    out = subprocess.run(
        [sys.executable, "-c", LARGE, str(rows), "large.csv"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    took, peak, spend, customers = map(float, out.split())
    with capsys.disabled():
        print(f"\n{rows} rows{', quoted' * quoted}: {took:.1f} s of processor time, {peak:.0f} MiB")
    assert peak < 2048.0
    assert took < (60.0 if quoted else 30.0)
    assert customers == len(names)
    assert spend == pytest.approx(total / 100, rel=1e-4)  # but for a few exact duplicates
