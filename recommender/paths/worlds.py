"""What a model believes of learners, so that a path can be tried in thought: many learners at once, one step at a time.

`Recurrent` is a recurrent network (DKT's form), whose step costs next to nothing; `Traced` is our tracer. A world is fitted on
answers like any tracer and knows no simulator. Items are numbers into a list of questions that the world was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from recommender.paths.learners import Answered
from recommender.paths.lookahead import look_ahead
from recommender.tracing.neural import NeuralTracer
from recommender.tracing.ours import Asked, Ours, State

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["Recurrent", "Together", "Traced", "World"]


class World(Protocol):
    """`Any` is the world's own form of B learners' minds; nothing changes one."""

    def begin(self, histories: Sequence[Sequence[Answered]]) -> Any:
        """The minds after these histories."""

    def step(self, minds: Any, items: NDArray, correct: NDArray) -> Any:
        """The minds after one more answer each: `items`, `correct` (B,)."""

    def repeat(self, minds: Any, times: int) -> Any:
        """Each mind `times` times in a row."""

    def ask(self, minds: Any, items: NDArray) -> NDArray:
        """How likely each is right on `items` (B, n) next: (B, n)."""

    def ahead(self, minds: Any, items: NDArray, goals: NDArray) -> tuple[NDArray, NDArray]:
        """How likely each is right on `items` (B, n), and on `goals` (B, m) after a wrong and after a right answer: (B, n)
        and (B, n, 2, m).
        """


class Recurrent:
    """A fitted DKT (`published("dkt")`) as a world. Minds are its hidden and cell states (B, width)."""

    def __init__(self, tracer: NeuralTracer, items: Sequence[Asked]) -> None:
        import torch

        from recommender.tracing.nets import DKT

        net = tracer.net
        assert isinstance(net, DKT)
        self.width, self.tracer = net.width, tracer
        self.cell = torch.nn.LSTMCell(net.cell.input_size, net.cell.hidden_size)
        self.cell.load_state_dict({name.removesuffix("_l0"): one for name, one in net.cell.state_dict().items()})
        with torch.no_grad():
            places = [self._numbers(one.concepts) for one in items]
            tables = (net.wrong, net.right, net.out, net.bias[:, None])
            mean = [torch.stack([table[place].sum(0) / max(len(place), 1) for place in places]) for table in tables]
            self.answer, self.out, self.bias = torch.stack(mean[:2]), mean[2], mean[3][:, 0] + net.always

    def _numbers(self, concepts: Sequence[int]) -> list[int]:
        import numpy as np

        from recommender.tracing.batches import MOST_CONCEPTS, known

        found = known(self.tracer.seen.concept, np.array(concepts[:MOST_CONCEPTS], np.int64))
        return [one for one in found.tolist() if one]

    def begin(self, histories: Sequence[Sequence[Answered]]) -> Any:
        """See World."""
        import torch

        net: Any = self.tracer.net
        longest = max((len(own) for own in histories), default=0)
        told = torch.zeros(len(histories), longest, self.width)
        there = torch.zeros(len(histories), longest, 1, dtype=torch.bool)
        with torch.inference_mode():
            for row, own in enumerate(histories):
                for at, one in enumerate(own):
                    place, table = self._numbers(one.asked.concepts), net.right if one.correct else net.wrong
                    told[row, at], there[row, at] = table[place].sum(0) / max(len(place), 1), True
            minds = (torch.zeros(len(histories), self.width), torch.zeros(len(histories), self.width))
            for at in range(longest):
                new = self.cell(told[:, at], minds)
                minds = (torch.where(there[:, at], new[0], minds[0]), torch.where(there[:, at], new[1], minds[1]))
        return minds

    def step(self, minds: Any, items: NDArray, correct: NDArray) -> Any:
        """See World."""
        import torch

        with torch.inference_mode():
            return self.cell(self.answer[torch.from_numpy(correct), torch.from_numpy(items)], minds)

    def repeat(self, minds: Any, times: int) -> Any:
        """See World."""
        return tuple(one.repeat_interleave(times, 0) for one in minds)

    def ask(self, minds: Any, items: NDArray) -> NDArray:
        """See World."""
        import torch

        place = torch.tensor(items)
        with torch.inference_mode():
            odds = (self.out[place] @ minds[0][..., None]).squeeze(-1) + self.bias[place]
            return odds.sigmoid().numpy()

    def pick(self, minds: Any, rows: Tensor) -> Any:
        """The minds `rows` (k,), in that order."""
        return tuple(one[rows] for one in minds)

    def hidden(self, minds: Any) -> Tensor:
        """What the network remembers, (B, width), for a policy to look at."""
        return minds[0]

    def ahead(self, minds: Any, items: NDArray, goals: NDArray) -> tuple[NDArray, NDArray]:
        """See World."""
        import numpy as np

        count, wide = items.shape
        both, flat = self.repeat(minds, wide), items.reshape(-1)
        later = [self.step(both, flat, np.full(len(flat), outcome)) for outcome in (0, 1)]
        asked = np.repeat(goals, wide, axis=0)
        after = np.stack([self.ask(one, asked) for one in later], 1)
        return self.ask(minds, items), after.reshape(count, wide, 2, -1)


class Together:
    """Recurrent worlds as one that believes what they believe on average. Minds are a tuple of theirs."""

    def __init__(self, worlds: Sequence[Recurrent]) -> None:
        self.worlds, self.width = tuple(worlds), sum(one.width for one in worlds)

    def begin(self, histories: Sequence[Sequence[Answered]]) -> Any:
        """See World."""
        return tuple(one.begin(histories) for one in self.worlds)

    def step(self, minds: Any, items: NDArray, correct: NDArray) -> Any:
        """See World."""
        return tuple(one.step(own, items, correct) for one, own in zip(self.worlds, minds, strict=True))

    def repeat(self, minds: Any, times: int) -> Any:
        """See World."""
        return tuple(one.repeat(own, times) for one, own in zip(self.worlds, minds, strict=True))

    def ask(self, minds: Any, items: NDArray) -> NDArray:
        """See World."""
        import numpy as np

        return np.mean([one.ask(own, items) for one, own in zip(self.worlds, minds, strict=True)], axis=0)

    def pick(self, minds: Any, rows: Tensor) -> Any:
        """See Recurrent."""
        return tuple(one.pick(own, rows) for one, own in zip(self.worlds, minds, strict=True))

    def hidden(self, minds: Any) -> Tensor:
        """What the networks remember, side by side (B, width)."""
        import torch

        return torch.cat([one.hidden(own) for one, own in zip(self.worlds, minds, strict=True)], 1)

    def ahead(self, minds: Any, items: NDArray, goals: NDArray) -> tuple[NDArray, NDArray]:
        """See World. The goals after an answer are the worlds' average, so an answer that one of them did not expect says
        no more there than elsewhere.
        """
        import numpy as np

        found = [one.ahead(own, items, goals) for one, own in zip(self.worlds, minds, strict=True)]
        return np.mean([chance for chance, _ in found], axis=0), np.mean([after for _, after in found], axis=0)


class Traced:
    """Our tracer as a world: a state for each learner, and the batched look-ahead."""

    def __init__(self, tracer: Ours, items: Sequence[Asked]) -> None:
        self.tracer, self.items = tracer, items

    def begin(self, histories: Sequence[Sequence[Answered]]) -> list[State]:
        """See World."""
        found = []
        for own in histories:
            state = self.tracer.empty()
            for one in own:
                state = self.tracer.step(state, one.asked, one.correct)
            found.append(state)
        return found

    def step(self, minds: list[State], items: NDArray, correct: NDArray) -> list[State]:
        """See World."""
        told = zip(minds, items.tolist(), correct.tolist(), strict=True)
        return [self.tracer.step(state, self.items[one], right) for state, one, right in told]

    def repeat(self, minds: list[State], times: int) -> list[State]:
        """See World."""
        return [state for state in minds for _ in range(times)]

    def ask(self, minds: list[State], items: NDArray) -> NDArray:
        """See World."""
        import numpy as np

        rows = zip(minds, items.tolist(), strict=True)
        return np.array([self.tracer.ask(state, [self.items[one] for one in own])[0] for state, own in rows])

    def ahead(self, minds: list[State], items: NDArray, goals: NDArray) -> tuple[NDArray, NDArray]:
        """See World."""
        import numpy as np

        found = []
        for state, own, wanted in zip(minds, items.tolist(), goals.tolist(), strict=True):
            lists = ([self.items[one] for one in numbers] for numbers in (wanted, own))
            found.append(look_ahead(self.tracer, state, *lists))
        return np.array([one.chance for one in found]), np.array([one.after for one in found])
