"""Hearing: which of the words that somebody wrote in a helpdesk ask Escalade for something. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from rules.commands import OPTIONS, Command, commands_in, own_lines
from rules.ticket import Side

_FROM_THE_COMMAND_LINE = re.compile(
    r"\s*From the command line, for ([a-z0-9][a-z0-9_-]{0,63}):[^\S\n]*(?:\r?\n)+(.*)", re.DOTALL
)


class Hearing(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What connectors listen for when they see the text of a comment; the text itself is not kept."""

    #: Customers ask for an escalation with these words.
    phrases: tuple[str, ...] = ()
    #: Whether anything depends on the language and time zone of the requester.
    readers: bool = False
    #: Names of options that the policy's questions ask for, besides those that every policy knows.
    options: frozenset[str] = frozenset()

    @cached_property
    def _options(self) -> frozenset[str]:
        return OPTIONS | self.options

    @cached_property
    def _phrase(self) -> re.Pattern[str] | None:
        # The longest first: nothing depends on it but which words are found.
        spelled = [r"\s+".join(map(re.escape, phrase.casefold().split())) for phrase in self.phrases]
        spelled = [phrase for phrase in spelled if phrase]
        return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)") if spelled else None

    @cached_property
    def _words(self) -> tuple[str, ...]:
        """The longest word of each phrase."""
        return tuple(max(words, key=len) for phrase in self.phrases if (words := phrase.casefold().split()))

    def commands(self, body: str, side: Side, *, inside: bool, ours: bool) -> tuple[Command, ...]:
        """What a comment asks for.

        Args:
            body: Its text.
            side: Who wrote it.
            inside: No customer reads it.
            ours: Our own user wrote it: it asks for something only where the command line did.

        Returns:
            Commands of our own people in internal comments. Of a customer at most the request for an escalation, when
            the policy's phrase stands there. Of nobody else anything: text of customers is no command.
        """
        if ours:
            return self._from_the_command_line(body) if inside else ()
        if side is Side.AGENT:
            return commands_in(body, self._options) if inside else ()
        if side is Side.REQUESTER and self._phrase is not None and self._asks(body):
            return (Command(verb="escalate", phrase=True),)
        return ()

    def _from_the_command_line(self, body: str) -> tuple[Command, ...]:
        match = _FROM_THE_COMMAND_LINE.match(body)
        found = () if match is None else commands_in(match[2], self._options)
        return () if match is None else tuple(replace(command, by=match[1]) for command in found)

    def _asks(self, body: str) -> bool:
        phrase, folded = self._phrase, body.casefold()
        # Hardly any comment has the longest word of a phrase, and to see that costs far less than to look for phrases.
        if phrase is None or not any(word in folded for word in self._words):
            return False
        return phrase.search("\n".join(own_lines(body)).casefold()) is not None


#: Listens for commands of our own people alone.
AGENTS_ONLY = Hearing()


def spoken_for(person: str, lines: Sequence[str]) -> str:
    """The comment by which the command line says something in the name of a person of the directory."""
    return "\n".join([f"From the command line, for {person}:", *lines])


def disarmed(body: str) -> str:
    """A text of ours that cannot be taken for one of the command line, whatever a ticket's words made of it."""
    return body if _FROM_THE_COMMAND_LINE.match(body) is None else f"\u00b7 {body.lstrip()}"
