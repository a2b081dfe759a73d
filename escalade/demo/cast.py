"""The cast: agents and customers of the demo's desk, who answer, disagree and solve while time passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from escalade.demo.stage import Stage
from rules.ticket import TicketRef

_PREFIX = "esc_"
_ANSWERS = 20
_SOLVED = 15


@dataclass(slots=True)
class Cast:
    """People who act in the emulated Zendesk. What they do depends only on the state of the desk."""

    stage: Stage
    #: Tickets on which somebody undid what Escalade did.
    overruled: list[TicketRef] = field(default_factory=list)
    #: Escalated tickets that agents solved.
    solved: list[TicketRef] = field(default_factory=list)

    @classmethod
    def of(cls, stage: Stage) -> Cast:
        """The people of this stage."""
        return cls(stage)

    def agents_answer(self, _now: datetime) -> list[str]:
        """Agents answer some escalated tickets in public: reminders and response clocks follow."""
        chosen = list(self._escalated())[:_ANSWERS]
        for ticket in chosen:
            comment = {"body": "We are working on this and will come back to you today.", "public": True}
            self._act(ticket, {"comment": comment})
        return [f"Agents answer {len(chosen)} escalated tickets: {_keys(chosen)}."]

    def people_disagree(self, _now: datetime) -> list[str]:
        """An agent lowers a priority and takes off a tag; customers write again; some tickets are solved."""
        raised = [one for one in self._escalated() if one["priority"] == "high" and "esc_t2" in one["tags"]][:1]
        said = []
        for ticket in raised:
            kept = [tag for tag in ticket["tags"] if tag != "esc_t2"]
            self._act(ticket, {"priority": "normal", "tags": kept})
            self.overruled.append(TicketRef("zendesk", str(ticket["id"])))
            said.append(f"On {ticket['id']} an agent lowers the priority and takes the tag esc_t2 off: people win.")
        waiting = [one for one in self._tickets() if one["status"] == "pending"][:2]
        for ticket in waiting:
            comment = {"body": "Any news? This is still not working for us.", "public": True}
            self.stage.act(str(ticket["id"]), ticket["requester_id"], {"comment": comment})
        said.append(f"Customers write again on {_keys(waiting)}.")
        return [*said, *self._solve(_SOLVED, among=range(0, 10_000, 3))]

    def work_goes_on(self, _now: datetime) -> list[str]:
        """Agents answer the rest and solve some more."""
        return [*self.agents_answer(_now), *self._solve(_SOLVED, among=range(1, 10_000, 3))]

    def tickets_are_solved(self, _now: datetime) -> list[str]:
        """Agents solve escalated tickets: tags go, what Escalade changed is restored."""
        return self._solve(2 * _SOLVED, among=range(10_000))

    def _solve(self, most: int, *, among: range) -> list[str]:
        overruled = {int(ref.id) for ref in self.overruled}
        mine = [one for one in self._escalated() if one["assignee_id"] and one["id"] in among]
        chosen = [one for one in mine if one["id"] not in overruled][:most]
        for ticket in chosen:
            comment = {"body": "This is solved now. Thank you for your patience.", "public": True}
            self._act(ticket, {"status": "solved", "comment": comment})
            self.solved.append(TicketRef("zendesk", str(ticket["id"])))
        return [f"Agents solve {len(chosen)} escalated tickets: {_keys(chosen)}."]

    def _tickets(self) -> list[dict[str, Any]]:
        tickets: list[dict[str, Any]] = self.stage.control("GET", "/state?tickets=1")["zendesk"]["dump"]
        return sorted(tickets, key=lambda one: int(one["id"]))

    def _escalated(self) -> Iterator[dict[str, Any]]:
        for ticket in self._tickets():
            if ticket["status"] in {"new", "open"} and any(tag.startswith(_PREFIX) for tag in ticket["tags"]):
                yield ticket

    def _act(self, ticket: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        self.stage.act(str(ticket["id"]), ticket["assignee_id"] or 0, change)


def _keys(tickets: list[dict[str, Any]]) -> str:
    return ", ".join(str(ticket["id"]) for ticket in tickets) or "none"
