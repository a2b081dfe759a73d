"""Drawings as SVG, laid out by Graphviz. A page shows them in its own colours: the picture brings shapes alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from rules.reports.dot import dot
from rules.reports.drawing import Drawing
from rules.reports.signs import clean

#: The programs that understand Graphviz's language, the first choice first: one that comes along as a dependency and
#: draws the same on every machine, and the one of the operating system.
PROGRAMS = ("graphviz-pure", "dot")
#: Seconds that one drawing may take; it takes milliseconds.
_PATIENCE = 30
#: A picture is shrunk to no less than this share of its size.
_SMALLEST = 0.8
_SVG = "{http://www.w3.org/2000/svg}"
#: What of an element is kept: where things are. How they look is the page's business.
_KEPT = ("class", "transform", "viewBox", "d", "points", "cx", "cy", "rx", "ry", "x", "y", "text-anchor", "font-size")


class NoDrawingError(Exception):
    """Nothing on this machine can draw, or it failed."""


def svg_of(drawing: Drawing) -> str:
    """The drawing as one `svg` element for a page of HTML, without scripts, styles, links and identifiers.

    Raises:
        NoDrawingError: when neither program is there, or it fails.
    """
    program = _program()
    command = [program, "-Tsvg"]
    try:
        done = subprocess.run(command, input=dot(drawing).encode(), capture_output=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoDrawingError(f"{program} did not draw {drawing.title!r}: {error}") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip()
        raise NoDrawingError(f"{program} did not draw {drawing.title!r}: {told}")
    return _bare(ET.fromstring(done.stdout), drawing.title)  # noqa: S314 - what the program made of our own text


def _program() -> str:
    """Where the first of the programs is: beside this Python, which need not be on the path, or on the path."""
    beside = str(Path(sys.executable).parent)
    for name in PROGRAMS:
        found = shutil.which(name, path=beside) or shutil.which(name)
        if found is not None:
            return found
    raise NoDrawingError(f"none of {', '.join(PROGRAMS)} is installed, which draw the pictures of pages")


def _bare(root: ET.Element, title: str) -> str:
    """The picture alone. To those who do not see it, it is one image with a title."""
    bare = ET.Element("svg", {"role": "img", "aria-label": clean(title), "viewBox": root.attrib["viewBox"]})
    width = float(root.attrib["viewBox"].split()[2])
    bare.set("width", f"{width:.0f}")
    # A narrow page shrinks it while its words can be read, and scrolls then.
    bare.set("style", f"max-width:max(100%,{width * _SMALLEST:.0f}px)")
    bare.extend(_kept(root))
    return ET.tostring(bare, encoding="unicode")


def _kept(parent: ET.Element) -> Iterator[ET.Element]:
    for child in parent:
        name = child.tag.removeprefix(_SVG)
        if name not in {"g", "path", "polygon", "ellipse", "text"} or child.get("stroke") == "none":
            continue
        one = ET.Element(name, {key: value for key, value in child.attrib.items() if key in _KEPT})
        one.text = child.text if name == "text" else None
        one.extend(_kept(child))
        yield one
