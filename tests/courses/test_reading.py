"""The open page of a unit: readable without an account, in both languages, and without anything that is graded."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from courses.manifest import load_course
from courses.reading import unit_html


def test_item_05_a_unit_is_readable_in_the_open(tea: Path) -> None:
    course = load_course(tea)
    zh, en = (unit_html(course, course.units[0], language) for language in ("zh-CN", "en"))
    assert '<h2 id="s1">平均重量</h2>' in zh and '<h2 id="s1">Mean weight</h2>' in en
    assert 'alt="A basket of tea"' in en and 'src="data:image/svg+xml;base64,' in en
    assert "练习：平均" in zh and "Exercise: The mean" in en
    for page in (zh, en):
        assert "sum(values)" not in page and "41.5" not in page and "assert" not in page and "<h1" not in page


@pytest.mark.parametrize(
    ("source", "absent"),
    [
        ("<script>alert(1)</script>", "script"),
        ("<img src=x onerror=alert(1) alt=x>", "onerror"),
        ("<a href='javascript:alert(1)'>a</a>", "javascript:"),
        ("![a](https://example.org/a.png)", "example.org"),
        ("<a href='data:text/html;base64,PHNjcmlwdD4='>a</a>", "data:text"),
        ("![a](../../course.yaml)", "base64"),
        ("<iframe src='https://example.org'></iframe>", "iframe"),
    ],
)
def test_what_could_harm_a_reader_is_taken_out(
    make_tea: Callable[..., Path], world: SimpleNamespace, source: str, absent: str
) -> None:
    course = load_course(make_tea(some=[*world.cells()[1:], world.text(source)]))
    assert absent not in unit_html(course, course.units[0], "en").split("Exercise:")[-1]


def test_headings_never_skip_and_tables_have_headers(make_tea: Callable[..., Path], world: SimpleNamespace) -> None:
    cells = [
        world.text("# A\n\n#### B\n\n## C"),
        *world.cells()[1:],
        world.text("| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx < 1\n```"),
    ]
    course = load_course(make_tea(some=cells))
    page = unit_html(course, course.units[0], "en")
    assert re.findall(r"<h(\d)", page) == ["2", "3", "3"]
    assert '<th scope="col">a</th>' in page
    assert '<pre tabindex="0"><code class="language-python">x &lt; 1</code></pre>' in page
