"""Answer: what a helpdesk answered when it did not refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from connectors.errors import ConnectorError, ErrorKind
from connectors.failures import shorten

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response (2xx)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    helpdesk: str = ""
    #: `METHOD /path/{template}`.
    call: str = ""
    #: The call was a write: not understanding the answer leaves its effect in doubt.
    written: bool = False

    def decode(self, decoder: msgspec.json.Decoder[T]) -> T:
        """Decode the JSON body.

        Raises:
            ConnectorError: PROTOCOL, when the body is not the promised JSON; `ambiguous` for a write.
        """
        try:
            return decoder.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # A validation error names the place and the types; a syntax error the position. Neither quotes values.
            found = self.headers.get("content-type", "no content type")
            raise ConnectorError(
                f"{self.call} answered {self.status} with {len(self.body)} bytes ({shorten(found)}) that are not the "
                f"expected JSON: {shorten(str(error))}. Check that the url in the settings is the helpdesk itself and "
                "that no proxy or login page answers in its place; if it is, the answer was cut off: run again.",
                kind=ErrorKind.PROTOCOL,
                helpdesk=self.helpdesk,
                status=self.status,
                ambiguous=self.written,
            ) from None

    def promised(self, *statuses: int) -> Answer:
        """Answer as the helpdesk does when it has carried a write out.

        Raises:
            ConnectorError: PROTOCOL, when something else answered in its place; `ambiguous` for a write.
        """
        if self.status in statuses:
            return self
        raise ConnectorError(
            f"{self.call} answered {self.status}, which is no helpdesk's answer when it is done: check that no proxy "
            "or login page answers in its place. It is looked for by itself.",
            kind=ErrorKind.PROTOCOL,
            helpdesk=self.helpdesk,
            status=self.status,
            ambiguous=self.written,
        )


def is_web_page(headers: Mapping[str, str]) -> bool:
    """Whether it was written for a browser."""
    return "html" in headers.get("content-type", "").lower()
