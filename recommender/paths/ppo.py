"""A policy learnt by trial (PPO, Schulman and others 2017) in thought: in one recurrent world it is a peer, in several
averaged ones it guides our planner. It sees what the networks remember, the goals and the steps that are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from recommender.paths.learners import Learners
from recommender.paths.worlds import Recurrent, Together

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Budget", "Trained", "fit_ppo"]

LENGTHS = (5, 10, 20)


@dataclass(frozen=True)
class Budget:
    """How much it may try: `rounds` of `episodes` paths each, gone over `epochs` times."""

    rounds: int = 200
    episodes: int = 256
    epochs: int = 4
    rate: float = 1e-3
    clip: float = 0.2
    entropy: float = 0.01
    trace: float = 0.95


class _Net(nn.Module):
    def __init__(self, told: int, items: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(told, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh())
        self.actor, self.critic = nn.Linear(128, items), nn.Linear(128, 1)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Log-odds of the items (B, n) and the worth of the state (B,)."""
        x = self.body(seen)
        return self.actor(x), self.critic(x).squeeze(-1)


@dataclass(frozen=True)
class Trained:
    """The learnt policy; it takes the likeliest item."""

    net: _Net
    world: Recurrent | Together
    offered: NDArray

    def begin(self, learners: Learners, steps: int) -> Any:
        """See Policy."""
        return self.world.begin(learners.histories), _goals(learners.goals, learners.weights, len(self.offered))

    def choose(self, state: Any, left: int) -> NDArray:
        """See Policy."""
        import numpy as np

        minds, goals = state
        return np.where(self.offered, self._odds(minds, goals, left), -np.inf).argmax(1)

    def odds(self, minds: Any, goals: NDArray, weights: NDArray, left: int) -> NDArray:
        """See Guide."""
        return self._odds(minds, _goals(goals, weights, len(self.offered)), left)

    def _odds(self, minds: Any, goals: Tensor, left: int) -> NDArray:
        with torch.inference_mode():
            return self.net(_seen(self.world.hidden(minds), goals, left))[0].double().numpy()

    def after(self, state: Any, items: NDArray, correct: NDArray) -> Any:
        """See Policy."""
        return self.world.step(state[0], items, correct), state[1]


def _goals(goals: NDArray, weights: NDArray, items: int) -> Tensor:
    """The weight of each item as a goal: (B, n)."""
    place, share = torch.from_numpy(goals), torch.from_numpy(weights).float()
    return torch.zeros(len(goals), items).scatter_add(1, place, share)


def _seen(hidden: Tensor, goals: Tensor, left: int) -> Tensor:
    return torch.cat([hidden, goals * 3, torch.full((len(goals), 1), left / 20)], 1)


def fit_ppo(world: Recurrent | Together, learners: Learners, offered: NDArray, seed: int, budget: Budget) -> Trained:
    """Trained on `learners`, who are none of those that are measured."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = _Net(world.width + len(offered) + 1, len(offered))
        made, minds = Trained(net, world, offered), world.begin(learners.histories)
        steps = torch.optim.Adam(net.parameters(), lr=budget.rate)
        for turn in range(budget.rounds):
            rows = torch.randint(len(learners), (budget.episodes,))
            wanted = learners.goals[rows.numpy()], learners.weights[rows.numpy()]
            tried = _tried(made, world.pick(minds, rows), *wanted, LENGTHS[turn % len(LENGTHS)], budget.trace)
            for _ in range(budget.epochs):
                for part in torch.randperm(len(tried[0])).split(1024):
                    loss = _loss(net, made.offered, [one[part] for one in tried], budget)
                    steps.zero_grad()
                    loss.backward()
                    nn.utils.clip_grad_norm_(net.parameters(), 0.5)
                    steps.step()
    return made


def _tried(
    made: Trained, minds: Any, goals: NDArray, weights: NDArray, length: int, trace: float
) -> tuple[Tensor, ...]:
    """Paths of `length` steps in the world: what was seen, done, how likely that was, advantage and return, (B * length,)
    each. The reward of a step is the part of what was missing at first that it brought.
    """
    shut, wanted, world = ~torch.from_numpy(made.offered), _goals(goals, weights, len(made.offered)), made.world
    seen, done, odds, worth, reward = [], [], [], [], []
    with torch.no_grad():
        first = last = torch.from_numpy((world.ask(minds, goals) * weights).sum(1))
        for left in range(length, 0, -1):
            seen.append(_seen(world.hidden(minds), wanted, left))
            told, value = made.net(seen[-1])
            choice = torch.distributions.Categorical(logits=told.masked_fill(shut, -1e9))
            done.append(choice.sample())
            odds.append(choice.log_prob(done[-1]))
            worth.append(value)
            chance = torch.from_numpy(world.ask(minds, done[-1][:, None].numpy()))[:, 0]
            right = (torch.rand(len(chance)) < chance).long()
            minds = world.step(minds, done[-1].numpy(), right.numpy())
            now = torch.from_numpy((world.ask(minds, goals) * weights).sum(1))
            reward.append(((now - last) / (1 - first).clamp(min=0.1)).float())
            last = now
    gain, value = torch.cat(_advantages(reward, worth, trace)), torch.cat(worth)
    return torch.cat(seen), torch.cat(done), torch.cat(odds), gain, gain + value


def _advantages(reward: list[Tensor], worth: list[Tensor], trace: float) -> list[Tensor]:
    """Generalised advantages of each step, without discount."""
    found: list[Tensor] = []
    more = ahead = torch.zeros_like(worth[0])
    for one, own in zip(reversed(reward), reversed(worth), strict=True):
        more, ahead = one + ahead - own + trace * more, own
        found.insert(0, more)
    return found


def _loss(net: _Net, offered: NDArray, part: list[Tensor], budget: Budget) -> Tensor:
    seen, done, odds, gain, total = part
    told, value = net(seen)
    choice = torch.distributions.Categorical(logits=told.masked_fill(~torch.from_numpy(offered), -1e9))
    ratio = (choice.log_prob(done) - odds).exp()
    gain = (gain - gain.mean()) / (gain.std() + 1e-6)
    kept = torch.min(ratio * gain, ratio.clamp(1 - budget.clip, 1 + budget.clip) * gain)
    return (0.5 * (value - total).square() - kept).mean() - budget.entropy * choice.entropy().mean()
