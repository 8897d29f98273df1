"""Puts the garden together: materials and named parts, before light is baked.

The rule kept here: one part for each material of a group, so that a phone draws few things; only the pieces of the
bracket set are parts by themselves, because they move.
"""

from __future__ import annotations

from vr_scenes.garden import bracket_set, bridge, gallery, ground, pavilion, planting, rockery, textures, walls, water
from vr_scenes.glb import Material, Model, Part
from vr_scenes.shapes import merge

__all__ = ["garden_model"]


def garden_model() -> Model:
    """The whole garden; deterministic."""
    return Model(_materials(), (*_built(), *_grown(), *_bracket_parts(), *_scenery()))


def _materials() -> tuple[Material, ...]:
    return (
        Material("plaster", picture=textures.plaster()),
        Material("tile", picture=textures.tile(), roughness=0.8),
        Material("timber", picture=textures.timber(), roughness=0.6),
        Material("wood", picture=textures.wood(), roughness=0.7),
        Material("stone", picture=textures.stone()),
        Material("rock", picture=textures.rock()),
        Material("paving", picture=textures.pebbles()),
        Material("moss", picture=textures.moss(), roughness=1.0),
        Material("bark", picture=textures.bark()),
        Material("leaf", picture=textures.leaf_sheet(), cut_out=True, roughness=0.85),
        Material("plain", roughness=0.7),
        Material("water", colour=(0.13, 0.2, 0.17, 1.0), roughness=0.15),
        Material("far", unlit=True),
    )


def _built() -> list[Part]:
    return [
        Part("walls", "plaster", walls.walls_plaster()),
        Part("frames", "stone", walls.walls_frames()),
        Part("lattice", "stone", walls.walls_lattice()),
        Part("tiles", "tile", merge([walls.walls_tiles(), gallery.gallery_tiles(), pavilion.pavilion_tiles()])),
        Part(
            "stonework",
            "stone",
            merge([pavilion.pavilion_stone(), gallery.gallery_stone(), bridge.bridge_stone(), bracket_set.plinth()]),
        ),
        Part("timber", "timber", merge([pavilion.pavilion_timber(), gallery.gallery_timber(), walls.door_leaves()])),
    ]


def _grown() -> list[Part]:
    return [
        Part("moss", "moss", ground.moss()),
        Part("paving", "paving", ground.paving()),
        Part("rocks", "rock", merge([rockery.rockery(), rockery.shore_rocks(), water.bank()])),
        Part("limbs", "bark", planting.limbs()),
        Part("leaves", "leaf", planting.leaves(), {"baked": False}),
        Part("lotus", "plain", water.lotus(), {"baked": False}),
        Part("water", "water", water.water_sheet(), {"surface": "water", "baked": False}),
    ]


def _bracket_parts() -> list[Part]:
    return [
        Part(
            f"bracket-set/{piece.name}",
            "wood",
            piece.mesh,
            {"object": "bracket-set", "part": piece.part, "explode": list(piece.explode)},
        )
        for piece in bracket_set.pieces()
    ]


def _scenery() -> list[Part]:
    return [Part("beyond", "far", ground.beyond(), {"baked": False})]
