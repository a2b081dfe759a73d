"""Plain text → the text of Jira's v2 bodies (wiki markup), so that nothing in it acts as markup, macro or mention."""

from __future__ import annotations

import re

#: Jira refuses longer bodies (facts: 32,767 characters on both deployments).
BODY_LIMIT = 32_767
#: Jira refuses longer summaries and line breaks in them.
SUMMARY_LIMIT = 255

_CUT_NOTE = "\n\n(Cut here: the text is longer than Jira takes.)"
_ZERO_WIDTH_SPACE = "\u200b"
#: Characters that act as markup anywhere: macros, links and mentions, images, tables, emphasis, sub- and superscript.
_ALWAYS = re.compile(r"[{}\[\]!|*^~]")
#: Characters that act as markup only at the edge of a word, so that dates and names stay readable in the source.
_AT_WORD_EDGE = re.compile(r"(?<![^\W_])[-_+]|[-_+](?![^\W_])")
_ESCAPED = re.compile(rf"\\([^\w\s\\{_ZERO_WIDTH_SPACE}])")
#: Headings and quotes, which need no special character.
_LINE_START = re.compile(r"^([ \t]*)(h[1-6]\.|bq\.|#)", re.MULTILINE)


def plain(text: str) -> str:
    r"""Render plain text with line breaks, every markup character taken as itself.

    A backslash of the text gets a zero-width space behind it: two in a row would be a line break in Jira, and one
    before an escaped character would undo the escape.
    """
    text = text.replace("\r\n", "\n").replace("\\", "\\" + _ZERO_WIDTH_SPACE).replace("??", f"?{_ZERO_WIDTH_SPACE}?")
    text = _AT_WORD_EDGE.sub(lambda found: "\\" + found.group(), text)
    text = _ALWAYS.sub(lambda found: "\\" + found.group(), text)
    return _LINE_START.sub(lambda found: found.group(1) + _ZERO_WIDTH_SPACE + found.group(2), text)


def said(markup: str) -> str:
    """What the author typed, where Jira (or `plain`) wrote a backslash before a sign so that it is no markup."""
    return _ESCAPED.sub(r"\1", markup) if "\\" in markup else markup


def body(text: str) -> str:
    """Render a comment or description; what Jira would refuse as too long is cut with a visible note."""
    rendered = plain(text)
    if len(rendered) <= BODY_LIMIT:
        return rendered
    kept = rendered[: BODY_LIMIT - len(_CUT_NOTE)]
    # A lone backslash at the cut would escape the note's first character.
    return kept.rstrip("\\") + _CUT_NOTE


def summary(text: str) -> str:
    """Render a title: one line, at most 255 characters. Jira shows summaries as they are, without markup."""
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_LIMIT else line[: SUMMARY_LIMIT - 1] + "…"
