"""Settings and a policy for real processes that serve a Zendesk on the emulator: what tests and benchmarks share."""

from __future__ import annotations

SECRET = "a-secret-of-the-webhook"

_SETTINGS = """\
version: 1
store: {store}
policy: .
backlog: write
poll_every: {poll_every}
{more}service: {{port: {port}, admin_port: {admin_port}}}
webhooks: {{zendesk: {{secret_env: HOOK_SECRET}}}}
helpdesks:
  zendesk:
    vendor: zendesk
    url: {url}
    auth: {{email: escalation.bot@example.com, token_env: ZENDESK_TOKEN}}
    budget: {{share: 100%}}
    exports_per_minute: 10000
    updates_per_minute: 100000
"""
_POLICY = """\
version: 1
default_calendar: always
brakes: {{max_tickets: {most}, max_share: 1}}
tiers:
  - {{id: tier1, name: Tier 1, tag: esc_t1, timeout: {timeout}, note: entered}}
  - {{id: tier2, name: Tier 2, tag: esc_t2, note: entered}}
rules:
  - id: complaint
    description: The customer complained
    when: {{helpdesk: zendesk, tags: {{contains: complaint}}}}
    escalate_to: tier1
  - id: question
    description: Somebody asks
    when: {{helpdesk: zendesk, tags: {{contains: question}}}}
    tags: [asked]
templates:
  entered: "Escalated to {{{{ tier.name }}}}: {{{{ reason }}}}"
"""


def settings_text(*, store: str, url: str, port: int, admin_port: int, poll_every: int, **more: object) -> str:
    """The settings file: `port` takes webhooks, `poll_every` is seconds, `more` stands at the top as it is."""
    lines = "".join(f"{name}: {value}\n" for name, value in more.items())
    return _SETTINGS.format(store=store, url=url, port=port, admin_port=admin_port, poll_every=poll_every, more=lines)


def policy_text(*, timeout: str, most: int = 100_000) -> str:
    """A policy with a tier that ends after `timeout`, and brakes that let `most` tickets through."""
    return _POLICY.format(timeout=timeout, most=most)
