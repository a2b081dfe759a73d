"""Parts: the quick way to render a template that only puts values in and asks whether there are any.

Most texts of a policy are that simple, and one decision may render a score of them; setting up Jinja2's context for
each costs more than all the rest of the rendering. What is not that simple stays with Jinja2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jinja2 import nodes

Values = Mapping[str, object]
#: Names with their values → text.
Renderer = Callable[[Values], str]


def simple_renderer(body: Sequence[nodes.Node]) -> Renderer | None:
    """A renderer for text, `{{ name }}` and `{% if name %} … {% else %} … {% endif %}`; None for anything else."""
    parts: list[Renderer] = []
    for node in body:
        if isinstance(node, nodes.Output):
            made = [_output(child) for child in node.nodes]
        elif isinstance(node, nodes.If):
            made = [_choice(node)]
        else:
            return None
        known = [part for part in made if part is not None]
        if len(known) != len(made):
            return None
        parts += known
    if len(parts) == 1:
        return parts[0]
    return lambda values: "".join([part(values) for part in parts])


def dotted(node: nodes.Node) -> str | None:
    """The name that a node reads, `ticket.key`; None when it is no plain name."""
    if isinstance(node, nodes.Getattr):
        before = dotted(node.node)
        return None if before is None else f"{before}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else None


def _output(node: nodes.Node) -> Renderer | None:
    if isinstance(node, nodes.TemplateData):
        text = node.data
        return lambda _: text
    name = dotted(node)
    return None if name is None else lambda values: str(values[name])


def _choice(node: nodes.If) -> Renderer | None:
    name = dotted(node.test)
    then, otherwise = simple_renderer(node.body), simple_renderer(node.else_)
    if name is None or then is None or otherwise is None or node.elif_:
        return None
    return lambda values: then(values) if values[name] else otherwise(values)
