"""Charts as SVG, drawn by matplotlib. A page shows them in its own colours, in daylight, in the dark and on paper.

Matplotlib comes with the extra `charts`; pages without it have the tables alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rules.reports.chart import Chart, ChartKind
from rules.reports.signs import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

#: What to do where nothing draws.
MISSING = "the page has tables and no charts, which matplotlib draws: pip install 'escalade[charts]'"
#: Colours that matplotlib writes into the picture, and what of the page's style takes their place.
_INK, _LINE = "#010203", "#010204"
_SERIES = tuple(f"#01030{digit}" for digit in range(6))
_STYLE = {_INK: "var(--ink)", _LINE: "var(--line)"} | {
    colour: f"var(--s{place})" for place, colour in enumerate(_SERIES, 1)
}
_COLOUR = re.compile("|".join(_STYLE))
#: Inches at 72 points each: as wide as a page shows them.
_WIDE, _HIGH, _ROW = 11.0, 3.2, 0.28
#: A picture is shrunk to no less than this share of its size; then it scrolls.
_SMALLEST = 0.7
#: So many signs fit below a chart, with room between labels.
_SIGNS_BELOW, _ROOM = 110, 3
_NAME = 34
#: Of the width beside the marks of a span, so that none is cut in half.
_MARGIN = 0.03
# Its type is a list of all settings of one version.
_SETTINGS: Any = {
    "svg.fonttype": "none",
    # Equal pictures are equal bytes.
    "svg.hashsalt": "escalade",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": _LINE,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "text.parse_math": False,
}


@cache
def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def svg_of_chart(chart: Chart) -> str:
    """The chart as one `svg` element for a page of HTML, without scripts, links and colours of its own."""
    # Here, since it takes a second that no other command should wait.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(_SETTINGS):
        lying = chart.kind in {ChartKind.BARS, ChartKind.SPANS}
        rows = len(chart.series) if chart.kind is ChartKind.HEAT else len(chart.labels)
        high = 1.2 + _ROW * rows if lying or chart.kind is ChartKind.HEAT else _HIGH
        figure = Figure(figsize=(_WIDE, high), layout="constrained")
        axes = figure.subplots()
        _PAINTERS[chart.kind](axes, chart)
        written = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(written, format="svg", transparent=True, metadata=nothing)
    return _bare(written.getvalue(), chart.title)


def _bare(svg: str, title: str) -> str:
    """The picture alone, in the colours of the page. To those who do not see it, it is one image with a title."""
    body = svg[svg.index("<svg") :]
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', body)
    width = float(size[1]) if size else 0.0
    label = clean(title).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    head = (
        f'<svg role="img" aria-label="{label}" viewBox="{size[0].partition(chr(34))[2][:-1] if size else ""}" '
        f'width="{width:.0f}" style="max-width:max(100%,{width * _SMALLEST:.0f}px)" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    inner = re.sub(r"<metadata>.*?</metadata>", "", body[body.index(">") + 1 :], flags=re.DOTALL)
    coloured = _COLOUR.sub(lambda found: _STYLE[found[0]], inner)
    return head + "\n".join(line.strip() for line in coloured.splitlines() if line.strip())


def _columns(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.labels))
    base = [0.0] * len(chart.labels)
    for one, colour in zip(chart.series, _SERIES, strict=False):
        values = [value or 0.0 for value in one.values]
        axes.bar(places, values, bottom=base, color=colour, width=0.85, label=clean(one.name))
        base = [low + value for low, value in zip(base, values, strict=True)]
    axes.grid(visible=True, axis="y")
    _whole_numbers(axes.yaxis, chart)
    _label_below(axes, chart.labels)
    _finish(axes, chart, axes.set_ylabel)


def _bars(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.labels))
    base = [0.0] * len(chart.labels)
    for one, colour in zip(chart.series, _SERIES, strict=False):
        values = [value or 0.0 for value in one.values]
        axes.barh(places, values, left=base, color=colour, height=0.75, label=clean(one.name))
        base = [low + value for low, value in zip(base, values, strict=True)]
    _label_beside(axes, chart.labels)
    _whole_numbers(axes.xaxis, chart)
    _finish(axes, chart, axes.set_xlabel)


def _lines(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.labels))
    for one, colour, mark in zip(chart.series, _SERIES, "os^Dvx", strict=False):
        values = [float("nan") if value is None else value for value in one.values]
        axes.plot(places, values, color=colour, marker=mark, markersize=4, label=clean(one.name))
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, axis="y")
    _label_below(axes, chart.labels)
    _finish(axes, chart, axes.set_ylabel)


def _heat(axes: Axes, chart: Chart) -> None:
    most = max((value or 0.0 for one in chart.series for value in one.values), default=0.0) or 1.0
    for row, one in enumerate(chart.series):
        for place, value in enumerate(one.values):
            if value:
                shade = 0.12 + 0.88 * value / most
                axes.bar(place, 0.92, bottom=row - 0.46, width=0.94, color=_SERIES[0], alpha=round(shade, 2))
    axes.set_xlim(-0.5, len(chart.labels) - 0.5)
    axes.set_yticks(range(len(chart.series)), [clean(one.name) for one in chart.series])
    axes.set_ylim(len(chart.series) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(range(len(chart.labels)), [clean(label) for label in chart.labels])


def _spans(axes: Axes, chart: Chart) -> None:
    low, middle, high = (one.values for one in chart.series)
    for place, (begin, mark, end) in enumerate(zip(low, middle, high, strict=True)):
        if begin is not None and mark is not None and end is not None:
            axes.barh(place, end - begin, left=begin, height=0.4, color=_SERIES[0], alpha=0.45)
            axes.plot([mark], [place], color=_SERIES[0], marker="o", markersize=7)
    axes.axvline(0, color=_INK, linewidth=1)
    # Bars would end the picture where they end, through the middle of what is marked there.
    axes.use_sticky_edges = False
    axes.margins(x=_MARGIN)
    axes.grid(visible=True, axis="x")
    _label_beside(axes, chart.labels)
    axes.set_xlabel(clean(chart.unit))


def _whole_numbers(axis: Axis, chart: Chart) -> None:
    """Of what is counted there is no half."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    if all(value is None or value == int(value) for one in chart.series for value in one.values):
        axis.set_major_locator(MaxNLocator(integer=True))


def _label_below(axes: Axes, labels: Sequence[str]) -> None:
    longest = max(map(len, labels), default=0)
    most = max(2, _SIGNS_BELOW // (longest + _ROOM))
    step = -(-len(labels) // most) or 1
    shown = range(0, len(labels), step)
    axes.set_xticks(list(shown), [clean(labels[place]) for place in shown])


def _label_beside(axes: Axes, labels: Sequence[str]) -> None:
    short = [label if len(label) <= _NAME else f"{label[: _NAME - 1]}…" for label in map(clean, labels)]
    axes.set_yticks(range(len(labels)), short)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def _finish(axes: Axes, chart: Chart, name: Callable[[str], Any]) -> None:
    name(clean(chart.unit))
    if len(chart.series) > 1:
        axes.legend(frameon=False, ncols=len(chart.series), loc="lower left", bbox_to_anchor=(0, 1))


_PAINTERS: dict[ChartKind, Callable[[Axes, Chart], None]] = {
    ChartKind.COLUMNS: _columns,
    ChartKind.BARS: _bars,
    ChartKind.LINES: _lines,
    ChartKind.HEAT: _heat,
    ChartKind.SPANS: _spans,
}
