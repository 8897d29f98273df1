"""Words that may name a concept: headings, glossary entries, emphasis, code names and noun phrases, each mention with
its place; Chinese and English.

Rule: found by form and frequency alone, without a model; what is too common or too short to be a concept stays out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge_graph.suggest.code import code_names, is_language, own_names
from knowledge_graph.suggest.phrases import chinese_phrases, english_phrases, is_chinese_name
from knowledge_graph.suggest.read import Passage, has_chinese, sentences
from knowledge_graph.suggest.stop import is_empty

__all__ = ["WEIGHTS", "Candidate", "Mention", "candidates", "form", "mentions_of"]

WEIGHTS = {"glossary": 0.92, "heading": 0.75, "emphasis": 0.6, "code": 0.5, "phrase": 0.3}
ENOUGH = {"glossary": 1, "heading": 1, "emphasis": 1, "code": 3, "phrase": 4}
EMPHASIS = re.compile(
    r"\*\*([^*\n]{2,60}?)\*\*|__([^_\n]{2,60}?)__|(?<![*\w])\*([^*\n]{2,60}?)\*(?![*\w])|(?<![_\w])_([^_\n]{2,60}?)_(?!\w)"
)
GLOSSARY = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*|__)([^*_\n]{2,50}?)(?:\*\*|__)\s*(?:[:：]|——|—|–|-\s|是指|是|指)\s*\S", re.MULTILINE
)
CODE = re.compile(r"`([^`\n]{2,60})`")
HEAD_NUMBER = re.compile(
    r"^(?:练习|第)?\s*(?:[\d.]+|[一二三四五六七八九十]+)(?:[、.．章节讲：:]|[ 　]+)\s*|^[IVX]+\.\s+"
    r"|^(?:exercise|appendix|chapter|unit|example)\s*\d*\s*[:.：]?\s*",
    re.I,
)
SPLIT = re.compile(r"\s*(?:[:：,，、;；/—–]|\s-\s|\band\b|\bwith\b|\bor\b|\bvs\.?\b|与|和|及)\s*", re.I)


@dataclass(frozen=True)
class Mention:
    """One place where a candidate stands, and as what."""

    kind: str
    passage: Passage = field(repr=False)
    sentence: str


@dataclass(frozen=True)
class Candidate:
    """A name that may be a concept: its `form` (folded), the spelling most used, language ("" for code), its mentions."""

    form: str
    label: str
    language: str
    mentions: tuple[Mention, ...]

    @property
    def kind(self) -> str:
        """The strongest thing it was found as."""
        return max((one.kind for one in self.mentions), key=lambda kind: WEIGHTS[kind])

    @property
    def cells(self) -> frozenset[tuple[str, int]]:
        return frozenset((one.passage.source, one.passage.cell) for one in self.mentions)

    @property
    def score(self) -> float:
        """How likely it is a concept, 0..1: kinds and number of mentions, as independent hints that saturate."""
        kinds = {one.kind for one in self.mentions}
        miss = 1.0
        for kind in kinds:
            miss *= 1 - WEIGHTS[kind]
        often = min(1.0, 0.25 * len(self.mentions) ** 0.5)
        return round((1 - miss) * (0.6 + 0.4 * often), 4)


def form(text: str) -> str:
    """A name folded: small letters, no hyphen, article or plural.

    >>> form("The List-Comprehensions"), form("直方图 "), form("`for` loops")
    ('list comprehension', '直方图', 'for loop')
    """
    from knowledge_graph.words import fold

    plain = re.sub(
        r"[`*_\"“”‘’「」《》()（）]|(?<=\w)[-‐–](?=\w)", lambda found: " " if found[0] in "-‐–_" else "", fold(text)
    )
    words = re.sub(r"\s+", " ", plain).strip(" .,:;!?。，：；！？、").split(" ")
    if len(words) > 1 and words[0] in {"the", "a", "an", "your", "our", "this"}:
        words = words[1:]
    words[-1] = _singular(words[-1])
    return " ".join(words)


def candidates(passages: Sequence[Passage]) -> list[Candidate]:
    """All candidates of a course, best first; ties in the order of their form."""
    found: dict[str, list[tuple[str, Mention]]] = defaultdict(list)
    own = {form(name) for passage in passages if passage.kind == "code" for name in own_names(passage.text)}
    for passage in passages:
        for kind, text, sentence in _names(passage):
            key = form(text)
            if not is_empty(key, kind) and not (kind == "code" and key in own):
                found[key].append((" ".join(text.split()).strip(" .,:;。，：；*`"), Mention(kind, passage, sentence)))
    for text, mention in _phrases(passages):
        key = form(text)
        if not is_empty(key, "phrase"):
            found[key].append((text, mention))
    made = (_candidate(key, some) for key, some in found.items() if _enough(some) and _is_name(key))
    return sorted(made, key=lambda one: (-one.score, one.form))


def mentions_of(forms: Iterable[str], passages: Sequence[Passage]) -> Mapping[str, list[tuple[Passage, str]]]:
    """For each form every sentence of the text that has it in any of its spellings, in the order of the course."""
    wanted = set(forms)
    latin = {one for one in wanted if not has_chinese(one)}
    chinese = sorted(wanted - latin, key=lambda one: (-len(one), one))
    longest = max((one.count(" ") + 1 for one in latin), default=1)
    found: dict[str, list[tuple[Passage, str]]] = {one: [] for one in wanted}
    for passage in passages:
        if passage.kind == "code":
            continue
        for sentence in sentences(passage.text):
            said = sentence.casefold()
            here, left = set(), said
            for one in chinese:
                if one in left:
                    here.add(one)
                    # 位数 is not spoken of where 中位数 is.
                    left = left.replace(one, "\n")
            words = re.findall(r"[a-z0-9][\w.+#]*", re.sub(r"(?<=\w)[-‐](?=\w)", " ", said))
            for at in range(len(words)):
                for size in range(1, longest + 1):
                    key = (
                        " ".join([*words[at : at + size - 1], _singular(words[at + size - 1].strip("."))])
                        if at + size <= len(words)
                        else ""
                    )
                    if key in latin:
                        here.add(key)
            for key in here:
                found[key].append((passage, sentence))
    return found


def _names(passage: Passage) -> Iterator[tuple[str, str, str]]:
    """(kind, name, sentence) of all that stands out by its form."""
    if passage.kind == "code":
        for name, line in code_names(passage.text):
            yield "code", name, line
        return
    if passage.kind == "heading":
        title = HEAD_NUMBER.sub("", re.sub(r"\*\*|__|(?<!\w)\*|\*(?!\w)", "", passage.text))
        for part in dict.fromkeys([title, *SPLIT.split(title)]):
            if (
                part
                and not (part != title and part.casefold().endswith("ing"))
                and len(part.split()) <= 5
                and len(part) <= (14 if has_chinese(part) else 50)
            ):
                yield "heading", part, passage.text
    for sentence in sentences(passage.text):
        for found in GLOSSARY.finditer(sentence):
            yield "glossary", found[1], sentence
        for found in EMPHASIS.finditer(sentence):
            text = next(one for one in found.groups() if one)
            if len(text.split()) <= 4 and len(text) <= (10 if has_chinese(text) else 40):
                yield "emphasis", text, sentence
        for found in CODE.finditer(sentence):
            if re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*(\(\))?", found[1]) and is_language(found[1]):
                yield "code", found[1].removesuffix("()"), sentence


def _phrases(passages: Sequence[Passage]) -> Iterator[tuple[str, Mention]]:
    for passage in passages:
        if passage.kind == "code":
            continue
        for sentence in sentences(passage.text):
            finder = chinese_phrases if passage.language == "zh-CN" else english_phrases
            for text in finder(sentence):
                yield text, Mention("phrase", passage, sentence)


def _enough(some: Sequence[tuple[str, Mention]]) -> bool:
    count: dict[str, int] = defaultdict(int)
    for _, mention in some:
        count[mention.kind] += 1
    return any(count[kind] >= least for kind, least in ENOUGH.items())


def _is_name(key: str) -> bool:
    return not has_chinese(key) or is_chinese_name(key)


def _candidate(key: str, some: Sequence[tuple[str, Mention]]) -> Candidate:
    spellings: dict[str, int] = defaultdict(int)
    for text, mention in some:
        spellings[text] += 1 + 2 * (mention.kind in {"glossary", "emphasis"})
    label = min(spellings, key=lambda text: (-spellings[text], text != text.lower(), text))
    kinds = {mention.kind for _, mention in some}
    language = "" if kinds == {"code"} else ("zh-CN" if has_chinese(key) else "en")
    return Candidate(key, label, language, tuple(mention for _, mention in some))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(ss|x|ch|sh)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ics")) and word.isalpha():
        return word[:-1]
    return word
