"""The bracket set (dougong) of one jump, cut by the rules of the Yingzao Fashi, as a model that comes apart.

The rule kept here: every size is a whole number of fen, the module of that book (section of a standard timber: 15 fen
high, 10 fen thick; a full one 21 fen high). Source: Li Jie, Yingzao Fashi (1103), chapter 4, structural carpentry.
Each piece is a part of its own, with the way it moves when the set is opened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vr_scenes.shapes import Floats, Mesh, box, extrude, flat, from_triangles, merge, move, tint, turn, uv_by_axis

__all__ = ["FEN", "PLACE", "PLINTH", "Piece", "pieces", "plinth"]

FEN = 0.0125
"""metres: a timber of 187.5 by 125 mm, close to the sixth of the eight grades, which the book gives to small halls and pavilions."""
PLACE = (-13.35, 0.0)
PLINTH = 0.78


@dataclass(frozen=True)
class Piece:
    """One timber: `part` names the kind (an id of scene.json), `explode` the metres it moves when fully open."""

    name: str
    part: str
    mesh: Mesh
    explode: tuple[float, float, float]


def pieces() -> list[Piece]:
    """All pieces from the cap block up, standing on the plinth in the gallery."""
    made = [Piece("lu-dou", "lu-dou", _block(32, 32, 20, 8, 4, 8), (0, 0, 0))]
    made += _crossing(12, "nidao-gong", 62, "hua-gong", 72, lift=1)
    made += _blocks(27, "x", 27.0, "san-dou", lift=2) + _blocks(27, "z", 31.0, "jiaohu-dou", lift=2)
    made += [Piece("qixin-dou-1", "qixin-dou", _raise(_block(18, 18, 10, 4, 2, 4), 27), (0, _step(2), 0))]
    made += [
        Piece("man-gong", "man-gong", _raise(_arm(92, "x"), 33), (0, _step(3), 0)),
        Piece("shua-tou", "shua-tou", _raise(_nose(88), 33), (0, _step(3.55), 0)),
    ]
    made += [
        Piece(
            f"ling-gong-{number}",
            "ling-gong",
            _carry(_raise(_arm(72, "x"), 33), 0, side * 31),
            (0, _step(3), side * 0.34),
        )
        for number, side in ((1, -1), (2, 1))
    ]
    made += _blocks(48, "x", 42.0, "san-dou", lift=4.2, first=3)
    made += [Piece("qixin-dou-2", "qixin-dou", _raise(_block(16, 16, 10, 4, 2, 4), 48), (0, _step(4.2), 0))]
    made += _outer_blocks()
    made += [_purlin("fang-1", 0.0), _purlin("fang-2", -31.0), _purlin("fang-3", 31.0)]
    return [
        Piece(piece.name, piece.part, tint(_stand(piece.mesh), _tone(piece.part)), _turned(piece.explode))
        for piece in made
    ]


def _tone(part: str) -> tuple[float, float, float]:
    """Blocks a shade darker than arms, as if cut from another tree, so that one tells them apart."""
    return (0.80, 0.70, 0.62) if part.endswith("dou") else (1.0, 1.0, 1.0)


def plinth() -> Mesh:
    """The stone stand with a moulded edge."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)
    parts = [
        extrude(square * 0.52, 0, 0.12),
        extrude(square * 0.45, 0.12, PLINTH - 0.16),
        extrude(square * 0.5, PLINTH - 0.16, PLINTH - 0.06),
        extrude(square * 0.4, PLINTH - 0.06, PLINTH),
    ]
    return move(tint(merge(parts), (0.95, 0.95, 0.93)), (PLACE[0], 0, PLACE[1]))


def _step(level: float) -> float:
    return 0.165 * level


def _stand(mesh: Mesh) -> Mesh:
    scaled = Mesh(mesh.positions * FEN, mesh.normals, mesh.uvs, mesh.tints, mesh.triangles)
    textured = uv_by_axis(scaled, 0.8)
    return tint(move(turn(textured, 90), (PLACE[0], PLINTH, PLACE[1])), (1.0, 0.97, 0.93))


