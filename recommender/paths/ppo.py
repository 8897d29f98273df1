"""A peer: a policy learnt by trial (PPO, Schulman and others 2017) in a simulator of its own, which is one recurrent world
fitted on the same half of the learners as ours. It sees the world's hidden state, the goals and the steps that are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from recommender.paths.learners import Learners
from recommender.paths.worlds import Recurrent

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
    world: Recurrent
    offered: NDArray

    def begin(self, learners: Learners, steps: int) -> Any:
        """See Policy."""
        return self.world.begin(learners.histories), _goals(learners, len(self.offered))

    def choose(self, state: Any, left: int) -> NDArray:
        """See Policy."""
        with torch.inference_mode():
            odds = self.net(_seen(state[0], state[1], left))[0].masked_fill(~torch.from_numpy(self.offered), -torch.inf)
        return odds.argmax(1).numpy()

    def after(self, state: Any, items: NDArray, correct: NDArray) -> Any:
        """See Policy."""
        return self.world.step(state[0], items, correct), state[1]


def _goals(learners: Learners, items: int) -> Tensor:
    """The weight of each item as a goal: (B, n)."""
    goals, weights = torch.from_numpy(learners.goals), torch.from_numpy(learners.weights).float()
    return torch.zeros(len(learners), items).scatter_add(1, goals, weights)


def _seen(minds: Any, goals: Tensor, left: int) -> Tensor:
    return torch.cat([minds[0], goals * 3, torch.full((len(goals), 1), left / 20)], 1)


def fit_ppo(world: Recurrent, learners: Learners, offered: NDArray, seed: int, budget: Budget) -> Trained:
    """Trained on `learners`, who are none of those that are measured."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = _Net(world.width + len(offered) + 1, len(offered))
        made = Trained(net, world, offered)
        minds, goals = made.begin(learners, 0)
        steps = torch.optim.Adam(net.parameters(), lr=budget.rate)
        for turn in range(budget.rounds):
            rows = torch.randint(len(learners), (budget.episodes,))
            tried = _tried(made, tuple(one[rows] for one in minds), goals[rows], LENGTHS[turn % len(LENGTHS)], budget)
            for _ in range(budget.epochs):
                for part in torch.randperm(len(tried[0])).split(1024):
                    loss = _loss(net, made.offered, [one[part] for one in tried], budget)
                    steps.zero_grad()
                    loss.backward()
                    nn.utils.clip_grad_norm_(net.parameters(), 0.5)
                    steps.step()
    return made


def _tried(made: Trained, minds: Any, goals: Tensor, length: int, budget: Budget) -> tuple[Tensor, ...]:
    """Paths of `length` steps in the world: what was seen, done, how likely that was, advantage and return, (B * length,)
    each. The reward of a step is the part of what was missing at first that it brought.
    """
    shut = ~torch.from_numpy(made.offered)
    seen, done, odds, worth, reward = [], [], [], [], []
    with torch.no_grad():
        first = last = _score(made.world, minds, goals)
        for left in range(length, 0, -1):
            seen.append(_seen(minds, goals, left))
            told, value = made.net(seen[-1])
            choice = torch.distributions.Categorical(logits=told.masked_fill(shut, -1e9))
            done.append(choice.sample())
            odds.append(choice.log_prob(done[-1]))
            worth.append(value)
            chance = torch.from_numpy(made.world.ask(minds, done[-1][:, None].numpy()))[:, 0]
            right = (torch.rand(len(chance)) < chance).long()
            minds = made.world.step(minds, done[-1].numpy(), right.numpy())
            now = _score(made.world, minds, goals)
            reward.append((now - last) / (1 - first).clamp(min=0.1))
            last = now
        more, ahead = torch.zeros(len(goals)), torch.zeros(len(goals))
        gained: list[Tensor] = []
        for at in range(length - 1, -1, -1):
            more = reward[at] + ahead - worth[at] + budget.trace * more
            ahead = worth[at]
            gained.insert(0, more)
    gain, value = torch.cat(gained), torch.cat(worth)
    return torch.cat(seen), torch.cat(done), torch.cat(odds), gain, gain + value


def _score(world: Recurrent, minds: Any, goals: Tensor) -> Tensor:
    odds = minds[0] @ world.out.T + world.bias
    return (odds.sigmoid() * goals).sum(1)


def _loss(net: _Net, offered: NDArray, part: list[Tensor], budget: Budget) -> Tensor:
    seen, done, odds, gain, total = part
    told, value = net(seen)
    choice = torch.distributions.Categorical(logits=told.masked_fill(~torch.from_numpy(offered), -1e9))
    ratio = (choice.log_prob(done) - odds).exp()
    gain = (gain - gain.mean()) / (gain.std() + 1e-6)
    kept = torch.min(ratio * gain, ratio.clamp(1 - budget.clip, 1 + budget.clip) * gain)
    return (0.5 * (value - total).square() - kept).mean() - budget.entropy * choice.entropy().mean()
