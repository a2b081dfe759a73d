"""The block of a Jira site in the settings file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from connectors.options import ApiToken, Block, BudgetOptions, read_block, web_address
from rules.ticket import Priority, StatusCategory

_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)

#: The names of Jira's own default scheme. Where several map to one of ours, the first is the one that is written.
DEFAULT_PRIORITIES = {
    "Highest": Priority.URGENT,
    "High": Priority.HIGH,
    "Medium": Priority.NORMAL,
    "Low": Priority.LOW,
    "Lowest": Priority.LOW,
}
#: Statuses of Jira's service templates whose category does not say that nobody on our side owes work.
DEFAULT_STATUSES = {
    "Waiting for customer": StatusCategory.PENDING,
    "On hold": StatusCategory.HOLD,
}


class Deployment(StrEnum):
    """Which product answers. `AUTO` asks the server once."""

    AUTO = "auto"
    CLOUD = "cloud"
    DATA_CENTER = "data_center"


class PatAuth(Block):
    """Data Center: a personal access token from the environment or a file."""

    pat_env: str = ""
    pat_file: Path | None = None

    @model_validator(mode="after")
    def _has_a_token(self) -> Self:
        if not self.pat_env and self.pat_file is None:
            raise ValueError("name the personal access token's place: pat_env (a variable) or pat_file (a path)")
        return self


def _auth_kind(auth: Any) -> str:
    """Which of the two is meant, so that only its own mistakes are told."""
    names = auth if isinstance(auth, Mapping) else ()
    return "pat" if isinstance(auth, PatAuth) or any(str(name).startswith("pat") for name in names) else "token"


Auth = Annotated[
    Annotated[ApiToken, Tag("token")] | Annotated[PatAuth, Tag("pat")],
    Discriminator(_auth_kind),
]


class GroupSource(Block):
    """Where a ticket's owning group is read from; Jira itself has none."""

    #: A custom field, by name or id: it can be written too.
    field: str | None = None
    #: Read only: the first component, or the project.
    part: Literal["component", "project"] | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.field is None) == (self.part is None):
            raise ValueError("name either field (a custom field) or part (component or project)")
        return self


class LinkTypes(Block):
    """Names of the site's link types for our kinds of ties between two of its issues."""

    related: str = "Relates"
    #: Read from the tracker's side: the tracker's ticket `blocks` the waiting one.
    tracked_by: str = "Blocks"


class JiraSettings(Block):
    """One Jira site. Times are seconds."""

    url: str
    #: Where people open issues, when the API lives elsewhere (scoped tokens: api.atlassian.com/ex/jira/…).
    browse_url: str = ""
    deployment: Deployment = Deployment.AUTO
    auth: Auth
    projects: tuple[str, ...] = ()
    #: JQL that narrows what is read, without ORDER BY.
    filter: str = ""
    priorities: dict[str, Priority] = Field(default_factory=lambda: dict(DEFAULT_PRIORITIES))
    #: Status name → where it stands; other statuses stand where Jira's own category says.
    statuses: dict[str, StatusCategory] = Field(default_factory=lambda: dict(DEFAULT_STATUSES))
    #: Our name → the custom field's name or id.
    fields: dict[str, str] = Field(default_factory=dict)
    #: The field that tells the account; empty = the Organizations field of Jira Service Management.
    account_field: str = ""
    product_field: str = ""
    group: GroupSource | None = None
    link_types: LinkTypes = Field(default_factory=LinkTypes)
    #: The sub-task type for remediation, where a project has several; empty = its first.
    subtask_type: str = ""
    #: Visit sub-tasks as tickets of their own.
    subtasks_are_tickets: bool = False
    #: Issues a page; Jira gives fewer when it likes.
    page_size: Annotated[int, Field(ge=1, le=1000)] = 100
    #: How far back each poll looks again, because the search index lags behind.
    overlap: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    #: How much of the rate limits we may use; people and other programs need the rest.
    budget: BudgetOptions = Field(default_factory=BudgetOptions)
    connect_timeout: Annotated[float, Field(gt=0)] = 5.0
    read_timeout: Annotated[float, Field(gt=0)] = 60.0
    verify: bool | str = True
    proxies: dict[str, str] = Field(default_factory=dict)

    @field_validator("url", "browse_url")
    @classmethod
    def _is_a_site(cls, url: str) -> str:
        return web_address(url, example="https://example.atlassian.net", bare=False)

    @field_validator("filter")
    @classmethod
    def _has_no_order(cls, jql: str) -> str:
        if _ORDER_BY.search(jql):
            raise ValueError("leave out ORDER BY: pages are read in the order of their last change")
        return jql.strip()

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if not self.projects and not self.filter:
            raise ValueError("name the projects to read, or a filter (JQL): Jira refuses to search without bounds")
        return self


def read_settings(options: Mapping[str, Any]) -> JiraSettings:
    """Check the block of one site.

    Raises:
        SettingsError: naming every wrong or missing option at once; never a value, since one could be a secret.
    """
    return read_block(JiraSettings, options, tagged=frozenset({"auth"}))
