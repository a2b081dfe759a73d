"""The block of a Zendesk account in the settings file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from connectors.options import ApiToken, Block, BudgetOptions, read_block, web_address

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
#: From this day on Zendesk accepts no API token any more (its OAuth migration page).
API_TOKENS_END = "2027-04-30"


class OAuthClient(Block):
    """OAuth client credentials of a confidential client: how Zendesk wants servers to log in."""

    client_id_env: str
    client_secret_env: str = ""
    client_secret_file: Path | None = None
    #: Scopes, separated by spaces.
    scope: str = "read write"

    @model_validator(mode="after")
    def _has_a_secret(self) -> Self:
        if not self.client_secret_env and self.client_secret_file is None:
            raise ValueError("name the secret's place: client_secret_env (a variable) or client_secret_file (a path)")
        return self


class ZendeskSettings(Block):
    """One Zendesk account. Times are seconds."""

    url: str = ""
    #: Short for the url https://SUBDOMAIN.zendesk.com.
    subdomain: str = ""
    auth: OAuthClient | ApiToken
    #: Our name → the custom ticket field's numeric id or title.
    fields: dict[str, int | str] = Field(default_factory=dict)
    #: Which of `fields` tells the product; empty = none does.
    product_field: str = ""
    #: Which of `fields` tells the type; empty = Zendesk's own ticket type (problem, incident, question, task).
    type_field: str = ""
    #: Organisation fields to take in, by key; None = all.
    account_fields: tuple[str, ...] | None = None
    #: The configured name of the helpdesk that Zendesk's own Jira app is connected to; empty = links are not read.
    tracker: str = ""
    #: Zendesk hides AI agents' tickets from the export unless asked.
    support_type_scope: Literal["all", "agent", "ai_agent"] = "agent"
    #: Rows a page of the exports; halve it when requests time out.
    page_size: Annotated[int, Field(ge=1, le=1000)] = 1000
    #: How many days back the comments are read when an account is read for the first time; None = all of them.
    history_days: Annotated[int, Field(ge=1)] | None = None
    #: How much of the rate limits we may use; people and other programs need the rest.
    budget: BudgetOptions = Field(default_factory=BudgetOptions)
    #: Requests to the exports a minute: 10, or 30 with the High Volume add-on.
    exports_per_minute: Annotated[int, Field(ge=1)] = 10
    #: Ticket updates a minute: 100, 300 with the High Volume add-on, 20 on sandboxes. Zendesk's answers correct it.
    updates_per_minute: Annotated[int, Field(ge=1)] = 100
    #: The longest that one call may wait for its turn.
    max_wait: Annotated[float, Field(ge=0)] = 90.0
    connect_timeout: Annotated[float, Field(gt=0)] = 5.0
    read_timeout: Annotated[float, Field(gt=0)] = 60.0
    verify: bool | str = True
    proxies: dict[str, str] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _is_an_account(cls, url: str) -> str:
        return web_address(url, example="https://example.zendesk.com", bare=True)

    @field_validator("subdomain")
    @classmethod
    def _is_a_name(cls, subdomain: str) -> str:
        if subdomain and not _SUBDOMAIN.fullmatch(subdomain.lower()):
            raise ValueError("write only the first part of the address: of https://example.zendesk.com it is example")
        return subdomain.lower()

    @field_validator("auth", mode="before")
    @classmethod
    def _is_one_kind(cls, auth: Any) -> Any:
        # Decided by what is there, so that a mistake is told once and not for both kinds of credentials.
        if not isinstance(auth, Mapping):
            raise ValueError("write client_id_env and client_secret_env (OAuth), or email and token_env")  # noqa: TRY004 - pydantic reports ValueErrors
        kind = ApiToken if {"email", "token_env", "token_file"} & set(auth) else OAuthClient
        return kind.model_validate(dict(auth))

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if bool(self.url) == bool(self.subdomain):
            raise ValueError("write either url or subdomain")
        for option in ("product_field", "type_field"):
            name = getattr(self, option)
            if name and name not in self.fields:
                raise ValueError(f"{option}: {name!r} is not one of fields ({', '.join(self.fields) or 'none yet'})")
        return self

    @property
    def base_url(self) -> str:
        """The account's address without a slash at its end."""
        return self.url or f"https://{self.subdomain}.zendesk.com"


def read_settings(options: Mapping[str, Any]) -> ZendeskSettings:
    """Check the block of one account.

    Raises:
        SettingsError: naming every wrong or missing option at once; never a value, since one could be a secret.
    """
    return read_block(ZendeskSettings, options)
