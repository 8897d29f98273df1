"""Which returned cell belongs to which place of the release.

Rule: what a cell says counts before what is written on it, unless its grade_id and its own id agree. In this order: text that
is the release's word for word; names that a place asks for, grade_id, id; likeness; place between neighbours. Where two
different candidates remain for one place and neither carries its grade_id alone, nor stands alone between the right
neighbours, the place is `unsure`: something is put there, and its marks are withheld by the caller.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from courses.healing_read import Part
from courses.healing_slots import Slot
from courses.healing_text import Texts, exact, indented, lines_of, overlap

__all__ = ["Matching", "match"]

# A name that a place asks for outweighs a grade_id or an id, not both.
CLAIM, ID, NAMES, SOME_NAMES = 4.5, 4.5, 8.0, 2.0
LIKE, LITTLE = 0.5, 0.2
COMMON = 8
TELLING = 12


@dataclass
class Matching:
    """The outcome: part by place, what each is believed for (0 to 1), copies to be left out, places in doubt."""

    filled: dict[int, int] = field(default_factory=dict)
    sure: dict[int, float] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)


def match(slots: Sequence[Slot], parts: Sequence[Part], texts: Texts) -> Matching:
    """Match parts to places; the same input gives the same outcome."""
    return _Matcher(slots, parts, texts).run()


class _Matcher:
    def __init__(self, slots: Sequence[Slot], parts: Sequence[Part], texts: Texts) -> None:
        self.slots, self.parts, self.texts = slots, parts, texts
        self.keys = [exact(part.text) for part in parts]
        self.out = Matching()
        self.taken: set[int] = set()
        self.by_claim = {s.grade_id: s for s in slots if s.grade_id}
        self.by_id = {s.id: s for s in slots if s.id}
        self.blanks = {s.key for s in slots if s.learners} | {""}
        self.fixed_lines = {line.strip() for s in slots if s.fixed for line in lines_of(s.text) if len(line) >= TELLING}

    def run(self) -> Matching:
        self._released()
        candidates = self._candidates()
        open_still = [index for index, some in candidates.items() if not self._decide(index, some)]
        self._fixed()
        self._alike()
        for index in open_still:
            self._decide_by_place(index, candidates[index])
        self._between()
        self._last_one()
        self._torn()
        return self.out

    def _put(self, slot: Slot, part: int, sure: float) -> None:
        self.out.filled[slot.index] = part
        self.out.sure[slot.index] = sure
        self.taken.add(part)

    def _free(self) -> list[int]:
        return [n for n in range(len(self.parts)) if n not in self.taken and n not in self.out.copies]

    # ---- the release's own text ------------------------------------------------------------------------------------

    def _released(self) -> None:
        """Cells that are the release's word for word, blank answers aside."""
        wanted: dict[str, list[Slot]] = defaultdict(list)
        for slot in self.slots:
            if not slot.learners and slot.key:
                wanted[slot.key].append(slot)
        have: dict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(self.keys):
            if key in wanted:
                have[key].append(number)
        claims = Counter(part.claim for part in self.parts)
        answers = {s.grade_id for s in self.slots if s.learners and claims[s.grade_id] == 1}
        for key, numbers in have.items():
            if not any(slot.fixed for slot in wanted[key]):
                # A learner's answer may read as the course's own example does.
                numbers = [n for n in numbers if self.parts[n].claim not in answers]
            left = self._pair(wanted[key], numbers)
            for number in left:
                self._copy_of_release(wanted[key], number)

    def _pair(self, slots: list[Slot], numbers: list[int]) -> list[int]:
        """Pair equal texts: by grade_id, then id, then in order; gives the parts that are too many."""
        rest, left = list(slots), list(numbers)
        for same in (self._both, self._claims, self._has_id, lambda *_: True):
            for slot in list(rest):
                found = next((n for n in left if same(slot, n)), None)
                if found is not None:
                    self._put(slot, found, 1.0)
                    rest.remove(slot)
                    left.remove(found)
        return left

    def _copy_of_release(self, slots: list[Slot], number: int) -> None:
        """A copy too many of a fixed cell is left out, but for one that a learner made of a notebook that is whole."""
        slot = next((s for s in slots if s.fixed), None)
        if slot is None:
            return
        whole = self._claims(slot, self.out.filled.get(slot.index, -1))
        if self.parts[number].claim or not whole:
            self.out.copies[number] = slot.index

    def _claims(self, slot: Slot, number: int) -> bool:
        return number >= 0 and bool(slot.grade_id) and self.parts[number].claim == slot.grade_id

    def _both(self, slot: Slot, number: int) -> bool:
        return self._claims(slot, number) and self._has_id(slot, number)

    def _strong(self, slot: Slot, number: int) -> bool:
        return self._claims(slot, number) and (not slot.id or self._has_id(slot, number))

    def _has_id(self, slot: Slot, number: int) -> bool:
        return number >= 0 and bool(slot.id) and self.parts[number].id == slot.id

    # ---- answers ---------------------------------------------------------------------------------------------------

    def _candidates(self) -> dict[int, list[int]]:
        """By learners' place: the parts that speak for it more than for any other place."""
        makers: dict[str, list[Slot]] = defaultdict(list)
        keys = Counter(s.key for s in self.slots if s.learners)
        blank = {s.key: s for s in self.slots if s.learners and s.key and keys[s.key] == 1}
        for slot in self.slots:
            for name in slot.names if slot.learners else ():
                makers[name].append(slot)
        found: dict[int, list[int]] = defaultdict(list)
        tied: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for number in self._free():
            scores = self._scores(number, makers, blank)
            best = max(scores.values(), default=0.0)
            winners = sorted(index for index, score in scores.items() if score == best)
            if len(winners) == 1:
                found[winners[0]].append(number)
            elif winners:
                tied[tuple(winners)].append(number)
        for places, numbers in tied.items():
            self._untie(places, numbers, found)
        return {i: some for i, some in sorted(found.items()) if self.slots[i].learners}

    def _scores(self, number: int, makers: dict[str, list[Slot]], blank: dict[str, Slot]) -> dict[int, float]:
        part, scores = self.parts[number], dict[int, float]()
        if self._of_fixed(number) and not self.texts.names(part.text).made & makers.keys():
            return scores
        for slot, weight in ((self.by_claim.get(part.claim), CLAIM), (self.by_id.get(part.id), ID)):
            if slot is not None and (slot.learners or weight == CLAIM) and self._could_be(number, slot.type):
                scores[slot.index] = scores.get(slot.index, 0.0) + weight
        if self.keys[number] in blank:
            index = blank[self.keys[number]].index
            scores[index] = scores.get(index, 0.0) + NAMES
        elif makers and self.keys[number] not in self.blanks:
            made = self.texts.names(part.text).made
            for slot in {s.index: s for name in made for s in makers.get(name, ())}.values():
                weight = NAMES if slot.names <= made else SOME_NAMES
                scores[slot.index] = scores.get(slot.index, 0.0) + weight
        return scores

    def _of_fixed(self, number: int) -> bool:
        """Whether half of a part's lines, be they commented out, are those of fixed cells."""
        lines = [line.strip().removeprefix("#").strip() for line in lines_of(self.parts[number].text) if line.strip()]
        return 2 * sum(line in self.fixed_lines for line in lines) >= len(lines) > 0

    def _untie(self, places: tuple[int, ...], numbers: list[int], found: dict[int, list[int]]) -> None:
        """Parts that speak for several places alike: in order where there is one for each, else by neighbours, else unsure."""
        if len(places) == len(numbers):
            for index, number in zip(places, numbers, strict=True):
                found[index].append(number)
            return
        for number in numbers:
            near = [index for index in places if self._within(self.slots[index], number)]
            index = near[0] if near else places[0]
            found[index].append(number)
            if len(near) != 1 and self.keys[number] not in self.blanks:
                self.out.unsure.update(places)

    def _decide(self, index: int, some: Iterable[int]) -> bool:
        """Fill a place from its candidates where they leave no doubt; False where their place has to decide."""
        slot = self.slots[index]
        free = [n for n in some if n not in self.taken]
        written = [n for n in free if self.keys[n] not in self.blanks]
        empty = [n for n in free if n not in written]
        if any(self.keys[n] for n in empty) and slot.names:
            # Beside the blank answer, text that makes nothing of what is asked for is no answer, whatever it carries.
            written = [n for n in written if slot.names & self.texts.names(self.parts[n].text).made]
        if not written:
            self._choose(slot, empty, 1.0)
            return True
        for number in empty:
            self.out.copies[number] = index
        groups = self._groups(written)
        if len(groups) == 1:
            self._choose(slot, groups[0], self._how_sure(slot, groups[0]))
            return True
        claiming = [group for group in groups if any(self._claims(slot, n) for n in group)]
        # Of several that carry the place's grade_id, one that alone makes what the place asks for is no guess.
        making = [g for g in claiming if slot.names and slot.names <= self.texts.names(self.parts[g[0]].text).made]
        claiming = making if len(making) == 1 else claiming
        apart = [g for g in groups if slot.names and slot.names <= self.texts.names(self.parts[g[0]].text).made]
        if len(apart) == 1 and not any(self._strong(slot, n) for group in claiming for n in group):
            # A grade_id alone, without the id beside it, counts less than the names.
            self._choose(slot, apart[0], 0.9)
            return True
        if len(claiming) == 1:
            self._choose(slot, claiming[0], 1.0)
            return True
        if len(claiming) > 1:
            self.out.unsure.add(index)
            self._choose(slot, claiming[-1], 0.0)
            return True
        having = [group for group in groups if any(self._has_id(slot, n) for n in group)]
        if len(having) == 1:
            self._choose(slot, having[0], 0.9)
            return True
        return False

    def _how_sure(self, slot: Slot, group: list[int]) -> float:
        if any(self._claims(slot, n) for n in group):
            return 1.0
        return 0.9

    def _groups(self, numbers: list[int]) -> list[list[int]]:
        """The candidates, those with one meaning together. At most eight are looked at, further ones are a group of their own."""
        groups: list[list[int]] = []
        for number in numbers:
            text = self.parts[number].text
            for group in groups[:COMMON]:
                if self.texts.same_meaning(self.parts[group[0]].text, text):
                    group.append(number)
                    break
            else:
                groups.append([number])
        return groups

    def _choose(self, slot: Slot, group: list[int], sure: float) -> None:
        """Put the best of equal candidates; the other copies are left out unless a learner made them of a whole notebook."""
        if not group:
            return
        best = min(
            group, key=lambda n: (not self._claims(slot, n), not self._has_id(slot, n), not self._within(slot, n), n)
        )
        self._put(slot, best, sure)
        for number in group:
            if number != best and (self._claims(slot, number) or not self._claims(slot, best)):
                self.out.copies[number] = slot.index

    def _decide_by_place(self, index: int, some: list[int]) -> None:
        slot = self.slots[index]
        written = [n for n in some if n not in self.taken and self.keys[n] not in self.blanks]
        groups = self._groups(written)
        inside = [group for group in groups if any(self._within(slot, n) for n in group)]
        whole = [g for g in inside if slot.names and slot.names <= self.texts.names(self.parts[g[0]].text).made]
        for some_groups, sure in ((inside, 0.8), (whole, 0.7)):
            if len(some_groups) == 1:
                self._choose(slot, some_groups[0], sure)
                return
        if groups:
            self.out.unsure.add(index)
            self._choose(slot, groups[-1], 0.0)

    # ---- fixed and given cells that were altered ---------------------------------------------------------------------

    def _fixed(self) -> None:
        """Altered cells of the release by what is written on them; of several that claim one place, the likest."""
        wanted: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
        for number in self._free():
            part = self.parts[number]
            for slot in (self.by_claim.get(part.claim), self.by_id.get(part.id)):
                if slot is None or slot.learners:
                    continue
                like = overlap(part.text.split("\n"), slot.text.split("\n"))
                # An id alone does not make a stranger's text the release's.
                if self._claims(slot, number) or not slot.fixed or like >= LITTLE:
                    wanted[slot.index].append((like, -number, number))
                    break
        for index, some in sorted(wanted.items()):
            slot = self.slots[index]
            for like, _, number in sorted(some, reverse=True):
                if index not in self.out.filled:
                    self._put(slot, number, 1.0)
                elif slot.fixed and like >= LIKE:
                    self.out.copies[number] = index

    def _alike(self) -> None:
        """Altered cells of the release by likeness of their lines, or by most of the names they made."""
        places: dict[str, list[Slot]] = defaultdict(list)
        for slot in self.slots:
            if not slot.learners and slot.index not in self.out.filled:
                for line in set(lines_of(slot.text)) - {""}:
                    places[line.strip()].append(slot)
                for name in slot.names if slot.kind == "given" else ():
                    places[f"\0{name}"].append(slot)
        if not places:
            return
        for number in self._free():
            lines = [line.strip() for line in lines_of(self.parts[number].text)]
            made = self.texts.names(self.parts[number].text).made if self.parts[number].type == "code" else frozenset()
            near: dict[int, Slot] = {}
            for line in {*lines, *(f"\0{name}" for name in made)} - {""}:
                near.update({s.index: s for s in places.get(line, ())[:COMMON]})
            near = {i: s for i, s in near.items() if i not in self.out.filled}
            best = max(near.values(), key=lambda s: (overlap(lines, s.text.split("\n")), -s.index), default=None)
            if best and (overlap(lines, best.text.split("\n")) >= LIKE or self._same_names(best, made, number)):
                self._put(best, number, 0.7)

    def _same_names(self, slot: Slot, made: frozenset[str], number: int) -> bool:
        enough = slot.kind == "given" and bool(slot.names) and 2 * len(slot.names & made) > len(slot.names)
        return enough and self._within(slot, number)

    # ---- place -------------------------------------------------------------------------------------------------------

    def _bounds(self, slot: Slot) -> tuple[int, int]:
        """Parts between which a place's part stands if the order was kept: the nearest filled places' parts."""
        before = next((self.out.filled[i] for i in range(slot.index - 1, -1, -1) if i in self.out.filled), -1)
        after = (self.out.filled[i] for i in range(slot.index + 1, len(self.slots)) if i in self.out.filled)
        return before, next(after, len(self.parts))

    def _within(self, slot: Slot, number: int) -> bool:
        low, high = self._bounds(slot)
        return low < number < high

    def _between(self) -> None:
        """Fill learners' places that nothing speaks for with what stands between their neighbours."""
        gaps: dict[tuple[int, int], list[Slot]] = defaultdict(list)
        for slot in self.slots:
            if slot.learners and slot.index not in self.out.filled:
                gaps[self._bounds(slot)].append(slot)
        for (low, high), some in gaps.items():
            free = [n for n in range(low + 1, high) if n not in self.taken and n not in self.out.copies]
            for kind in ("code", "markdown"):
                self._gap([s for s in some if s.type == kind], free, kind)

    def _gap(self, slots: list[Slot], free: list[int], kind: str) -> None:
        if not slots:
            return
        fitting = [n for n in free if self.parts[n].type == kind and n not in self.taken and self.keys[n]]
        if not fitting:
            fitting = [n for n in free if n not in self.taken and self.keys[n] and self._could_be(n, kind)]
        written = [n for n in fitting if self.keys[n] not in self.blanks]
        if len(written) >= len(slots):
            for number in set(fitting) - set(written):
                self.out.copies[number] = slots[0].index
            fitting = written
        for slot, number in zip(slots, fitting, strict=False):
            # Which of several cells of code is called the answer changes nothing: all run, in the order they came.
            if len(fitting) != len(slots) and slot.kind == "written" and self.keys[number] not in self.blanks:
                self.out.unsure.add(slot.index)
            self._put(slot, number, 0.8 if len(fitting) == len(slots) == 1 else 0.6)

    def _could_be(self, number: int, kind: str) -> bool:
        """Whether a cell may be `code` or `markdown` that changed its type: prose is never code."""
        return (
            kind != "code" or self.parts[number].type == "code" or self.texts.parse(self.parts[number].text) is not None
        )

    def _last_one(self) -> None:
        """A place still empty while code of the learner stands elsewhere that may be its answer: nobody can be sure."""
        code = [
            n
            for n in self._free()
            if self.parts[n].type == "code" and self.keys[n] not in self.blanks and not self.parts[n].claim
        ]
        order = [self.out.filled[i] for i in sorted(self.out.filled)]
        if not code or order == sorted(order):
            return
        for slot in self.slots:
            if slot.learners and slot.type == "code" and slot.index not in self.out.filled:
                self.out.unsure.add(slot.index)

    def _torn(self) -> None:
        """Halves that could not be joined: the answer right before one, and every answer that is no program, may be the other."""
        halves = {n for n in self._free() if self.parts[n].type == "code" and indented(self.parts[n].text)}
        halves = {n for n in halves if self.texts.broken(self.parts[n].text)}
        for index, number in self.out.filled.items() if halves else ():
            part = self.parts[number]
            other = number + 1 in halves or (part.type == "code" and self.texts.broken(part.text))
            if self.slots[index].learners and other:
                self.out.unsure.add(index)
