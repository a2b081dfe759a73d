"""Generated: the functions that our own generated text defines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: What every generated function gets: the facts and three things of theirs, the bounds of all lengths of time
#: (`rules.compile.horizon`), and what shared terms were found to be for this ticket already.
PARAMETERS = "facts, ticket, ledger, now, over, running, kept"


def function(parameters: str, lines: Sequence[str], names: Mapping[str, object]) -> Any:
    """The function of these lines. Only our own text is ever run: values of a policy travel in `names`."""
    text = "\n".join([f"def asked({parameters}):", *(f"    {line}" for line in lines)])
    namespace: dict[str, Any] = {"__builtins__": {"str": str, "int": int}, **names}
    exec(compile(text, "<policy>", "exec"), namespace)  # noqa: S102 - the text is ours, see rules.compile.source
    return namespace["asked"]
