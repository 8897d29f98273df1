"""Cells that were merged are cut where the release's own text stands in them; pieces of a cell that was split are joined.

Rule: only whole cells of the release are cut out, and only those that are nowhere else; learners' code is cut between
statements and joined where one piece is no program without the other. The order of what a learner wrote never changes here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from courses.healing_read import Part
from courses.healing_slots import Slot
from courses.healing_text import Texts, exact, indented, lines_of, overlap, stands_at

__all__ = ["cut_merged", "join_split"]

TELLING = 12
PIECES = 12
MOST_LINES = 100_000


def cut_merged(slots: Sequence[Slot], parts: Sequence[Part], texts: Texts) -> list[Part]:
    """The parts, with those cut that hold cells of the release beside other text, or two answers of which one is gone."""
    return list(_cut_answers(slots, list(_cut_release(slots, parts, texts)), texts))


def _cut_release(slots: Sequence[Slot], parts: Sequence[Part], texts: Texts) -> Iterator[Part]:
    here = {exact(part.text) for part in parts}
    keys = Counter(slot.key for slot in slots)
    starts: dict[str, list[tuple[Slot, list[str]]]] = defaultdict(list)
    for slot in slots:
        block = lines_of(slot.text)
        if block and slot.key not in here and len(slot.key) >= TELLING and keys[slot.key] == 1:
            starts[block[0]].append((slot, block))
    answers = {slot.grade_id for slot in slots if slot.learners}
    fixed_ids = {slot.key: slot.grade_id for slot in slots if slot.fixed}
    asked = {name for slot in slots if slot.learners for name in slot.names}
    for part in parts:
        pieces = [part]
        if starts and part.text.count("\n") < MOST_LINES:
            pieces = list(_cut(part, starts, answers))
        own = [piece for piece in pieces if exact(piece.text) not in keys]
        fixed = [piece for piece in pieces if part.claim and fixed_ids.get(exact(piece.text)) == part.claim]
        if len(pieces) == len(own) + 1 and fixed and not any(texts.names(p.text).made & asked for p in own):
            # One fixed cell with something scribbled into it: nbgrader puts its text back as a whole, and so do we.
            pieces = [part]
        yield from pieces


def _cut(part: Part, starts: dict[str, list[tuple[Slot, list[str]]]], answers: set[str]) -> Iterator[Part]:
    lines = lines_of(part.text)
    pieces: list[tuple[str, str]] = []
    index, kept, found = 0, 0, False
    while index < len(lines):
        fitting = [(s, b) for s, b in starts.get(lines[index], ()) if stands_at(lines, b, index)]
        if not fitting:
            index += 1
            continue
        slot, block = max(fitting, key=lambda one: len(one[1]))
        found = True
        pieces += [(part.type, "\n".join(lines[kept:index])), (slot.type, slot.text)]
        index = kept = index + len(block)
    pieces.append((part.type, "\n".join(lines[kept:])))
    pieces = [(kind, text) for kind, text in pieces if exact(text)]
    if not found or len(pieces) < 2:
        yield part
        return
    claim = part.claim if part.claim in answers else ""
    released = {exact(b) for some in starts.values() for b in ("\n".join(block) for _, block in some)}
    for kind, text in pieces:
        own = exact(text) not in released
        yield replace(part, type=kind, text=exact(text), claim=claim if own else "", id="", raw={}, cut=True)
        claim = "" if own else claim


def _cut_answers(slots: Sequence[Slot], parts: Sequence[Part], texts: Texts) -> Iterator[Part]:
    """Cut code that answers several exercises of which all but one have no cell any more."""
    claimed = {part.claim for part in parts}
    keys = {exact(part.text) for part in parts}
    released = {slot.key for slot in slots if not slot.learners}
    makers: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        if slot.learners and slot.type == "code":
            for name in slot.names:
                makers[name].append(slot)
    made: Counter[str] = Counter()
    for part in parts:
        if exact(part.text) not in released:
            made.update(texts.names(part.text).made & makers.keys())
    for part in parts:
        wanted = {s.index: s for name in texts.names(part.text).made for s in makers.get(name, ())}
        gone = [
            s
            for s in wanted.values()
            if s.grade_id not in claimed and s.key not in keys and all(made[name] == 1 for name in s.names)
        ]
        if len(wanted) > 1 and gone and exact(part.text) not in released:
            yield from _between_statements(part, makers, {s.index for s in gone}, texts)
        else:
            yield part


def _between_statements(part: Part, makers: dict[str, list[Slot]], gone: set[int], texts: Texts) -> Iterator[Part]:
    tree = texts.parse(part.text)
    lines = part.text.split("\n")
    starts, current, end = [0], -1, 0
    for statement in tree.body if tree else ():
        made = texts.names("\n".join(lines[statement.lineno - 1 : statement.end_lineno])).made
        owner = next((s.index for name in sorted(made) for s in makers.get(name, ())), -1)
        if owner >= 0 and owner != current:
            if current >= 0 and (owner in gone or current in gone) and statement.lineno - 1 >= end:
                starts.append(end)
            current = owner
        end = int(statement.end_lineno or end)
    pieces = ["\n".join(lines[a:b]) for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
    if len(pieces) < 2 or any(texts.parse(piece) is None for piece in pieces):
        yield part
        return
    for number, piece in enumerate(pieces):
        first = number == 0
        yield replace(
            part, text=exact(piece), claim=part.claim if first else "", id=part.id if first else "", raw={}, cut=True
        )


def join_split(slots: Sequence[Slot], parts: Sequence[Part], texts: Texts) -> list[Part]:
    """The parts, with neighbours joined that were one cell: of the release word for word, or of a learner's program."""
    released = {slot.key for slot in slots}
    starts: dict[str, list[list[str]]] = defaultdict(list)
    here = {exact(part.text) for part in parts}
    for slot in slots:
        block = lines_of(slot.text)
        if len(block) > 1 and slot.key not in here:
            starts[block[0]].append(block)
    answers = {slot.grade_id: slot.names for slot in slots if slot.learners}
    result: list[Part] = []
    index = 0
    while index < len(parts):
        count = _of_release(parts, index, starts) or _of_learner(parts, index, released, answers, texts)
        result.append(_joined(parts[index : index + count]) if count > 1 else parts[index])
        index += max(count, 1)
    return _with_orphan(result, released, texts)


