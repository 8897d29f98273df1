"""A roster file of any make is read line by line; what cannot be read is refused with its line, never swallowed."""

from __future__ import annotations

import pytest

from portal.roster import MOST_ROWS, Refused, RosterRow, read_roster

TWO = (RosterRow("abc1", "林晓"), RosterRow("abc2", "Chen"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_line_ends_separators_and_encodings_of_every_spreadsheet_are_read(
    end: str, separator: str, encoding: str
) -> None:
    lines = [f"账号{separator}姓名", f'abc1{separator}"林晓"', "", f"abc2{separator}Chen", ""]
    assert read_roster(end.join(lines).encode(encoding)).rows == TWO


@pytest.mark.parametrize("mark", ["be", "le"])
def test_utf_16_is_read_by_its_mark(mark: str) -> None:
    assert read_roster("\ufeffabc1,林晓\nabc2,Chen".encode(f"utf-16-{mark}")).rows == TWO


@pytest.mark.parametrize(
    ("text", "accounts", "lines"),
    [
        ('abc1,"unclosed\nabc2,x', ["abc2"], [1]),
        ('abc1,"two\nlines"\nabc2,x', ["abc2"], [1, 2]),
        ('abc1,"two"x\nabc2,x', ["abc2"], [1]),
        ('abc1,x\n"\nabc2,x', ["abc1", "abc2"], [2]),
        ("abc1,a\u2028b\nabc2,x\x0by\nabc3,z", ["abc3"], [1, 2]),
        ("abc1\n\n../../etc\n=1+1", ["abc1"], [3, 4]),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_its_number(text: str, accounts: list[str], lines: list[int]) -> None:
    found = read_roster(text.encode())
    assert [row.account for row in found.rows] == accounts
    assert [one.line for one in found.refused] == lines


def test_a_quoted_name_may_hold_the_separator_and_quotation_marks() -> None:
    assert read_roster(b'abc1,"Lin, ""Xiao"""').rows == (RosterRow("abc1", 'Lin, "Xiao"'),)


def test_somebody_named_twice_is_there_once() -> None:
    assert read_roster(b"lin,First\nLin,Second\nlin").rows == (RosterRow("lin", "First"),)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"account,name\n", b"\xff\xfe\x00\x81", b"\xff\xfe\x00", b"l\0i\0n\0", b"a" * 50, "林晓".encode()],
)
def test_a_file_without_accounts_gives_nobody_and_says_why(data: bytes) -> None:
    found = read_roster(data)
    assert found.rows == () and found.refused


def test_a_roster_has_a_most() -> None:
    assert len(read_roster(b"lin\n" * MOST_ROWS).rows) == 1
    assert read_roster(b"lin\n" * (MOST_ROWS + 1)).refused == (Refused(0, "portal.roster.many", str(MOST_ROWS)),)
