"""Whatever is sent, signed or not, there is an answer, and never a 5xx.

ESCALADE_FUZZED says how many bodies are sent (400 unless it does; the measure is 10,000).
"""

from __future__ import annotations

import http.client
import json
import os
from collections import Counter
from contextlib import closing
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

_BODIES = int(os.environ.get("ESCALADE_FUZZED", "400"))

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_NUMBER = st.sampled_from(
    ["35", 35, 0, -1, "0", "", "x", None, 10**30, 1e308, "9" * 40, [], {}, True, "\x00", "\ud800", "٣"]
)
_ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["zen:event-type:ticket.created", "zen:event-type:", "x", 3, None]) | _JSON,
        "account_id": st.sampled_from([22129848, "22129848", 1, None]),
        "id": _NUMBER | _JSON,
        "subject": st.builds("zen:ticket:{}".format, _NUMBER) | _JSON,
        "detail": st.fixed_dictionaries({}, optional={"id": _NUMBER}) | _JSON,
        "ticket_id": _NUMBER,
        "ticketID": _NUMBER | _JSON,
        "timestamp": _NUMBER | st.just(1772442000000),
        "webhookEvent": st.sampled_from(["jira:issue_updated", "comment_created", "issuelink_created", "x", ""])
        | _JSON,
        "issue": st.fixed_dictionaries(
            {}, optional={"id": _NUMBER, "self": _NUMBER | st.just("https://["), "fields": _JSON}
        )
        | _JSON,
        "comment": st.fixed_dictionaries({}, optional={"self": st.just("/issue/1/") | _NUMBER}) | _JSON,
        "worklog": st.fixed_dictionaries({}, optional={"issueId": _NUMBER}),
        "issueLink": st.fixed_dictionaries({}, optional={"sourceIssueId": _NUMBER, "destinationIssueId": _NUMBER}),
    },
)
_BODY = st.one_of(
    st.binary(max_size=200),
    (_ENVELOPE | _JSON).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [b"[" * 50_000, b'{"a":' * 20_000, b"\xef\xbb\xbf{}", b"NaN", b'{"subject":"zen:ticket:35"', b"1" * 5000]
    ),
)
_ODD_HEADER = st.dictionaries(
    st.sampled_from(
        [
            "X-Zendesk-Webhook-Signature",
            "X-Zendesk-Webhook-Signature-Timestamp",
            "X-Zendesk-Webhook-Invocation-Id",
            "X-Zendesk-Account-Id",
            "X-Hub-Signature",
            "X-Atlassian-Webhook-Identifier",
            "X-Escalade-Token",
            "Content-Type",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60).map(str.strip),
    max_size=2,
)
_NAME = st.sampled_from(["zendesk", "triggers", "jira", "rule"])


def test_no_body_and_no_header_makes_a_5xx(hooks: Any, wire: Any) -> None:
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=_BODIES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_NAME, _BODY, st.booleans(), _ODD_HEADER)
    def send(name: str, body: bytes, signed: bool, odd: dict[str, str]) -> None:
        headers = {"Content-Type": "application/json"} | (wire.signed_by(name, body) if signed else {})
        with closing(http.client.HTTPConnection(*hooks.address, timeout=20)) as connection:
            connection.request("POST", f"/hooks/{name}", body, headers | odd)
            answer = connection.getresponse()
            told = answer.read()
        statuses[answer.status] += 1
        assert answer.status < 500, (name, body[:200], odd)
        assert set(json.loads(told)) <= {"status", "why"}

    send()
    assert sum(statuses.values()) >= _BODIES
    assert statuses[202] > _BODIES // 10, "many of them get past the checks"
    assert statuses[401], "and many do not"
