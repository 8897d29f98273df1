"""The weights that ship: a logistic model of "a should be known before b" from names, texts and text vectors.

Rule: JSON without pickle, with what it was fitted on, the seed, the figures and its own sha256; a file that does not
match its hash, or was made for other text vectors, is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import BadInput
from commons.writing import output
from knowledge_graph.suggest.features import NAMED, Things

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SHIPPED", "Weights", "fit_weights", "read_weights", "write_weights"]

SHIPPED = Path(__file__).parent / "weights.json"
WIDTH, STRENGTH = 48, 0.01


@dataclass(frozen=True)
class Weights:
    """A logistic model. `basis` (dim, k) and `centre` (dim) turn name vectors into k numbers; `mean` and `scale` are of
    the NAMED features; `coefficients` are those of NAMED, then of the k differences (b - a); `about` is provenance.
    """

    vectors: str
    centre: NDArray[np.float64] = field(repr=False)
    basis: NDArray[np.float64] = field(repr=False)
    mean: NDArray[np.float64] = field(repr=False)
    scale: NDArray[np.float64] = field(repr=False)
    coefficients: NDArray[np.float64] = field(repr=False)
    intercept: float
    about: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""

    def log_odds(self, given: Things, before: Sequence[int], after: Sequence[int]) -> NDArray[np.float64]:
        """Log-odds that `before` comes before `after`, pair by pair."""
        import numpy as np

        return np.asarray(self._inputs(given, before, after) @ self.coefficients + self.intercept)

    def _inputs(self, given: Things, before: Sequence[int], after: Sequence[int]) -> NDArray[np.float64]:
        import numpy as np

        plain = (given.features(before, after) - self.mean) / self.scale
        if not self.basis.shape[1]:
            return plain
        low = (given.of_names - self.centre) @ self.basis
        return np.c_[plain, low[list(after)] - low[list(before)]]


def fit_weights(
    sets: Sequence[tuple[Things, Sequence[tuple[int, int]], Sequence[int]]],
    vectors: str,
    about: Mapping[str, Any] | None = None,
) -> Weights:
    """Weights fitted on sets of (things, pairs, labels); each set counts with the root of its size."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    names = np.vstack([given.of_names for given, _, _ in sets])
    centre = names.mean(0)
    basis = np.linalg.svd(names - centre, full_matrices=False)[2][:WIDTH].T * 3
    plain = np.vstack([given.features(*zip(*pairs, strict=True)) for given, pairs, _ in sets])
    start = Weights(vectors, centre, basis, plain.mean(0), plain.std(0) + 1e-9, np.zeros(0), 0.0)
    x = np.vstack([start._inputs(given, *zip(*pairs, strict=True)) for given, pairs, _ in sets])
    y = np.concatenate([np.asarray(labels) for _, _, labels in sets])
    weight = np.concatenate([np.full(len(labels), len(labels) ** -0.5) for _, _, labels in sets])
    model = LogisticRegression(C=STRENGTH, max_iter=5000).fit(x, y, weight / weight.mean())
    found = (start.mean, start.scale, model.coef_[0], float(model.intercept_[0]))
    return Weights(vectors, centre, basis, *found, about or {})


def write_weights(path: Path, weights: Weights) -> None:
    """Write the weights as JSON, whole, with the hash of all that is in it."""
    content = {
        "vectors": weights.vectors,
        "features": list(NAMED),
        **{
            name: getattr(weights, name).round(6).tolist()
            for name in ("centre", "basis", "mean", "scale", "coefficients")
        },
        "intercept": round(weights.intercept, 6),
        "about": dict(weights.about),
    }
    text = json.dumps({"sha256": _hash(content), **content}, ensure_ascii=False, separators=(",", ":")) + "\n"
    with output(path) as file:
        file.write(text.replace(',"', ',\n"').encode())


def read_weights(path: Path = SHIPPED, *, vectors: str = "") -> Weights:
    """The weights in a file. Raises BadInput where it is broken, altered, or made for other vectors than `vectors`."""
    import numpy as np

    again = "Fetch the file again, or make it anew with `make train-prereq`."
    try:
        content = json.loads(path.read_text("utf-8"))
        said = content.pop("sha256")
        arrays = [np.array(content[name], float) for name in ("centre", "basis", "mean", "scale", "coefficients")]
        intercept, name, about = float(content["intercept"]), str(content["vectors"]), dict(content["about"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"these are no weights ({type(error).__name__})", where=path.name, next=again) from error
    centre, basis, mean, scale, coefficients = arrays
    fits = basis.ndim == 2 and len(mean) == len(scale) == len(NAMED) and centre.shape == basis.shape[:1]
    if said != _hash(content) or content["features"] != list(NAMED) or not fits:
        raise BadInput("the weights do not match their sha256", where=path.name, next=again)
    if len(coefficients) != len(NAMED) + basis.shape[1]:
        raise BadInput("the weights are incomplete", where=path.name, next=again)
    made = Weights(name, centre, basis, mean, scale, coefficients, intercept, about, said)
    return made if vectors in ("", name) else _without_vectors(made)


def _without_vectors(weights: Weights) -> Weights:
    """For other text vectors than the weights were fitted on, the direction learnt from vectors says nothing: left out."""
    return Weights(
        weights.vectors,
        weights.centre,
        weights.basis[:, :0],
        weights.mean,
        weights.scale,
        weights.coefficients[: len(NAMED)],
        weights.intercept,
        weights.about,
        weights.sha256,
    )


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
