"""One Zendesk account, put together from its parts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from requests.auth import AuthBase, HTTPBasicAuth

from connectors.auth import ClientCredentials
from connectors.base import Identity, Secrets, SettingsError, TicketSink, TicketSource, WriteKind
from connectors.http import HttpSession
from connectors.inspection import Objection, Wants
from connectors.limiter import Budget, Limiter
from connectors.options import ApiToken
from connectors.pasts import PastPage
from connectors.purse import Purse
from connectors.zendesk.client import DIALECT, EXPORTS, UPDATES, ZendeskClient, endpoint_of
from connectors.zendesk.directory import Directory
from connectors.zendesk.inspection import ZendeskInspection
from connectors.zendesk.members import read_members
from connectors.zendesk.pace import calls_of
from connectors.zendesk.past import ZendeskPast
from connectors.zendesk.schedules import calendar_name, calendar_text
from connectors.zendesk.settings import API_TOKENS_END, OAuthClient, ZendeskSettings, read_settings
from connectors.zendesk.sink import ZendeskSink
from connectors.zendesk.source import ZendeskSource
from connectors.zendesk.traces import Traces
from rules.hearing import Hearing
from rules.histories.life import Period
from rules.restoring import Trace
from rules.roster import Member
from rules.ticket import TicketRef
from rules.vocabulary import Vocabulary

log = logging.getLogger(__name__)

#: Updates of one ticket by one user: 30 in 10 minutes (Zendesk's rate limit page).
_PER_TICKET = Budget(calls=30, per=600.0)


class ZendeskHelpdesk:
    """One Zendesk account. Thread-safe."""

    vendor = "zendesk"

    def __init__(self, name: str, settings: ZendeskSettings, http: HttpSession) -> None:
        self.name = name
        self._http = http
        self._settings = settings
        self._client = ZendeskClient(http, page_size=settings.page_size, support_type_scope=settings.support_type_scope)
        self._directory = Directory(http, settings.fields)
        self._identity: Identity | None = None
        self._lock = threading.Lock()
        self._source = ZendeskSource(name, settings, self._client, self._directory, self._me)
        self.source: TicketSource = self._source
        self.sink: TicketSink = ZendeskSink(name, self._client, self._directory)

    def identity(self) -> Identity:
        """Ask who we are.

        Raises:
            ConnectorError: AUTH, with advice, when the credentials do not do.
        """
        identity = self._client.me()
        with self._lock:
            self._identity = identity
        return identity

    def vocabulary(self) -> Vocabulary:
        """The groups, fields, field values and priorities that a policy may name.

        Raises:
            ConnectorError: when Zendesk cannot be read.
            SettingsError: when a configured field does not exist there.
        """
        return self._directory.vocabulary()

    def group_members(self, group: str) -> tuple[Member, ...]:
        """Everybody active in a group of agents, by the group's name.

        Raises:
            ConnectorError: GONE when there is no such group; any other kind when Zendesk cannot be read.
        """
        return read_members(self.name, self._client, self._directory.names(), group)

    def calendars(self) -> Mapping[str, str]:
        """The account's schedules with their holidays: name of the schedule → an entry of `calendars:` as YAML text.

        Raises:
            ConnectorError: when Zendesk cannot be read.
        """
        found: dict[str, str] = {}
        taken: set[str] = set()
        for schedule in self._client.schedules():
            plain = calendar_name(schedule.name)
            name = plain if plain not in taken else f"{plain}-{schedule.id}"
            taken.add(name)
            title = schedule.name if schedule.name not in found else f"{schedule.name} ({schedule.id})"
            found[title] = calendar_text(name, schedule, self._client.holidays(schedule.id))
        return found

    def traces(self, ref: TicketRef) -> Trace:
        """Read our marks on one ticket back.

        Raises:
            ConnectorError: when Zendesk cannot be read.
        """
        return Traces(self.name, self._client).read(ref)

    def inspect(self, wants: Wants) -> Iterator[Objection]:
        """Say in what the account does not fit settings and policy.

        Raises:
            ConnectorError: when it does not answer at all, or not to us.
        """
        inspection = ZendeskInspection(self._settings, self._http, self._client, self._directory)
        return inspection.objections(self.identity(), wants)

    def past(self, period: Period, *, texts: bool, marks: Iterable[str] = ()) -> Iterator[PastPage]:
        """Read what happened since the begin of a period, up to now, and the tickets that it happened to.

        Raises:
            ConnectorError: from any of the calls; the exports need an admin.
        """
        return ZendeskPast(self.name, self._settings, self._client, self._directory, self._me).pages(
            period, texts=texts, marks=marks
        )

    def hear(self, hearing: Hearing) -> None:
        """Listen for what a policy wants to hear in comments, from the next read on."""
        self._source.hearing = hearing

    def takes(self, reads: int, writes: Mapping[WriteKind, int]) -> float:
        """Seconds that fresh reads of so many tickets, and so many writes, take at our share of the rate budgets."""
        return self._http.takes(calls_of(reads, writes, with_links=bool(self._settings.tracker)))

    def share_budgets(self, purse: Purse) -> None:
        """Take calls out of budgets that other processes use, too, from the next call on."""
        self._http.share_budgets(purse)

    def hurry(self) -> None:
        """The program ends: calls that wait for their turn fail at once, and no other waits any more."""
        self._http.hurry()

    def calls(self) -> Mapping[str, int]:
        """HTTP requests sent so far, by `METHOD /path/{template}`, without those for OAuth tokens."""
        return self._http.calls()

    def close(self) -> None:
        """Release connections."""
        self._http.close()

    def _me(self) -> int:
        with self._lock:
            known = self._identity
        return int((known or self.identity()).id)


def open_helpdesk(name: str, options: Mapping[str, Any], secrets: Secrets) -> ZendeskHelpdesk:
    """Build the helpdesk from its block in the settings file. No network call.

    Raises:
        SettingsError: naming every wrong or missing option at once.
    """
    settings = read_settings(options)
    limiter = Limiter(
        endpoints={
            EXPORTS: Budget(calls=settings.exports_per_minute),
            UPDATES: Budget(calls=settings.updates_per_minute),
        },
        ticket=_PER_TICKET,
        endpoint_of=endpoint_of,
        sweeps={EXPORTS},
        share=settings.budget.share,
    )
    http = HttpSession(
        helpdesk=name,
        base_url=settings.base_url,
        auth=_auth(name, settings, secrets),
        limiter=limiter,
        dialect=DIALECT,
        timeout=(settings.connect_timeout, settings.read_timeout),
        max_wait=settings.max_wait,
        verify=settings.verify,
        proxies=settings.proxies,
    )
    return ZendeskHelpdesk(name, settings, http)


def _auth(name: str, settings: ZendeskSettings, secrets: Secrets) -> AuthBase:
    problems: list[tuple[str, str]] = []

    def secret(option: str, env: str, file: Path | None = None) -> str:
        try:
            return secrets.get(env, file=file)
        except SettingsError as error:
            problems.extend((f"auth.{option}", message) for _path, message in error.problems)
            return ""

    auth = _signer(name, settings, secret)
    if problems:
        raise SettingsError(problems)
    return auth


def _signer(name: str, settings: ZendeskSettings, secret: Callable[..., str]) -> AuthBase:
    match settings.auth:
        case OAuthClient() as client:
            return ClientCredentials(
                helpdesk=name,
                token_url=f"{settings.base_url}/oauth/tokens",
                client_id=secret("client_id_env", client.client_id_env),
                client_secret=secret("client_secret_env", client.client_secret_env, client.client_secret_file),
                scope=client.scope,
                verify=settings.verify,
                proxies=settings.proxies,
            )
        case ApiToken() as token:
            log.warning(
                "%s uses a Zendesk API token; Zendesk accepts none after %s. Create an OAuth client and write "
                "client_id_env and client_secret_env instead.",
                name,
                API_TOKENS_END,
            )
            value = secret("token_env", token.token_env, token.token_file)
            return HTTPBasicAuth(f"{token.email}/token".encode(), value.encode())
