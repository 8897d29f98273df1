"""Text vectors: one interface, three models behind it; nearness follows meaning across languages, a wrong package is
refused by name, and the cache never changes an answer.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import shutil
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput, Unavailable
from knowledge_graph.vectors import Vectors, best, cached, cosines, e5, embedded, finding, ngrams, transformer
from knowledge_graph.vectors.use import MODEL

PAIRS = {
    "矩阵乘法": "matrix multiplication",
    "概率": "probability",
    "三角函数": "trigonometric function",
    "数据库": "database",
    "循环": "loop",
    "列表": "list",
    "函数": "function",
    "中位数": "median",
    "直方图": "histogram",
    "圆的面积": "area of a circle",
    "线性回归": "linear regression",
    "排序算法": "sorting algorithm",
    "三维扫描": "three-dimensional scanning",
    "文化遗产": "cultural heritage",
    "相对误差": "relative error",
}


@dataclass(frozen=True)
class Choice:
    """The two settings that `best` reads."""

    home: Path
    text_model: str = ""


@dataclass(frozen=True)
class Counting:
    """N-grams that keep a list of what they were asked."""

    asked: list[str]
    name: str = "counting-1"
    dim: int = 512

    def embed(self, texts: list[str]) -> np.ndarray:  # type: ignore[type-arg]
        self.asked.extend(texts)
        return ngrams().embed(texts)


def test_issue4_must_show_7_a_concept_is_nearest_to_its_own_name_in_the_other_language() -> None:
    near = cosines(embedded(), list(PAIRS), list(PAIRS.values()))
    right = (near.argmax(axis=1) == np.arange(len(PAIRS))).sum()
    assert right >= 14, near.argmax(axis=1)
    assert (cosines(ngrams(), list(PAIRS), list(PAIRS.values())).argmax(axis=1) == np.arange(len(PAIRS))).sum() < 5


@pytest.mark.parametrize("make", [embedded, ngrams])
def test_vectors_have_length_one_whatever_the_text(make: type) -> None:
    vectors: Vectors = make()
    texts = ["", " ", "loop", "斗拱", "x" * 100_000, "\ud800", "🏯", "<script>"]
    rows = vectors.embed(texts)
    assert rows.shape == (len(texts), vectors.dim) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    assert vectors.embed([]).shape == (0, vectors.dim)
    assert np.allclose(vectors.embed(["loop"])[0], rows[2], atol=1e-5)


def test_another_file_or_version_of_the_embedded_model_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in MODEL.files:
        (tmp_path / name).write_bytes(b"not it")
    with pytest.raises(Unavailable, match=r"weights\.npz is not the measured file"):
        embedded(tmp_path)
    (tmp_path / "sp.model").unlink()
    with pytest.raises(Unavailable, match=r"sp\.model is missing"):
        embedded(tmp_path)
    monkeypatch.setattr("knowledge_graph.vectors.use.MODEL", replace(MODEL, version="0.3.0"))
    with pytest.raises(Unavailable, match=r"version 0\.2\.1 is installed, 0\.3\.0 was measured"):
        embedded()


def test_what_is_absent_is_told_in_one_line_and_the_next_best_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert best(Choice(tmp_path)).name == embedded().name
        assert not caplog.messages
        assert best(Choice(tmp_path, str(tmp_path / "none"))).name == embedded().name
        assert "no config.json" in caplog.messages[-1]
        monkeypatch.setattr("knowledge_graph.vectors.use.MODEL", replace(MODEL, package="no-such-package-here"))
        assert best(Choice(tmp_path)).name == ngrams().name
        assert "not installed" in caplog.messages[-1] and "Character n-grams" in caplog.messages[-1]


def test_the_cache_asks_once_and_answers_the_same(tmp_path: Path) -> None:
    inner = Counting([])
    file = tmp_path / "deep" / "vectors.sqlite3"
    first = cached(inner, file).embed(["a loop", "斗拱", "a loop"])
    again = cached(inner, file).embed(["斗拱", "a loop"])
    assert inner.asked == ["a loop", "斗拱"]
    assert np.array_equal(first[[1, 0]], again) and np.array_equal(first[0], first[2])
    other = Counting([], name="counting-2")
    cached(other, file).embed(["a loop"])
    assert other.asked == ["a loop"], "another model's vectors are not taken"


def test_a_broken_cache_costs_time_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite3"
    file.write_bytes(b"no database" * 1000)
    right = ngrams().embed(["loop"])
    assert np.array_equal(cached(ngrams(), file).embed(["loop"]), right)
    file.unlink()
    cached(ngrams(), file).embed(["loop"])
    with sqlite3.connect(file) as database:
        database.execute("update vector set value = zeroblob(2048)")
    database.close()
    assert np.array_equal(cached(ngrams(), file).embed(["loop"]), right)
    assert np.array_equal(cached(ngrams(), tmp_path).embed(["loop"]), right), "a folder where the file should be"


def _fill(file: str, start: int) -> None:
    for at in range(start, start + 40):
        cached(ngrams(), Path(file)).embed([f"text {at}"])


def test_several_processes_share_one_cache(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite3"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_fill, args=(str(file), start)) for start in (0, 20, 40)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    inner = Counting([], name=ngrams().name)
    cached(inner, file).embed([f"text {at}" for at in range(80)])
    assert inner.asked == []


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, if very small, BERT in a folder."""
    pytest.importorskip("torch")
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "loop", "list", "the", "斗", "拱"]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(shape).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_a_transformer_from_a_local_folder_gives_the_mean_over_its_tokens(tiny: Path, tmp_path: Path) -> None:
    vectors = transformer(tiny)
    rows = vectors.embed(["loop", "the list the list the list", "斗拱"])
    assert rows.shape == (3, 16) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors.embed(["loop"])[0], rows[0], atol=1e-5), "what stands beside a text does not change it"
    chosen = best(Choice(tmp_path, str(tiny)))
    assert chosen.name == vectors.name and np.allclose(chosen.embed(["loop"])[0], rows[0], atol=1e-5)


