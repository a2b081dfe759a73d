"""Who is in a group of agents."""

from __future__ import annotations

from connectors.errors import ConnectorError, ErrorKind
from connectors.zendesk.client import ZendeskClient
from connectors.zendesk.translate import Names
from rules.roster import Member

_CUSTOMER = "end-user"


def read_members(helpdesk: str, client: ZendeskClient, names: Names, group: str) -> tuple[Member, ...]:
    """Everybody active in the groups of that name, in the order of their ids; suspended agents are not active.

    Raises:
        ConnectorError: GONE when there is no such group; any other kind when Zendesk cannot be read.
    """
    ids: set[int] = set()
    groups = [number for number, name in names.groups.items() if name == group]
    gone = ConnectorError(f"{helpdesk} has no group {group!r}", kind=ErrorKind.GONE, helpdesk=helpdesk)
    if not groups:
        raise gone
    for number in groups:
        try:
            # The names may be an hour old.
            known = client.group(number)
            if known.deleted or known.name != group:
                raise gone
            ids.update(client.members(number))
        except ConnectorError as error:
            if error.kind is ErrorKind.GONE and error is not gone:
                raise gone from error
            raise
    people = client.users(sorted(ids))
    active = (one for one in people if one.active and not one.suspended and one.role != _CUSTOMER)
    return tuple(sorted(Member(str(one.id), one.name) for one in active))
