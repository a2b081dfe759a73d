"""Inspection: does a helpdesk fit the settings and the policy, asked of the helpdesk itself. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import msgspec

from connectors.base import Secrets, SettingsError
from connectors.errors import ConnectorError, ErrorKind
from rules.lint.finding import Severity
from rules.policy import Named

#: The codes of objections; docs/reference/check.md describes them.
CLOCK, PERMISSION, WEBHOOK, SETTING, LIMIT, UNCHECKED = (
    "clock",
    "permission",
    "webhook",
    "setting",
    "limit",
    "unchecked",
)
#: Where webhooks arrive, before their names.
_PATH = "/hooks/"

_ADVICE: Mapping[ErrorKind, str] = {
    ErrorKind.AUTH: "give our user the permission, or check it by hand",
    ErrorKind.GONE: "the helpdesk has no such part: check by hand that nothing needs it",
    ErrorKind.RATE_LIMITED: "run the check again in some minutes",
    ErrorKind.RETRY: "run the check again",
    ErrorKind.UNREACHABLE: "see whether the helpdesk can be reached from this machine, and run the check again",
    ErrorKind.PROTOCOL: "see that the helpdesk itself answers, and not a proxy or a login page",
}


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """What settings and policy want of one helpdesk."""

    #: Words of the policy that it has to know, or may have to.
    named: tuple[Named, ...] = ()
    #: Name in the address → the webhook's block, without `helpdesk`.
    webhooks: Mapping[str, Mapping[str, Any]] = {}
    secrets: Secrets


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in which a helpdesk does not fit."""

    code: str
    severity: Severity
    #: A sentence without its full stop; it holds no secret and nothing that customers wrote.
    message: str
    #: What to do about it.
    hint: str
    #: Where in the helpdesk's block of the settings; empty = the block as a whole.
    option: tuple[str, ...] = ()
    #: The webhook that it concerns: the place is its block.
    webhook: str | None = None
    #: The word of the policy that it concerns: the place is where that stands.
    word: Named | None = None
    found: str | None = None
    allowed: tuple[str, ...] = ()


@runtime_checkable
class Inspects(Protocol):
    """A helpdesk that can say where it does not fit. Not every helpdesk can."""

    def inspect(self, wants: Wants) -> Iterator[Objection]:
        """Look at everything that can be seen without writing; what cannot be looked at is an objection of its own.

        Raises:
            ConnectorError: the helpdesk as a whole does not answer.
        """
        ...


Check = Callable[[], Iterable[Objection]]


def each(checks: Iterable[tuple[str, Check]]) -> Iterator[Objection]:
    """Carry out checks one by one: one that fails says so, and costs the others nothing.

    Args:
        checks: what is looked at, as words of a sentence, and how.
    """
    for what, check in checks:
        try:
            yield from list(check())
        except ConnectorError as error:
            hint = _ADVICE.get(error.kind, "check it by hand")
            message = f"{what} could not be checked: {error}"
            yield Objection(code=UNCHECKED, severity=Severity.WARNING, message=message.rstrip("."), hint=hint)
        except SettingsError as error:
            for option, message in error.problems:
                yield Objection(
                    code=SETTING,
                    severity=Severity.ERROR,
                    message=message.rstrip("."),
                    hint="correct the settings",
                    option=tuple(part for part in option.split(".") if part),
                )


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as its helpdesk has it."""

    #: By which the helpdesk knows it.
    id: str
    #: What people call it there.
    name: str
    url: str
    active: bool
    events: frozenset[str]


def called(name: str, hooks: Iterable[Hook]) -> list[Hook]:
    """The webhooks that call the address of one of ours."""
    return [hook for hook in hooks if urlsplit(hook.url).path.rstrip("/").endswith(f"{_PATH}{name}")]


def hook_objections(name: str, hooks: Iterable[Hook], wanted: frozenset[str], where: str) -> Iterator[Objection]:
    """What is wrong with the webhooks that call one of our addresses, as far as every vendor has it.

    Args:
        name: Ours, the last part of the address.
        hooks: All that the helpdesk has.
        wanted: Events without which changes are seen only by the next poll.
        where: Where people set webhooks up in this helpdesk.
    """
    found = called(name, hooks)

    def wrong(message: str, hint: str) -> Objection:
        return Objection(code=WEBHOOK, severity=Severity.WARNING, message=message, hint=hint, webhook=name)

    if not found:
        yield wrong(
            f"no webhook calls an address that ends with {_PATH}{name}",
            f"create it ({where}), as docs/howto/receive-webhooks.md says; until then changes are seen by polls",
        )
        return
    if len(found) > 1:
        names = ", ".join(repr(hook.name) for hook in found)
        yield wrong(f"{len(found)} webhooks call {_PATH}{name}: {names}", "keep one of them: each has its own secret")
    for hook in found:
        if not hook.active:
            yield wrong(f"the webhook {hook.name!r} is switched off", f"switch it on ({where})")
        if urlsplit(hook.url).scheme != "https":
            yield wrong(f"the webhook {hook.name!r} calls an address without https", "put the service behind https")
        missing = sorted(wanted - hook.events)
        if missing:
            told = f"the webhook {hook.name!r} does not tell of {', '.join(missing)}"
            yield wrong(told, f"add these events ({where}); until then such changes are seen by polls")
