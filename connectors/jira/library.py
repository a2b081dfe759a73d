"""The `jira` library, kept to the site that the settings name."""

from __future__ import annotations

from jira import JIRA


class PinnedJira(JIRA):
    """Follows no redirect and takes nothing from the environment: neither proxies nor a .netrc."""

    def _add_client_cert_to_session(self) -> None:
        # The first thing that the library does with a new session, before its first request.
        super()._add_client_cert_to_session()  # type: ignore[no-untyped-call]
        self._session.max_redirects = 0
        self._session.trust_env = False
