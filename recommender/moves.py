"""Every sensible next step of a learner, each with the true fact that speaks for it. Which to show is decided
elsewhere.

The hard rule (`learner.is_ready`) is kept here: no unit and no exercise before what it needs, unless a teacher
names that very item. Stops and objects need nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import islice

from commons.items import Item
from knowledge_graph.queries import order, path, steps_to
from recommender.history import Answer
from recommender.learner import ENOUGH_TRIES, Learner, is_ready, known_concepts
from recommender.overrule import is_of
from recommender.review import RETENTION
from recommender.shelf import LEARNING, Shelf
from recommender.tags import lift, said_known

__all__ = ["KINDS", "Move", "leading", "moves"]

KINDS = (
    "gap", "path", "retry", "continue", "next", "ready", "see", "look", "back", "review", "start", "again", "teacher", "aim"
)  # fmt: skip
FIRST = 10.0  # the worth of what a teacher asks for: more than any other move can have
CHALLENGE, TOO_FAR = 0.75, 0.2  # the chance of an exercise that one learns most from, and what it costs to be off by 1
AHEAD, MOST_AHEAD = 1.0, 0.2  # what the expected rise of the goal is worth, and at most
READ_AGAIN = -0.3  # what it costs to be sent back to a unit for an exercise of its own
MOST_ASKED = 24  # items on the way to a goal that are looked at, the nearest first
RECENT = timedelta(days=1)  # how long after an answer one may say "just now"


@dataclass(frozen=True)
class Move:
    """Go to `item`, because of `concept`. `about` is the other thing the reason names: an item's or a
    concept's id. `liked` is the learner's own tag that raised it; `blocked` an item on the way that needs `concept` first.

    `number` is a count the reason tells (answers, exercises, concepts or days); `evidence` are ids of
    records; `worth` ranks.
    """

    item: Item
    kind: str
    concept: str
    worth: float
    about: str = ""
    number: int = 0
    evidence: tuple[str, ...] = ()
    partly: bool = False
    liked: str = ""
    blocked: str = ""


def moves(shelf: Shelf, learner: Learner) -> list[Move]:
    """All moves, best first. The same learner and shelf give the same list."""
    made = _Moves(shelf, learner)
    if learner.history.empty and not learner.goal and not learner.overrules.goals:
        found = [*made.starts(), *made.unsure()]
    else:
        found = [
            *made.wrongs(), *made.goal(), *made.unsure(), *made.unfinished(),
            *made.fresh(), *made.sights(), *made.backs(), *made.reviews(),
        ]  # fmt: skip
    found = [move for move in found if not learner.refused(move.item)]
    chances = learner.chances(dict.fromkeys(move.item.id for move in found if move.item.kind == "exercise"))
    kept = [*made.asked(), *made.aims(), *(made.to_taste(move, chances) for move in found)]
    return sorted(kept, key=lambda move: (-move.worth, shelf.place[move.item.id], move.kind, move.concept))


def leading(shelf: Shelf, learner: Learner) -> set[tuple[str, str]]:
    """The goals that some move leads to, as (course of the teacher who set it or "", concept)."""
    made = _Moves(shelf, learner)
    found = {("", move.about) for move in made.goal() if not learner.refused(move.item)}
    for course, goal in learner.overrules.goals.items():
        alone = replace(learner, overrules=replace(learner.overrules, goals={course: goal}))
        if next(_Moves(shelf, alone).aims(), None):
            found.add((course, goal))
    return found


class _Moves:
    def __init__(self, shelf: Shelf, learner: Learner) -> None:
        self.shelf, self.learner, self.history = shelf, learner, learner.history
        self.known = known_concepts(learner, shelf)
        self._is_ready: dict[str, bool] = {}

    def starts(self) -> Iterator[Move]:
        """For somebody without records: what needs nothing, easiest first."""
        for item in self.shelf.items:
            if item.kind != "exercise" and item.concepts and self._ready(item):
                worth = 0.5 - 0.02 * self.shelf.depth(item) - 0.001 * min(self.shelf.place[item.id], 100)
                kind = "look" if item.kind not in LEARNING else "ready" if self.shelf.needs(item) else "start"
                yield Move(item, kind, self._new(item), worth)

    def wrongs(self) -> Iterator[Move]:
        """An exercise answered wrong: again, if all it needs is known; else what it needs first."""
        for item_id, answers in self.history.open_wrong.items():
            item = self.shelf.by_id.get(item_id)
            if item is None or not item.concepts:
                continue
            worth = 0.9 + 0.05 * len(answers) if len(answers) < ENOUGH_TRIES else 0.2
            move = Move(
                item,
                "retry",
                self._weakest(item),
                worth,
                number=len(answers),
                evidence=tuple(one.record for one in answers),
                partly=any(one.share > 0 for one in answers),
            )
            if self._ready(item):
                yield move
                continue
            for concept in order(self.shelf.graph, self.shelf.needs(item) - self.known):
                for helping in self._to_learn(concept, again=True):
                    if self.shelf.place[helping.id] >= self.shelf.place[item.id]:
                        continue
                    better = worth + self._helps(helping, item)
                    yield replace(move, item=helping, kind="gap", concept=concept, about=item_id, worth=better)

    def _helps(self, helping: Item, wrong: Item) -> float:
        """What is added to the worth of doing something before a wrong exercise again: the unit that it stands in was read, so that
        any other step is better than reading all of that again.
        """
        return 0.1 if helping.kind == "exercise" else READ_AGAIN if helping.id == wrong.parent else 0.05

    def goal(self) -> Iterator[Move]:
        """The next steps on the way to the learner's goal."""
        goal = self.learner.goal
        if goal in self.shelf.graph.concepts:
            yield from self._towards(goal, "path", 1.0)
            if goal not in self._asked(goal):
                for item in self.shelf.showing(goal):
                    if item.id not in self.history.visited:
                        yield Move(item, "look", goal, 0.9, about=goal)

    def aims(self) -> Iterator[Move]:
        """The next steps on the way to the goal that a teacher set, among the items of the course. The learner's tags do
        not move them, nor does "not interested"; what they say they know is passed over.
        """
        for course, goal in self.learner.overrules.goals.items():
            if goal in self.shelf.graph.concepts:
                for move in self._towards(goal, "aim", 1.5):
                    gone = self.learner.overrules.on(move.item) == "never" or self.learner.said_known(move.item)
                    if is_of(course, move.item.id) and not gone:
                        yield move

    def asked(self) -> Iterator[Move]:
        """What a teacher asks for next, until it is done; also where the learner is not ready for it yet."""
        for place, name in enumerate(self.learner.overrules.first):
            decision, item = self.learner.overrules.by("first", name), self.shelf.by_id.get(name)
            if decision and item and not self.learner.did(decision, self.shelf):
                yield Move(item, "teacher", self._new(item), FIRST - 0.01 * place)

    def unsure(self) -> Iterator[Move]:
        """What the learner says they do not know, also where they have done it before."""
        for concept in sorted(said_known(self.learner.tags, "no")):
            for item in self._to_learn(concept, again=True):
                yield Move(item, "again", concept, 0.85)

    def to_taste(self, move: Move, chances: Mapping[str, float]) -> Move:
        """`move`, raised or lowered by what the learner wants more or less of, and by whether it is neither too easy nor
        too hard for them.
        """
        by, liked = lift(move.item, self.shelf, self.learner.tags)
        by -= TOO_FAR * abs(chances.get(move.item.id, CHALLENGE) - CHALLENGE)
        return replace(move, worth=move.worth + by, liked=liked) if by else move

    def unfinished(self) -> Iterator[Move]:
        """A unit that was begun and has exercises without an answer."""
        for unit in self._units():
            left = [part for part in self.shelf.parts.get(unit.id, ()) if part.id not in self.history.answered]
            if (
                left
                and self.learner.begun(unit, self.shelf)
                and not self.learner.done(unit, self.shelf)
                and self._ready(unit)
            ):
                yield Move(unit, "continue", self._new(unit), 0.8, number=len(left))

    def fresh(self) -> Iterator[Move]:
        """Units not begun that one is ready for."""
        for number, unit in enumerate(self._units()):
            if self.learner.begun(unit, self.shelf) or not self._ready(unit) or not unit.concepts:
                continue
            concept, worth = self._new(unit), 0.65 - 0.01 * min(number, 20)
            below = steps_to(self.shelf.graph.needs, concept).keys()
            shown = self._shown(self.shelf.needs(unit) & below)
            if shown:
                yield Move(unit, "next", concept, worth, about=shown[0], evidence=(shown[1].record,))
            else:
                yield Move(unit, "ready" if self.shelf.needs(unit) else "start", concept, worth - 0.05)

    def sights(self) -> Iterator[Move]:
        """After learning, a place not yet seen: one that shows what was just answered right, or what builds
        on it, or any.
        """
        lift = 0.35 if self.history.last in LEARNING else 0.0
        for item in self.shelf.items:
            if item.kind in LEARNING or item.id in self.history.visited or not item.concepts:
                continue
            near = self._nearest(item.concepts)
            if near:
                far, concept, shown, answer = near
                worth = 0.6 - 0.08 * far + lift
                yield Move(item, "see", concept, worth, about=shown, number=far, evidence=(answer.record,))
            else:
                yield Move(item, "look", item.concepts[0], 0.3 - 0.001 * min(self.shelf.place[item.id], 100) + lift / 2)

    def backs(self) -> Iterator[Move]:
        """After a visit, what teaches the concept that the last place showed, or one that it builds on."""
        if not self.history.visits:
            return
        visit = self.history.visits[-1]
        lift = 0.35 if self.history.last not in LEARNING else 0.0
        for shown in visit.concepts:
            for concept, far in self.shelf.just_below(shown).items():
                if concept in self.shelf.graph.concepts:
                    for item in self._to_learn(concept, known_too=True):
                        worth = 0.7 - 0.08 * far + lift
                        yield Move(item, "back", concept, worth, about=visit.item, number=far, evidence=(visit.record,))

    def reviews(self) -> Iterator[Move]:
        """A concept once known whose recall has fallen so far that it is due, by FSRS."""
        now = self.learner.now
        for concept, memory in self.learner.memories.items():
            if concept not in self.known or memory.right is None or now < memory.due:
                continue
            answer = self.history.last_answer(concept)
            if answer is not None:
                days, worth = (now - answer.time).days, 0.5 + 0.5 * (RETENTION - memory.recall(now))
                for item in filter(self._ready, self.shelf.teaching(concept)[:4]):
                    yield Move(item, "review", concept, worth, number=days, evidence=(answer.record,))

    def _asked(self, goal: str) -> list[str]:
        """What is still to learn for `goal` and taught or asked here, in order."""
        return [one for one in path(self.shelf.graph, self.known, goal) if self.shelf.teaching(one)]

    def _towards(self, goal: str, kind: str, worth: float) -> Iterator[Move]:
        asked = self._asked(goal)
        near = ((place, concept, item) for place, concept in enumerate(asked) for item in self._to_learn(concept))
        later = ((place, concept, item) for place, concept in enumerate(asked) for item in self._later(concept))
        found = list(islice(near, MOST_ASKED)) or list(islice(later, 1))
        exercises = dict.fromkeys(item.id for _, _, item in found if item.kind == "exercise")
        rise = self.learner.ahead(goal, list(exercises))
        for place, concept, item in found:
            more = min(AHEAD * max(0.0, rise.get(item.id, 0.0)), MOST_AHEAD)
            yield Move(item, kind, concept, worth - 0.03 * place + more, about=goal, number=len(asked))
        if not found:
            yield from self._before([item for concept in asked for item in self._with_unit(concept)], kind, goal, worth)

    def _before(self, blocked: Sequence[Item], kind: str, goal: str, worth: float) -> Iterator[Move]:
        """What the first of `blocked`, which teach something on the way to a goal and cannot be begun yet, needs first; where that
        cannot be begun either, what it needs, and so on down.
        """
        todo, seen = list(blocked), {item.id for item in blocked}
        for one in todo:
            found = []
            for need in order(self.shelf.graph, self.shelf.needs(one) - self.known):
                now = list(self._to_learn(need, again=True)) or list(self._later(need))
                here = [item for item in now if self._comes_before(item, one)]
                found += [Move(item, kind, need, worth - 0.05, about=goal, blocked=one.id) for item in here]
                further = [item for item in self._with_unit(need) if item.id not in seen and self._comes_before(item, one)]
                seen |= {item.id for item in further}
                todo += further
            if found:
                yield from found
                return

    def _comes_before(self, item: Item, other: Item) -> bool:
        return self.shelf.place[item.id] < self.shelf.place[other.id] and not self.learner.settled(item)

    def _with_unit(self, concept: str) -> list[Item]:
        """What teaches or asks for `concept`, and the units that it is part of."""
        found = self.shelf.teaching(concept)
        units = (self.shelf.by_id[item.parent] for item in found if item.parent in self.shelf.by_id)
        return list({item.id: item for item in (*found, *units)}.values())

    def _later(self, concept: str) -> Iterator[Item]:
        """Units that can be begun and ask for `concept` further on."""
        if concept not in self.known:
            for unit in self._with_unit(concept):
                if unit.kind == "unit" and self._ready(unit) and not self.learner.begun(unit, self.shelf):
                    yield unit

    def _units(self) -> list[Item]:
        return [item for item in self.shelf.items if item.kind == "unit"]

    def _ready(self, item: Item) -> bool:
        if item.id not in self._is_ready:
            self._is_ready[item.id] = is_ready(item, self.learner, self.shelf, self.known)
        return self._is_ready[item.id]

    def _to_learn(self, concept: str, *, again: bool = False, known_too: bool = False) -> Iterator[Item]:
        """What can be done now to learn `concept`: exercises of begun units not solved, units not done
        (`again`: done ones too).
        """
        if concept in self.known and not known_too:
            return
        for item in self.shelf.teaching(concept):
            unit = self.shelf.by_id.get(item.parent, item)
            begun = self.learner.begun(unit, self.shelf)
            over = self.learner.done(item, self.shelf) and not (again and item.kind == "unit")
            if self._ready(item) and not over and (item.kind == "unit" or begun):
                yield item

    def _new(self, item: Item) -> str:
        """The concept of `item` to speak of: the first that is not known yet."""
        return next(
            (concept for concept in item.concepts if concept not in self.known),
            item.concepts[0] if item.concepts else "",
        )

    def _weakest(self, item: Item) -> str:
        mastery = self.learner.mastery
        return min(item.concepts, key=lambda one: (mastery[one].p if one in mastery else 0.5, item.concepts.index(one)))

    def _shown(self, needs: Iterable[str]) -> tuple[str, Answer] | None:
        """The deepest of `needs` that was answered right, with the newest such answer."""
        for concept in reversed(order(self.shelf.graph, needs)):
            if answer := self.history.last_right(concept):
                return concept, answer
        return None

    @cached_property
    def _fresh_right(self) -> dict[str, Answer]:
        """Concepts answered right lately, with the newest such answer."""
        since = self.learner.now - RECENT
        return {c: one for one in self.history.answers if one.share == 1 and one.time >= since for c in one.concepts}

    def _nearest(self, shown: Iterable[str]) -> tuple[int, str, str, Answer] | None:
        """Of what was answered right lately, the concept that `shown` is, or builds on in the fewest steps."""
        best: tuple[int, str, str] | None = None
        for concept in shown:
            for below, far in self.shelf.just_below(concept).items():
                if below in self._fresh_right:
                    best = min(best or (far, below, concept), (far, below, concept))
        return (*best, self._fresh_right[best[1]]) if best else None
