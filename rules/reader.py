"""Reader: who reads what is said to the customer, as far as it matters for words and times."""

from __future__ import annotations

import re

import msgspec

#: `en`, `de-AT`, `zh-Hant-TW`, and how Jira writes it: `de_AT`.
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_].*)?")


class Reader(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The requester of a ticket, as their helpdesk knows them."""

    #: Language and region as a tag of BCP 47, for example `de` or `pt-BR`; None = not known.
    locale: str | None = None
    #: IANA name of their time zone; None = not known.
    zone: str | None = None

    @property
    def language(self) -> str | None:
        """The language alone: `pt` of `pt-BR`."""
        return None if self.locale is None else self.locale.partition("-")[0]


def locale_of(text: str | None) -> str | None:
    """A helpdesk's word for a locale as a tag of BCP 47; None when it is none."""
    match = None if text is None else _TAG.fullmatch(text.strip())
    if match is None:
        return None
    language, script, region = match.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


#: Nobody of whom anything is known.
NOBODY = Reader()
