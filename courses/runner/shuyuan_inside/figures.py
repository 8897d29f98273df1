"""Facts about figures: a matplotlib figure crosses as what can be asked of it, and is drawn anew on the other side.

Rule: lines, bars, points, texts, labels, limits and scales; a figure is rebuilt by the tester's own matplotlib from plain
data. Kinds of artists that are not listed here do not cross, and a test that needs them cannot be sealed.
"""

import sys
from typing import Any

from .values import CannotCross

FIGURES = 50
TEXTS = ("title", "xlabel", "ylabel")


def pack(packer: Any, value: Any, kind: type) -> Any:
    """["fig", …] of a figure, ["ax", figure, place] of axes, None for anything else."""
    if "matplotlib.figure" not in sys.modules or not kind.__module__.startswith("matplotlib."):
        return None
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if kind is Figure:
        return ["fig", _figure(packer, value)]
    if kind is Axes and isinstance(value.figure, Figure):
        return ["ax", _figure(packer, value.figure), value.figure.axes.index(value)]
    return None


def pack_all(packer: Any) -> Any:
    """Every open figure, the current one last."""
    if "matplotlib.pyplot" not in sys.modules:
        return ["l"]
    import matplotlib.pyplot as plt

    numbers = plt.get_fignums()
    if not numbers:
        return ["l"]
    current = plt.gcf().number
    ordered = [n for n in numbers if n != current] + [current]
    return ["l", *(["fig", _figure(packer, plt.figure(n)), n] for n in ordered[-FIGURES:])]


def _figure(packer: Any, figure: Any) -> Any:
    title = figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""
    size = [float(x) for x in figure.get_size_inches()]
    axes = [_axes(ax) for ax in figure.axes]
    return packer.pack({"suptitle": title, "size": size, "axes": axes})


def _axes(ax: Any) -> dict[str, Any]:
    legend = ax.get_legend()
    return {
        "spec": [float(x) for x in ax.get_position().bounds],
        "projection": str(ax.name),
        "title": ax.get_title(),
        "xlabel": ax.get_xlabel(),
        "ylabel": ax.get_ylabel(),
        "xscale": ax.get_xscale(),
        "yscale": ax.get_yscale(),
        "xlim": [float(x) for x in ax.get_xlim()],
        "ylim": [float(x) for x in ax.get_ylim()],
        "xticks": _ticks(ax.xaxis),
        "yticks": _ticks(ax.yaxis),
        "lines": [_line(line) for line in ax.lines],
        "patches": [_patch(patch) for patch in ax.patches],
        "collections": [_collection(one) for one in ax.collections],
        "texts": [[text.get_text(), *map(float, text.get_position())] for text in ax.texts],
        "legend": None if legend is None else [text.get_text() for text in legend.get_texts()],
    }


def _ticks(axis: Any) -> list[Any]:
    places = [float(x) for x in axis.get_ticklocs()]
    return [places[:1000], [label.get_text() for label in axis.get_ticklabels()][:1000]]


def _line(line: Any) -> dict[str, Any]:
    import numpy as np

    return {
        "x": np.asarray(line.get_xdata(orig=False), dtype=float),
        "y": np.asarray(line.get_ydata(orig=False), dtype=float),
        "label": str(line.get_label()),
        "color": _color(line.get_color()),
        "linestyle": str(line.get_linestyle()),
        "marker": str(line.get_marker()),
        "linewidth": float(line.get_linewidth()),
    }


def _patch(patch: Any) -> dict[str, Any]:
    from matplotlib.patches import Rectangle

    told: dict[str, Any] = {"label": str(patch.get_label()), "color": _color(patch.get_facecolor())}
    if type(patch) is Rectangle:
        return told | {"box": [float(x) for x in (*patch.get_xy(), patch.get_width(), patch.get_height())]}
    return told | {"outline": patch.get_path().vertices.astype(float)}


def _collection(one: Any) -> dict[str, Any]:
    import numpy as np

    offsets: Any = np.ma.filled(np.ma.asarray(one.get_offsets(), dtype=float), np.nan)
    return {"offsets": offsets, "label": str(one.get_label()), "sizes": np.asarray(one.get_sizes(), dtype=float)}


def _color(color: Any) -> list[float]:
    from matplotlib.colors import to_rgba

    return [float(x) for x in to_rgba(color)]


def rebuild(facts: dict[str, Any], number: int | None = None) -> Any:
    """The figure of such facts, by this process's own matplotlib. Raises CannotCross."""
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    try:
        figure = Figure(figsize=tuple(facts["size"])) if number is None else plt.figure(number, figsize=facts["size"])
        if facts["suptitle"]:
            figure.suptitle(facts["suptitle"])
        for one in facts["axes"]:
            _rebuild_axes(figure, one)
        return figure
    except CannotCross:
        raise
    except Exception as error:
        raise CannotCross(f"odd facts about a figure: {type(error).__name__}") from error


def _rebuild_axes(figure: Any, facts: dict[str, Any]) -> None:
    if facts["projection"] not in ("rectilinear", "polar"):
        raise CannotCross("axes of this kind are not plain facts")
    ax = figure.add_axes(facts["spec"], projection=facts["projection"])
    for one in facts["lines"]:
        rest = {name: value for name, value in one.items() if name not in ("x", "y")}
        ax.plot(one["x"], one["y"], **rest)
    for one in facts["patches"]:
        ax.add_patch(_rebuild_patch(one))
    for one in facts["collections"]:
        ax.scatter(
            one["offsets"][:, 0],
            one["offsets"][:, 1],
            s=one["sizes"] if len(one["sizes"]) else None,
            label=one["label"],
        )
    for text, x, y in facts["texts"]:
        ax.text(x, y, text)
    for name in TEXTS:
        getattr(ax, f"set_{name}")(facts[name])
    for name in ("x", "y"):
        getattr(ax, f"set_{name}scale")(facts[f"{name}scale"])
        places, labels = facts[f"{name}ticks"]
        if any(labels):
            getattr(ax, f"set_{name}ticks")(places, labels)
        getattr(ax, f"set_{name}lim")(facts[f"{name}lim"])
    if facts["legend"] is not None:
        from matplotlib.lines import Line2D

        ax.legend([Line2D([], []) for _ in facts["legend"]], facts["legend"])


def _rebuild_patch(facts: dict[str, Any]) -> Any:
    from matplotlib.patches import Polygon, Rectangle

    if "box" in facts:
        x, y, width, height = facts["box"]
        return Rectangle((x, y), width, height, label=facts["label"], facecolor=facts["color"])
    return Polygon(facts["outline"], label=facts["label"], facecolor=facts["color"])
