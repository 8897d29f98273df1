"""Feedback in words: what a learner reads of an exercise, and never more than the visible checks said."""

from __future__ import annotations

from courses.attempts import Mark
from courses.feedback import compose


def test_an_answer_that_was_never_written_is_said_in_words() -> None:
    manifest = {
        "cells": {"one": {"notebook": "u1", "cell": "one"}},
        "exercises": [{"grade_id": "one", "tests": ["one"], "title": {"en": "One"}, "hint": {}, "concepts": []}],
    }
    marks = [Mark("a", "one", 0.0, 2.0, "graded", "", False)]
    rehearsed = {"u1": {"cells": {"one": {"failed": True, "message": "NotImplementedError"}}, "events": []}}
    (exercise,) = compose(manifest, marks, rehearsed)["exercises"]
    assert exercise["message"] == "" and exercise["why"]["zh-CN"] == "这道题还没有写。"
