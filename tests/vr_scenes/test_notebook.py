"""`vr_scenes.show` gives an inline frame on the same site, and runs where only the learner's packages are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from commons.places import ROOT
from vr_scenes.notebook import embed_html


def test_the_frame_opens_the_stop_in_the_language() -> None:
    html = embed_html("garden", "moon-gate", "en", height=300)
    assert (
        'src="/tours/garden/embed?stop=moon-gate&amp;lang=en"' in html
        and 'height="300"' in html
        and 'title="garden · moon-gate"' in html
    )


def test_another_origin_can_be_named() -> None:
    assert 'src="https://shuyuan.example/tours/garden/embed"' in embed_html("garden", base="https://shuyuan.example/")


@pytest.mark.parametrize("name", ["../x", 'a"b', "", "A", "<script>"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        embed_html(name)


def test_show_runs_in_the_kernels_environment_with_nothing_heavy() -> None:
    python = ROOT / ".venv-kernels" / "bin" / "python"
    if not python.exists():
        pytest.skip("the kernels' environment is not installed here")
    code = "import sys, vr_scenes; print(vr_scenes.show('garden', stop='pond').data)"
    code += "; print(sorted({'numpy', 'open3d', 'commons'} & set(sys.modules)))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=Path(ROOT), timeout=120, check=True)
    assert "/tours/garden/embed?stop=pond" in done.stdout and done.stdout.strip().endswith("[]")


def test_a_notebook_shows_the_named_frame_and_no_warning() -> None:
    python = ROOT / ".venv-kernels" / "bin" / "python"
    if not python.exists():
        pytest.skip("the kernels' environment is not installed here")
    code = (
        "import vr_scenes; from IPython.core.formatters import DisplayFormatter;"
        "print(DisplayFormatter().format(vr_scenes.show('garden', stop='pond'))[0]['text/html'])"
    )
    argv = [python, "-W", "error", "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=Path(ROOT), timeout=120, check=True)
    assert done.stdout.startswith("<iframe ") and 'title="garden · pond"' in done.stdout and done.stderr == ""
