"""One configured Jira site: its parts, put together."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from requests.auth import AuthBase, HTTPBasicAuth

from connectors.auth import BearerToken
from connectors.base import Identity, Secrets, SettingsError, TicketSink, TicketSource, WriteKind
from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession
from connectors.inspection import Objection, Wants
from connectors.jira.client import DIALECT, SWEEPS, TICKET_BUDGET, JiraClient, endpoint_budgets, endpoint_of
from connectors.jira.directory import Directory
from connectors.jira.inspection import JiraInspection
from connectors.jira.pace import calls_of
from connectors.jira.past import JiraPast
from connectors.jira.roles import Roles, role_in
from connectors.jira.settings import JiraSettings
from connectors.jira.sink import JiraSink
from connectors.jira.source import JiraSource
from connectors.jira.traces import Traces
from connectors.jira.translate import instant
from connectors.limiter import Limiter
from connectors.options import ApiToken
from connectors.pasts import PastPage
from connectors.purse import Purse
from rules.hearing import Hearing
from rules.histories.life import Period
from rules.restoring import Trace
from rules.roster import Member
from rules.ticket import TicketRef
from rules.vocabulary import Vocabulary

if TYPE_CHECKING:
    from jira import JIRA


class JiraHelpdesk:
    """One Jira site.

    `clock` is the wall clock in seconds since the epoch, `ticks` a clock in seconds that never runs backwards, and
    `sleep` waits for seconds.
    """

    vendor = "jira"

    def __init__(
        self,
        name: str,
        settings: JiraSettings,
        secrets: Secrets,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._credentials = _Credentials(settings, secrets)
        self._http = HttpSession(
            helpdesk=name,
            base_url=settings.url,
            auth=self._credentials.for_requests(),
            limiter=Limiter(
                endpoints=endpoint_budgets(),
                ticket=TICKET_BUDGET,
                endpoint_of=endpoint_of,
                sweeps=SWEEPS,
                share=settings.budget.share,
                clock=ticks,
                sleep=sleep,
            ),
            dialect=DIALECT,
            timeout=(settings.connect_timeout, settings.read_timeout),
            sleep=sleep,
            clock=clock,
            verify=settings.verify,
            proxies=settings.proxies,
        )
        self._client = JiraClient(self._http, settings.deployment)
        self._directory = Directory(name, settings, self._client, self._credentials.for_library)
        self._source = JiraSource(name, settings, self._client, self._directory, self._http.together)
        self.source: TicketSource = self._source
        self.sink: TicketSink = JiraSink(name, settings, self._client, self._directory)

    def identity(self) -> Identity:
        """Ask who we are.

        Raises:
            ConnectorError: AUTH with advice when the credentials do not do, also where Jira would serve us
                anonymously.
        """
        me = self._client.myself()
        server = self._client.server_info()
        skew = instant(server.server_time).timestamp() - self._clock() if server.server_time else None
        return Identity(id=me.id or "", name=me.display_name, role=me.account_type or "user", clock_skew=skew)

    def vocabulary(self) -> Vocabulary:
        """The words that a policy may use here.

        Raises:
            ConnectorError: of any kind; REJECTED naming configured fields that the site does not have.
        """
        return self._directory.vocabulary()

    def group_members(self, group: str) -> tuple[Member, ...]:
        """Everybody active in a group of users, by its name, or in a project role (`role Developers in OPS`).

        Our user needs to see users and groups, and for roles to administer the project.

        Raises:
            ConnectorError: GONE when there is no such group; any other kind when Jira cannot be read.
        """
        role = role_in(group)
        users = self._client.members(group) if role is None else Roles(self._http, self._client).people(*role)
        try:
            people = {(user.id, user.display_name) for user in users}
        except ConnectorError as error:
            if error.kind is not ErrorKind.GONE:
                raise
            told = f"{self.name} has no group {group!r}"
            if role is not None:
                told = f"{self.name} has no {group!r}, or our user does not administer the project"
            raise ConnectorError(told, kind=ErrorKind.GONE, helpdesk=self.name, status=error.status) from error
        return tuple(sorted(Member(account, name) for account, name in people if account is not None))

    def traces(self, ref: TicketRef) -> Trace:
        """Read our marks on one ticket back.

        Raises:
            ConnectorError: when Jira cannot be read.
        """
        return Traces(self.name, self._client).read(ref)

    def inspect(self, wants: Wants) -> Iterator[Objection]:
        """Say in what the site does not fit settings and policy.

        Raises:
            ConnectorError: when it does not answer at all, or not to us.
        """
        self.identity()
        return JiraInspection(self._settings, self._http, self._client, self._directory).objections(wants)

    def past(self, period: Period, *, texts: bool, marks: Iterable[str] = ()) -> Iterator[PastPage]:
        """Read what happened since the begin of a period, up to now, and the issues that it happened to.

        Raises:
            ConnectorError: from any of the calls.
        """
        return JiraPast(self._settings, self._client, self._directory).pages(period, texts=texts, marks=marks)

    def hear(self, hearing: Hearing) -> None:
        """Listen for what a policy wants to hear in comments, from the next read on."""
        self._source.hearing = hearing

    def takes(self, reads: int, writes: Mapping[WriteKind, int]) -> float:
        """Seconds that fresh reads of so many tickets, and so many writes, take at our share of the rate budgets."""
        return self._http.takes(calls_of(reads, writes))

    def share_budgets(self, purse: Purse) -> None:
        """Take calls out of budgets that other processes use, too, from the next call on."""
        self._http.share_budgets(purse)

    def hurry(self) -> None:
        """The program ends: calls that wait for their turn fail at once, and no other waits any more."""
        self._http.hurry()

    def calls(self) -> Mapping[str, int]:
        """HTTP calls made so far, by `METHOD /path/{template}`; set-up calls of the library by their own path."""
        return dict(Counter(self._http.calls()) + Counter(self._directory.calls()))

    def close(self) -> None:
        """Release connections."""
        self._http.close()
        self._directory.close()


class _Credentials:
    """The secret of one site, for both clients. It shows in no repr."""

    def __init__(self, settings: JiraSettings, secrets: Secrets) -> None:
        self._settings = settings
        auth = settings.auth
        if isinstance(auth, ApiToken):
            kind, env, file = "token", auth.token_env, auth.token_file
        else:
            kind, env, file = "pat", auth.pat_env, auth.pat_file
        try:
            self._secret = secrets.get(env, file=file)
        except SettingsError as error:
            option = f"auth.{kind}_{'env' if file is None else 'file'}"
            raise SettingsError([(option, message) for _, message in error.problems]) from None

    def for_requests(self) -> AuthBase:
        auth = self._settings.auth
        return HTTPBasicAuth(auth.email, self._secret) if isinstance(auth, ApiToken) else BearerToken(self._secret)

    def for_library(self, timeout: tuple[float, float]) -> JIRA:
        """Open the library's client without repeats of its own, which would come too early and post twice."""
        # Loading it takes a while, and many a command asks the site nothing.
        from connectors.jira.library import PinnedJira  # noqa: PLC0415

        settings = self._settings
        options: dict[str, Any] = {"server": settings.url, "verify": settings.verify, "rest_api_version": "2"}
        known: dict[str, Any] = {
            "max_retries": 0,
            "timeout": timeout,
            "get_server_info": True,
            "proxies": dict(settings.proxies),
        }
        if isinstance(settings.auth, ApiToken):
            return PinnedJira(options=options, basic_auth=(settings.auth.email, self._secret), **known)
        return PinnedJira(options=options, token_auth=self._secret, **known)
