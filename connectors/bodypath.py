"""BodyPath: where in a JSON body a value stands, in the few signs of JSONPath that a webhook needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: `.name`, `["any name"]`, `['any name']` or `[0]`.
_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\["([^"\\]+)"\]|\['([^'\\]+)'\]|\[(\d{1,6})\]""", re.ASCII)
_EXAMPLES = 'write it like $.ticket.id, $.tickets[0].id or $["ticket id"]'
#: Deeper than any body that a person writes by hand.
_MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class BodyPath:
    """A path from the top of a body down to one value."""

    steps: tuple[str | int, ...]

    @classmethod
    def parse(cls, text: str) -> BodyPath:
        """Read a path.

        Raises:
            ValueError: saying from which sign on it cannot be read.
        """
        if not text.startswith("$"):
            raise ValueError(f"a path begins with $, the whole body; {_EXAMPLES}")
        steps: list[str | int] = []
        at = 1
        while at < len(text):
            found = _STEP.match(text, at)
            if found is None:
                raise ValueError(f"the path cannot be read from its sign {at + 1} on ({text[at]!r}); {_EXAMPLES}")
            *names, index = found.groups()
            steps.append(int(index) if index is not None else next(name for name in names if name is not None))
            at = found.end()
        if not steps:
            raise ValueError(f"$ alone is the whole body, which is no single value; {_EXAMPLES}")
        if len(steps) > _MOST_STEPS:
            raise ValueError(f"a path has at most {_MOST_STEPS} steps; this one has {len(steps)}")
        return cls(tuple(steps))

    def find(self, body: object) -> str | int | None:
        """The text or whole number that stands there in a decoded body; None when there is none, or something else."""
        value = body
        for step in self.steps:
            if isinstance(step, str) and isinstance(value, dict):
                value = value.get(step)
            elif isinstance(step, int) and isinstance(value, list) and step < len(value):
                value = value[step]
            else:
                return None
        return value if isinstance(value, str | int) and not isinstance(value, bool) else None

    def __str__(self) -> str:
        return "$" + "".join(f"[{step}]" if isinstance(step, int) else f'["{step}"]' for step in self.steps)
