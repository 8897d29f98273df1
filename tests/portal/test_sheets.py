"""CSV both ways: nothing that leaves can run as a formula; nothing odd comes in."""

from __future__ import annotations

import csv
import io

import pytest

from commons.errors import Faults, TooLarge
from portal.sheets import MOST_ROWS, read_roster, safe_cell, write_csv


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u200b=1",
        "\ufeff=1",
        "＝1+1",
        "＠x",
        "|cmd",
        "%0A=1",
        "－1",
    ],
)
def test_text_that_a_spreadsheet_might_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text
    row = next(csv.reader(io.StringIO(write_csv([text], []).decode("utf-8-sig"))))
    assert row[0].startswith("'")


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    assert [safe_cell(value) for value in (-2, 1.5, True, None, "林晓", "a,b", "")] == [
        -2,
        1.5,
        True,
        "",
        "林晓",
        "a,b",
        "",
    ]


def test_an_export_can_be_read_back_as_a_roster() -> None:
    data = write_csv(("account", "name"), [("lin", "=林"), ("chen", "陈, 默")])
    assert [(row.account, row.name) for row in read_roster(data)] == [("lin", "=林"), ("chen", "陈, 默")]


def test_somebody_named_twice_is_there_once() -> None:
    assert len(read_roster(b"lin\nLin\nlin")) == 1


@pytest.mark.parametrize("data", [b"", b"\n\n", b"account,name\n", b"\xff\xfe\x00\x81", b"a" * 50, "林晓".encode()])
def test_a_file_without_accounts_is_refused(data: bytes) -> None:
    with pytest.raises(Faults):
        read_roster(data)


def test_a_roster_has_a_most() -> None:
    with pytest.raises(TooLarge):
        read_roster(b"lin\n" * (MOST_ROWS + 1))