def _turned(way: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = way
    return (round(z, 4), round(y, 4), round(-x, 4))


def _raise(mesh: Mesh, fen: float) -> Mesh:
    return move(mesh, (0, fen, 0))


def _carry(mesh: Mesh, x: float, z: float) -> Mesh:
    return move(mesh, (x, 0, z))


def _block(width: float, depth: float, height: float, ear: float, flat_part: float, slope: float) -> Mesh:
    """A dou: ears above (er), a straight middle (ping), a sloped foot (qi), all in fen. Its foot is at y = 0."""
    top = np.array([[-width, -depth], [width, -depth], [width, depth], [-width, depth]]) / 2
    foot = 1 - 2 * (slope * 0.5) / width
    body = extrude(top * foot, 0, slope, scale_top=1 / foot)
    middle = extrude(top, slope, slope + flat_part)
    slot = 10.0
    ears = []
    for x in (-1, 1):
        for z in (-1, 1):
            size = ((width - slot) / 2, ear, (depth - slot) / 2)
            ears.append(box(size, (x * (width + slot) / 4, height - ear / 2, z * (depth + slot) / 4)))
    return merge([body, middle, *ears])


def _arm(length: float, axis: str, height: float = 15.0) -> Mesh:
    """A gong: a timber whose lower ends are cut in four facets (juansha). Its underside is at y = 0."""
    half = length / 2
    cut = [(half - 16, 0.0), (half - 11, 0.9), (half - 6.5, 2.6), (half - 3, 5.0), (half, 9.0 if height < 18 else 11.0)]
    right = [*cut, (half, height)]
    left = [(-x, y) for x, y in reversed(right)]
    outline = np.array(right + left)
    made = _plate(outline, 10.0)
    return made if axis == "x" else turn(made, 90)


def _nose(length: float) -> Mesh:
    """The shuatou, whose end is cut to the "locust head" (mazhatou); it runs along z."""
    half = length / 2
    head = [(half - 16, 0.0), (half - 8, 0.0), (half, 6.0), (half - 4.5, 9.5), (half - 7.5, 15.0)]
    outline = np.array(head + [(-x, y) for x, y in reversed(head)])
    return turn(_plate(outline, 10.0), 90)


def _plate(outline: Floats, thickness: float) -> Mesh:
    """An upright outline (n, 2) in x, y with a thickness along z; convex but for small cuts, so it is fanned from the middle of its top."""
    count, half = len(outline), thickness / 2
    centre = np.array([[0.0, outline[:, 1].max() - 0.5]])
    face = np.vstack([outline, centre])
    front = np.column_stack([face, np.full(count + 1, half)])
    back = np.column_stack([face, np.full(count + 1, -half)])
    here, after = np.arange(count), (np.arange(count) + 1) % count
    middle = np.full(count, count)
    offset = count + 1
    faces = np.concatenate(
        [
            np.stack([here, after, middle], 1),
            np.stack([after, here, middle], 1) + offset,
            np.stack([here, here + offset, after], 1),
            np.stack([after, here + offset, after + offset], 1),
        ]
    )
    made = flat(from_triangles(np.vstack([front, back]), faces))
    if float(np.sum(made.normals * (made.positions - made.positions.mean(0)))) < 0:
        made = flat(from_triangles(np.vstack([front, back]), faces[:, ::-1]))
    return made


def _crossing(
    base: float, first: str, first_length: float, second: str, second_length: float, lift: float
) -> list[Piece]:
    """Two arms that cross in the cap block: the upper one is let into the lower."""
    return [
        Piece(first, first, _raise(_arm(first_length, "x"), base), (0, _step(lift), 0)),
        Piece(second, second, _raise(_arm(second_length, "z"), base), (0, _step(lift + 0.5), 0)),
    ]


def _blocks(base: float, axis: str, out: float, kind: str, lift: float, first: int = 1) -> list[Piece]:
    """The two small blocks at the ends of an arm."""
    width = 18 if kind == "jiaohu-dou" else 16
    made = []
    for number, side in enumerate((-1, 1)):
        x, z = (side * out, 0.0) if axis == "x" else (0.0, side * out)
        mesh = _carry(_raise(_block(width, 16, 10, 4, 2, 4), base), x, z)
        explode = (np.sign(x) * 0.16, _step(lift), np.sign(z) * 0.34)
        made.append(Piece(f"{kind}-{first + number}", kind, mesh, (float(explode[0]), explode[1], float(explode[2]))))
    return made


def _outer_blocks() -> list[Piece]:
    made = []
    for number, (x, z) in enumerate((x, z) for z in (-31.0, 31.0) for x in (-31.0, 0.0, 31.0)):
        kind = "qixin-dou" if x == 0 else "san-dou"
        mesh = _carry(_raise(_block(16, 16, 10, 4, 2, 4), 48), x, z)
        made.append(
            Piece(
                f"outer-dou-{number + 1}", kind, mesh, (float(np.sign(x)) * 0.16, _step(4.2), float(np.sign(z)) * 0.34)
            )
        )
    return made


def _purlin(name: str, z: float) -> Piece:
    return Piece(name, "fang", box((118, 15, 10), (0, 54 + 7.5, z)), (0, _step(5.4), float(np.sign(z)) * 0.34))
