"""What every fresh site has: priorities, statuses, issue types, link types.

System fields and two workflows.
"""

from escalade.emulator.jira.model import FieldDef, IssueType, LinkType, Priority, Status, Transition

KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "string": ("string", {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:textfield"}),
    "text": ("string", {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:textarea"}),
    "number": ("number", {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:float"}),
    "date": ("date", {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"}),
    "datetime": ("datetime", {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:datetime"}),
    "option": ("option", {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:select"}),
    "options": (
        "array",
        {"items": "option", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:multiselect"},
    ),
    "labels": (
        "array",
        {"items": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:labels"},
    ),
    "user": ("user", {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:userpicker"}),
    "sla": ("sd-servicelevelagreement", {"custom": "com.atlassian.servicedesk:sd-sla-field"}),
    "organizations": (
        "array",
        {"items": "sd-customerorganization", "custom": "com.atlassian.servicedesk:sd-customer-organizations"},
    ),
    "request_type": ("sd-customerrequesttype", {"custom": "com.atlassian.servicedesk:vp-origin"}),
}
"""Schema type and plug-in key of each kind of custom field that the emulator knows."""

_SYSTEM = (
    ("summary", "Summary", "string", "string", None),
    ("description", "Description", "text", "string", None),
    ("environment", "Environment", "text", "string", None),
    ("issuetype", "Issue Type", "issuetype", "issuetype", None),
    ("project", "Project", "readonly", "project", None),
    ("status", "Status", "readonly", "status", None),
    ("priority", "Priority", "priority", "priority", None),
    ("labels", "Labels", "labels", "array", "string"),
    ("assignee", "Assignee", "user", "user", None),
    ("reporter", "Reporter", "user", "user", None),
    ("creator", "Creator", "readonly", "user", None),
    ("created", "Created", "readonly", "datetime", None),
    ("updated", "Updated", "readonly", "datetime", None),
    ("duedate", "Due date", "date", "date", None),
    ("resolution", "Resolution", "resolution", "resolution", None),
    ("resolutiondate", "Resolved", "readonly", "datetime", None),
    ("parent", "Parent", "parent", "parent", None),
    ("subtasks", "Sub-tasks", "readonly", "array", "issuelinks"),
    ("issuelinks", "Linked Issues", "issuelinks", "array", "issuelinks"),
    ("comment", "Comment", "comment", "comments-page", None),
    ("components", "Components", "readonly", "array", "component"),
    ("fixVersions", "Fix versions", "readonly", "array", "version"),
    ("watches", "Watchers", "readonly", "watches", None),
    ("statuscategorychangedate", "Status Category Changed", "readonly", "datetime", None),
)

TEXT_LIMIT = 32_767
"""Most characters a text field or comment takes (JRACLOUD-78553; DC: jira.text.field.character.limit)."""

RESOLUTIONS = {"10000": "Done", "10001": "Won't Do", "10002": "Duplicate", "10003": "Cannot Reproduce"}


def system_fields() -> list[FieldDef]:
    """Return the fields that every site has."""
    fields = []
    for field_id, name, kind, kind_type, items in _SYSTEM:
        schema: dict[str, object] = {"type": kind_type, "system": field_id}
        if items is not None:
            schema["items"] = items
        fields.append(FieldDef(id=field_id, name=name, kind=kind, schema=schema, required=field_id == "summary"))
    return fields


def priorities() -> list[Priority]:
    """Return Jira's default priorities, highest first."""
    rows = (
        ("1", "Highest", "#d04437"),
        ("2", "High", "#f15C75"),
        ("3", "Medium", "#f79232"),
        ("4", "Low", "#707070"),
        ("5", "Lowest", "#999999"),
    )
    return [Priority(id=key, name=name, color=color) for key, name, color in rows]


def statuses() -> list[Status]:
    """Return the statuses of the two workflows."""
    return [
        Status(id="10000", name="To Do", category="new"),
        Status(id="3", name="In Progress", category="indeterminate"),
        Status(id="10001", name="Done", category="done"),
        Status(id="10002", name="Waiting for support", category="indeterminate"),
        Status(id="10003", name="Waiting for customer", category="indeterminate"),
        Status(id="10004", name="Resolved", category="done"),
    ]


def issue_types() -> list[IssueType]:
    """Return the issue types of software and service projects."""
    return [
        IssueType(id="10001", name="Task"),
        IssueType(id="10002", name="Bug"),
        IssueType(id="10003", name="Sub-task", subtask=True),
        IssueType(id="10004", name="Incident"),
        IssueType(id="10005", name="Service Request"),
    ]


def link_types() -> list[LinkType]:
    """Return Jira's default link types."""
    return [
        LinkType(id="10000", name="Blocks", inward="is blocked by", outward="blocks"),
        LinkType(id="10001", name="Cloners", inward="is cloned by", outward="clones"),
        LinkType(id="10002", name="Duplicate", inward="is duplicated by", outward="duplicates"),
        LinkType(id="10003", name="Relates", inward="relates to", outward="relates to"),
    ]


def software_workflow() -> list[Transition]:
    """Return the steps of a software project: every status from everywhere."""
    return [
        Transition(id="11", name="To Do", to="10000"),
        Transition(id="21", name="In Progress", to="3"),
        Transition(id="31", name="Done", to="10001"),
    ]


def service_workflow() -> list[Transition]:
    """Return the steps of a service project, the last of which demands a resolution."""
    open_statuses = frozenset({"10002", "10003", "3"})
    return [
        Transition(id="701", name="Respond to customer", to="10003", from_statuses=frozenset({"10002", "3"})),
        Transition(id="711", name="Respond to support", to="10002", from_statuses=frozenset({"10003"})),
        Transition(id="721", name="In progress", to="3", from_statuses=frozenset({"10002"})),
        Transition(
            id="761",
            name="Resolve this issue",
            to="10004",
            from_statuses=open_statuses,
            needs_resolution=True,
        ),
        Transition(id="781", name="Reopen", to="10002", from_statuses=frozenset({"10004"})),
    ]
