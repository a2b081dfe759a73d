"""Languages: texts that are missing in a language in which other texts are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.lint.finding import Flaw
from rules.lint.subject import Subject

_DEFAULT = "default"
#: Keys that name a text that the customer reads.
_PUBLIC = frozenset({"public_note", "ask_public", "workaround_note", "fix_note", "update_note", "feedback_note"})


def missing_language(subject: Subject) -> Iterator[Flaw]:
    """Texts that lack a language, and texts to customers in one language alone, where others have several."""
    texts = subject.document.get("templates", {})
    spoken = {name: _languages(text) for name, text in texts.items()}
    every = tuple(dict.fromkeys(tag for languages in spoken.values() for tag in languages))
    public = set(_named(subject.document))
    for name, languages in spoken.items():
        missing = ", ".join(tag for tag in every if tag not in languages)
        if missing and (languages or name in public):
            what = "the template" if languages else "customers read it: the template"
            yield Flaw(
                path=("templates", name),
                message=f"{what} {name!r} is not written in {missing}, and others are",
                hint=f"add {missing}, or leave it to the default",
                on_key=True,
            )


def _languages(text: Any) -> tuple[str, ...]:
    return tuple(tag for tag in text if tag != _DEFAULT) if isinstance(text, dict) else ()


def _named(value: Any) -> Iterator[str]:
    """The names of the texts that customers read."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in _PUBLIC and isinstance(item, str):
            yield item
        yield from _named(item)
    for item in value if isinstance(value, list) else ():
        yield from _named(item)
