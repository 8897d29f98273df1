"""How true a level is: distance to the source both ways, and how its picture differs, over seeded samples.

The rule kept here: what is measured is what the file holds, positions rounded and pictures packed. Distances are in metres
and in per cent of the diagonal; "hausdorff" is the greatest over the samples and all vertices.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vr_scenes.pipeline.meshes_ground import Ground, Spots, colours_at, sample
from vr_scenes.pipeline.meshes_model import Model

__all__ = ["Measurer"]

SAMPLES = 100_000
_COLOUR_SAMPLES = 50_000


class Measurer:
    """Measures levels against one source."""

    def __init__(self, source: Model, samples: int = SAMPLES) -> None:
        self.source, self.samples = source, samples
        mesh = source.mesh
        self.ground = Ground(mesh.positions, mesh.triangles)
        self.spots = sample(mesh.positions, mesh.triangles, samples)
        self.points = self.spots.of(mesh.positions, mesh.triangles)
        share = min(samples, _COLOUR_SAMPLES)
        step = max(1, samples // share)
        self.seen = Spots(self.spots.triangles[::step], self.spots.weights[::step])
        self.has_colour = any("base" in look.pictures for look in source.looks) or mesh.colours is not None
        self.colours = colours_at(source, self.seen) if self.has_colour else None

    def report(self, level: Model) -> dict[str, Any]:
        """Figures of one level; `p99_m` is what 99 of 100 places keep to."""
        mesh, diagonal = level.mesh, self.source.mesh.diagonal
        there = Ground(mesh.positions, mesh.triangles)
        out, _ = there.nearest(self.points)
        own = sample(mesh.positions, mesh.triangles, self.samples, seed=1).of(mesh.positions, mesh.triangles)
        back, _ = self.ground.nearest(own)
        corners, _ = self.ground.nearest(mesh.positions[np.unique(mesh.triangles)])
        mean = (float(out.mean()), float(back.mean()))
        worst = (float(out.max()), float(max(back.max(), corners.max())))
        made = {
            "mean_to_level_m": mean[0],
            "mean_to_source_m": mean[1],
            "mean_pct": 100 * max(mean) / diagonal,
            "hausdorff_to_level_m": worst[0],
            "hausdorff_to_source_m": worst[1],
            "hausdorff_pct": 100 * max(worst) / diagonal,
            "p99_m": float(max(np.quantile(out, 0.99), np.quantile(back, 0.99))),
            "exact": self.ground.exact,
        }
        if self.colours is not None:
            made["texture_psnr_db"] = self._psnr(level, there)
        return {key: value if isinstance(value, bool) else float(f"{value:.4g}") for key, value in made.items()}

    def _psnr(self, level: Model, there: Ground) -> float:
        assert self.colours is not None
        mesh = self.source.mesh
        _, spots = there.nearest(self.seen.of(mesh.positions, mesh.triangles))
        away = float(np.mean((colours_at(level, spots) - self.colours) ** 2))
        return 99.0 if away <= 0 else min(99.0, -10 * math.log10(away))