def test_another_models_folder_has_another_name_and_a_broken_one_is_told(tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / tiny.name
    shutil.copytree(tiny, copy)
    assert transformer(copy).name == transformer(tiny).name
    (copy / "model.safetensors").write_bytes(b"\x00" * 64)
    assert transformer(copy).name != transformer(tiny).name
    with pytest.raises(BadInput, match="cannot be loaded"):
        transformer(copy).embed(["loop"])
    (copy / "config.json").write_text(json.dumps({"no": 1}))
    with pytest.raises(BadInput, match="hidden_size"):
        transformer(copy)
    (copy / "model.safetensors").unlink()
    with pytest.raises(BadInput, match=r"no \*\.safetensors"):
        transformer(copy)


def test_questions_find_their_passages_and_only_the_measured_finder_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finder = finding()
    passages = [
        "The moon gate is a round opening in a white wall.",
        "荷花盛夏开，残荷留到入秋。",
        "Loops repeat what stands in them.",
        "循环重复执行里面的语句。",
    ]
    rows = finder.embed(passages)
    assert rows.shape == (4, finder.dim) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    asked = (
        "What is the circle in the wall?",
        "莲花什么时候开？",
        "Which statement repeats lines of code?",
        "循环是做什么的？",
    )
    for right, question in enumerate(asked):
        assert int((rows @ finder.ask(question)).argmax()) == right, question
    odd = finder.embed(["", "\0", "\ud800", "x" * 50_000])
    assert np.isfinite(odd).all()
    monkeypatch.setattr("knowledge_graph.vectors.e5.MODEL", replace(e5.MODEL, version="9.9"))
    with pytest.raises(Unavailable, match=r"version 0\.3\.0 is installed, 9\.9 was measured"):
        finding()
