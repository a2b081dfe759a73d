"""Reader: what reading one account takes, whether for what is or for what was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from connectors.zendesk import wire
from connectors.zendesk.client import ZendeskClient
from connectors.zendesk.directory import Directory
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.translate import Translator
from rules.hearing import AGENTS_ONLY


class AccountReader:
    """Reads one account."""

    def __init__(
        self,
        helpdesk: str,
        settings: ZendeskSettings,
        client: ZendeskClient,
        directory: Directory,
        me: Callable[[], int],
    ) -> None:
        """Keep the parts; `me` tells our own user's id (and may ask Zendesk for it once)."""
        self._helpdesk = helpdesk
        self._settings = settings
        self._client = client
        self._directory = directory
        self._me = me
        #: What comments are listened to for; the policy may add phrases of customers.
        self.hearing = AGENTS_ONLY

    def _translator(self, rows: Iterable[wire.TicketRow], people: Sequence[wire.ReaderRow] = ()) -> Translator:
        """What these rows are translated with; `people` are those who may be their requesters."""
        groups = {row.group_id for row in rows if row.group_id is not None}
        names = self._directory.names(groups)
        return Translator(self._helpdesk, self._settings, names, self._me(), self.hearing, people)
