"""CSV that people take along: nothing that leaves can run as a formula."""

from __future__ import annotations

import csv
import io

import pytest

from portal.roster import read_roster
from portal.sheets import safe_cell, write_csv


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
    assert [(row.account, row.name) for row in read_roster(data).rows] == [("lin", "=林"), ("chen", "陈, 默")]