def _with_orphan(parts: list[Part], released: set[str], texts: Texts) -> list[Part]:
    """Join two halves that something was put between, where there is one of each only: no other reading makes a program."""
    own = [n for n, part in enumerate(parts) if part.type == "code" and exact(part.text) not in released]
    orphans = [n for n in own if indented(parts[n].text) and texts.broken(parts[n].text)]
    heads = [n for n in own if n not in orphans and texts.broken(parts[n].text)] if len(orphans) == 1 else []
    if len(heads) != 1 or texts.parse(f"{parts[heads[0]].text}\n{parts[orphans[0]].text}") is None:
        return parts
    whole = _joined([parts[heads[0]], parts[orphans[0]]])
    return [whole if n == heads[0] else part for n, part in enumerate(parts) if n != orphans[0]]


def _of_release(parts: Sequence[Part], index: int, starts: dict[str, list[list[str]]]) -> int:
    """How many parts from `index` on are, one after the other, a cell of the release; 0 for none."""
    first = lines_of(parts[index].text)
    for block in starts.get(first[0], ()) if first else ():
        wanted = [line for line in block if line]
        found: list[str] = []
        for count, part in enumerate(parts[index : index + PIECES], 1):
            found += [line for line in lines_of(part.text) if line]
            if found != wanted[: len(found)]:
                break
            if len(found) == len(wanted):
                return count if count > 1 else 0
    return 0


def _of_learner(
    parts: Sequence[Part], index: int, released: set[str], answers: Mapping[str, frozenset[str]], texts: Texts
) -> int:
    """How many parts from `index` on are one text of a learner that was torn; 1 where it stands alone."""
    whole = parts[index]
    if exact(whole.text) in released or not exact(whole.text):
        return 1
    text, count = whole.text, 1
    for number, part in enumerate(parts[index + 1 : index + PIECES], 2):
        if exact(part.text) in released:
            break
        torn = part.type == whole.type == "code" and texts.torn(text, part.text)
        # What is indented is no answer of its own, whatever is written on it.
        if part.claim and part.claim != whole.claim and not (torn and indented(part.text)):
            break
        if not torn and not (part.claim in answers and _halves(text, part, whole, answers[part.claim], texts)):
            break
        text = f"{text}\n{part.text}"
        # Pieces are one program only once they are one: until then they are tried, not taken.
        if not torn or texts.parse(text) is not None:
            count = number
    return count


def _halves(text: str, part: Part, whole: Part, asked: frozenset[str], texts: Texts) -> bool:
    """Whether a neighbour with the same grade_id says something else, so that the two are halves and not two versions.

    Where one of them alone makes all that is asked for, the other is a cell of its own.
    """
    if not exact(part.text) or overlap(text.split("\n"), part.text.split("\n")) > 0.3:
        return False
    if whole.type != "code" or part.type != "code":
        return whole.type == part.type
    first, second = texts.names(text).made, texts.names(part.text).made
    if asked and (asked <= first or asked <= second):
        return False
    return bool(first | second) and not first & second


def _joined(some: Sequence[Part]) -> Part:
    numbers = tuple(part.cell for part in some)
    between = "\n" if some[0].type == "code" else "\n\n"
    claim = next((part.claim for part in some if part.claim), "")
    text = between.join(part.text.strip("\n") for part in some)
    return replace(some[0], text=text, claim=claim, raw={}, joined=numbers)
