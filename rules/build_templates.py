"""Build: the texts of the policy, each in one language or in several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.build import Ground, entries
from rules.templates import Template
from rules.tongue import is_language
from rules.yamltext import Path

_SECTION, _DEFAULT = "templates", "default"


def build_templates(ground: Ground) -> None:
    """Every template of the policy, into `ground.templates`; a wrong one is None there."""
    for name, text in entries(ground.tree, _SECTION).items():
        path: Path = (_SECTION, name)
        if isinstance(text, dict):
            ground.templates[name] = _in_languages(ground, name, text, path)
        else:
            ground.templates[name] = _one(ground, name, text, path)


def _one(ground: Ground, name: str, text: Any, path: Path, language: str | None = None) -> Template | None:
    if not isinstance(text, str) or not text.strip():
        ground.tree.refuse(path, "a template is text", found=text, hint="write it below 'name: |', indented")
        return None
    return ground.text(name, text, path, language)


def _in_languages(ground: Ground, name: str, texts: dict[str, Any], path: Path) -> Template | None:
    """The template in the language that stands in where none fits; it knows the others."""
    made: dict[str, Template] = {}
    wrong = False
    for tag, text in texts.items():
        if tag == _DEFAULT:
            continue
        known = is_language(tag)
        if not known:
            hint = "write a tag of BCP 47, for example en, de or pt-BR"
            ground.tree.refuse((*path, tag), "there is no such language", on_key=True, found=tag, hint=hint)
        one = _one(ground, name, text, (*path, tag), tag if known else None)
        wrong = wrong or one is None or not known
        if one is not None:
            made[tag] = one
    languages = tuple(tag for tag in texts if tag != _DEFAULT)
    default = texts.get(_DEFAULT)
    if _DEFAULT not in texts:
        hint = f"add default: {languages[0]}" if languages else "add a language and its text, and default:"
        ground.tree.refuse(path, "which language is read where none fits?", allowed=languages, hint=hint)
    elif default not in languages:
        message = "the text is not written in this language"
        ground.tree.refuse((*path, _DEFAULT), message, found=default, allowed=languages)
    return None if wrong or default not in made else replace(made[default], translations=made)
