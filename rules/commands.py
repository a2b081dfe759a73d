"""Commands: what people tell Escalade to do, in the text of a comment, kept without the rest of its words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

import msgspec

from rules.verbs import VERBS

#: Names that make `name: value` on a line of its own an option; behind a `|` any name does.
OPTIONS = frozenset(
    {
        *("owner", "due", "due date", "serves", "to", "for", "from", "until", "when", "at", "by", "as", "date", "next"),
        *("next update", "because", "reason", "why", "who", "what", "where", "id", "name", "text", "note", "status"),
        *("state", "colour", "color", "source", "requested by", "account", "attendees", "every", "mode", "frequency"),
        *("milestone", "impact", "workaround", "problem", "problem statement", "justification", "confirmer", "target"),
        *("version", "environment", "tier", "team", "person", "role", "customer", "public", "internal", "cause"),
        *(
            "root cause",
            "criterion",
            "mandatory",
            "evidence",
            "outcome",
            "confirmed by",
            "confirmed_by",
            "party",
            "how",
        ),
        *("function", "type", "comment", "item", "minutes", "path", "reference", "tried"),
    }
)
#: A comment asks for no more than this; what follows is not read.
MOST_COMMANDS = 20
#: Longest text of a command, and longest value of an option, in characters.
MOST_TEXT = 4000
MOST_VALUE = 500
_MOST_OPTIONS = 20
#: Lines with a `#` that are looked at: a page full of hashtags is not compared with every verb.
_MOST_TRIED = 200
_SPELLED = {"deescalate": "de-escalate", "de-escalation": "de-escalate", "acknowledge": "ack", "acknowledged": "ack"}
#: May stand between a verb and its text.
_PUNCTUATION = ":,.;\u2013\u2014 \u00a0"
#: How alike a word must be to a verb to be taken for a slip of the pen (1 = equal).
_ALIKE = 0.8

#: Blanks of every kind, and signs without width that come along when text is pasted.
_BLANKS = r"[^\S\n]|[\u200b-\u200f\u2060\ufeff]"
_SOME_BLANKS = re.compile(rf"(?:{_BLANKS})+")
_COMMAND = re.compile(rf"(?:{_BLANKS})*+\\?[#\uff03]([^\W\d_](?:[^\W\d_]|[-\u2010-\u2015]){{1,23}}+)(?![\w#])(.*)")
_OPTION = re.compile(r"\s*([^\W\d_][\w -]{0,38}?)\s*:(?!//)\s*(\S.*)")
_DASHES = re.compile(r"[\u2010-\u2015]")
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\v\f\x85]")
#: Lines between two of these are code or somebody else's words.
_FENCES = re.compile(r"\s*(?:(```|~~~)|\{(code|noformat|quote)(?:[:|][^}\n]{0,80})?\})(.*)")
#: Somebody else's words in a mail, and in a tracker's mark-up.
_QUOTED = re.compile(r"\s*(?:>|bq\.\s)")


class Command(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a comment that begins with `#` and a verb, with the words that belong to it."""

    #: The verb in small letters, without `#`. It may be none that Escalade knows: whoever reads it answers that.
    verb: str
    #: What follows it, options aside.
    text: str = ""
    #: `owner: anna` → {"owner": "anna"}; names in small letters.
    options: dict[str, str] = {}
    #: The customer asked with a phrase of the policy; there is no `#` in the text.
    phrase: bool = False
    #: Whom the command line names: the id in the directory of the person who gave it there. None = the author.
    by: str | None = None


def commands_in(body: str, options: frozenset[str] = OPTIONS) -> tuple[Command, ...]:
    """The commands of one comment, in the order of its lines.

    A command is a line that begins with `#` and a verb. What follows it, to the next command or to the end of the
    paragraph, is its text; `name: value` behind a `|` or on a line of its own is an option. Quoted lines, code,
    numbered lists, `#123` and hashtags that resemble no verb are no commands. The time is linear in the length.

    Args:
        body: The comment's text.
        options: Names that make `name: value` on a line of its own an option.
    """
    if "#" not in body and "\uff03" not in body:
        return ()
    found: list[Command] = []
    verb: str | None = None
    rest: list[str] = []
    tried, is_gap = 0, False
    for line in own_lines(body):
        begins = _COMMAND.match(line) if tried < _MOST_TRIED else None
        tried += begins is not None
        known = None if begins is None else verb_of(begins[1])
        is_blank = not line.strip()
        if verb is not None and (known is not None or (is_gap and not is_blank and _own_option(line, options) is None)):
            found.append(_command(verb, rest, options))
            verb = None
        if len(found) == MOST_COMMANDS:
            return tuple(found)
        if known is not None and begins is not None:
            verb, rest, is_gap = known, [begins[2].lstrip(_PUNCTUATION)], False
        elif is_blank:
            # Editors make a paragraph of every line: an option still belongs to the command above the gap.
            is_gap = True
        elif verb is not None:
            rest.append(line)
    if verb is not None:
        found.append(_command(verb, rest, options))
    return tuple(found)


@lru_cache(maxsize=1024)
def verb_of(word: str) -> str | None:
    """A word behind `#` as a verb in small letters, also one that is written wrong; None when it resembles none."""
    verb = unicodedata.normalize("NFKC", _DASHES.sub("-", word)).lower()
    verb = _SPELLED.get(verb, verb)
    return verb if verb in VERBS or meant_by(verb) is not None else None


@lru_cache(maxsize=1024)
def meant_by(word: str) -> str | None:
    """The verb that somebody probably meant; None when the word resembles none."""
    near = get_close_matches(word, VERBS, n=1, cutoff=_ALIKE)
    return near[0] if near else None


def own_lines(body: str) -> Iterator[str]:
    """The lines that the author wrote; an empty one in the place of each line of quotes and code."""
    fence: str | None = None
    for line in _BREAKS.sub("\n", body).split("\n"):
        mark = _FENCES.match(line)
        if mark is not None:
            kind = mark[1] or mark[2]
            closes_itself = fence is None and (f"{{{kind}}}" in mark[3] or kind in mark[3])
            fence = None if fence == kind or closes_itself else fence or kind
            yield ""
        else:
            yield "" if fence is not None or _QUOTED.match(line) else line


def _command(verb: str, lines: list[str], known: frozenset[str]) -> Command:
    options: dict[str, str] = {}
    words: list[str] = []
    for number, line in enumerate(lines):
        head, *marked = line.split("|")
        own = _own_option(head, known) if number else None
        if own is not None and len(options) < _MOST_OPTIONS:
            options.setdefault(*own)
            head = ""
        kept = [head]
        for part in marked:
            option = _option(part)
            if option is None or len(options) >= _MOST_OPTIONS:
                kept.append(part)
            else:
                options.setdefault(*option)
        words.append(_tidy("|".join(kept)))
    return Command(verb=verb, text="\n".join(word for word in words if word)[:MOST_TEXT].rstrip(), options=options)


def _own_option(line: str, known: frozenset[str]) -> tuple[str, str] | None:
    option = _option(line)
    return option if option is not None and option[0] in known else None


def _option(text: str) -> tuple[str, str] | None:
    match = _OPTION.fullmatch(text)
    return None if match is None else (" ".join(match[1].lower().split()), _tidy(match[2])[:MOST_VALUE])


def _tidy(text: str) -> str:
    return _SOME_BLANKS.sub(" ", text).strip()
