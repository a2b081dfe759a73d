"""Generated: the functions that our own generated text defines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: What every generated function gets: the facts and three things of theirs, the bounds of all lengths of time
#: (`rules.compile.horizon`), and what shared terms were found to be for this ticket already.
PARAMETERS = "facts, ticket, ledger, now, over, running, kept"


def function(parameters: str, lines: Sequence[str], names: Mapping[str, object]) -> Any:
    """The function of these lines. Only our own text is ever run: values of a policy travel in `names`."""
    body = [f"def asked({parameters}):", *(f"    {line}" for line in lines), "return asked"]
    # Names are parameters of a function around it: that is the quickest place to find them in.
    text = "\n".join([f"def made({', '.join(names)}):", *(f"    {line}" for line in body)])
    namespace: dict[str, Any] = {"__builtins__": {"str": str, "int": int, "TypeError": TypeError}}
    exec(compile(text, "<policy>", "exec"), namespace)  # noqa: S102 - the text is ours, see rules.compile.source
    return namespace["made"](*names.values())
