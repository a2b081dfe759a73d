"""The words of the demo desk: products, problems, people, companies, what they write. All invented."""

from __future__ import annotations

from dataclasses import dataclass

TIERS = ("Tier 1 Support", "Tier 2 Specialists", "Tier 3 Critical Response")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A kind of problem: subject and first message, how bad it usually is, the tags it comes with."""

    product: str
    subject: str
    message: str
    impact: str
    urgency: str
    tags: tuple[str, ...] = ()


def _problem(product: str, subject: str, message: str, level: str, *tags: str) -> Problem:
    impact, urgency = level.split("/")
    return Problem(product=product, subject=subject, message=message, impact=impact, urgency=urgency, tags=tags)


PROBLEMS = (
    _problem(
        "sign_in",
        "Nobody at our company can sign in",
        "Since this morning every sign-in ends with 'unknown error'. About 300 people are locked out.",
        "high/high",
        "production_down",
        "outage",
    ),
    _problem(
        "sign_in", "Two-factor codes arrive late", "The codes come ten minutes late and are expired.", "medium/high"
    ),
    _problem(
        "sign_in", "New starter needs access", "Please add our new colleague to the workspace.", "low/low", "access"
    ),
    _problem("billing", "Charged twice in February", "Our card was charged twice for the same invoice.", "medium/high"),
    _problem("billing", "Invoice address is wrong", "The invoice still shows our old address.", "low/low"),
    _problem("billing", "Question about the annual plan", "What would we pay for 80 seats a year?", "low/low", "sales"),
    _problem(
        "reporting",
        "Month-end report shows wrong totals",
        "The totals differ from the exported rows by about 4 %. We report to our board on Friday.",
        "high/medium",
        "data_quality",
    ),
    _problem(
        "reporting", "Export to spreadsheet stops at 10,000 rows", "The file ends in the middle.", "medium/medium"
    ),
    _problem("reporting", "Chart colours are hard to tell apart", "Two series look the same to me.", "low/low", "idea"),
    _problem(
        "sync",
        "Orders are no longer synchronised",
        "No order has come through since 05:40. Our warehouse stands still.",
        "high/high",
        "production_down",
    ),
    _problem("sync", "Contacts appear twice after the sync", "About 200 contacts are doubled.", "medium/medium"),
    _problem("sync", "Sync takes four hours instead of one", "It has become slower every week.", "medium/medium"),
    _problem(
        "api",
        "API answers 500 for every write",
        "POST /orders has been failing with 500 since your maintenance window. Reads are fine.",
        "high/high",
        "outage",
    ),
    _problem("api", "Rate limit lower than documented", "We are throttled at 60 a minute.", "medium/low"),
    _problem("api", "How do I page through deleted records?", "I cannot find it in the reference.", "low/low", "docs"),
    _problem("mobile", "App closes when I open an attachment", "It happens with every PDF.", "medium/medium"),
    _problem("mobile", "Push messages stopped", "None since the update to 8.2.", "medium/low"),
    _problem("mobile", "Dark mode please", "My eyes would thank you.", "low/low", "idea"),
    _problem(
        "imports",
        "Import deleted existing customers",
        "After yesterday's import 1,150 customers are gone. We need them back before Monday.",
        "high/high",
        "data_loss",
    ),
    _problem("imports", "Umlauts are broken after the import", "Müller became MÃ¼ller.", "medium/medium"),
    _problem("imports", "Import template for suppliers?", "Is there a template that we could use?", "low/low"),
)

FIRST_NAMES = (
    "Amara", "Anneli", "Boris", "Carmen", "Chidi", "Dalia", "Einar", "Farah", "Goran", "Hana", "Ines", "Jonas",
    "Keiko", "Lars", "Mireille", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sofia", "Tomasz", "Ulla", "Viktor",
    "Wanda", "Xenia", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Bergström", "Castellano", "Dubois", "Eriksen", "Fontaine", "Grabowski", "Haddad", "Ivanova", "Jansen",
    "Kowalczyk", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quiroga", "Rossi", "Schneider", "Tanaka",
    "Urquhart", "Varga", "Weber", "Yilmaz",
)  # fmt: skip
COMPANY_HEADS = (
    "Alder", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Keystone",
    "Lantern", "Meadow", "Northwind", "Orchard", "Pinnacle", "Quarry", "Riverside", "Summit", "Tidal",
)  # fmt: skip
COMPANY_TAILS = ("Logistics", "Foods", "Health", "Retail", "Energy", "Mobility", "Textiles", "Media")

AGENT_REPLIES = (
    "Thank you for writing. I am looking into it and will come back to you today.",
    "I could reproduce this on our side. Our engineers have the details now.",
    "Could you send me the exact time and the name of one affected account, please?",
    "We have put a change live that should help. Would you try again, please?",
    "I have no news yet, but you are not forgotten.",
)
REQUESTER_REPLIES = (
    "Is there any news on this?",
    "It still happens, just now again.",
    "The account is the one of our finance lead; it happened at 09:14.",
    "We are losing orders because of this. Please treat it with priority.",
    "It works for some of us, but not for everyone.",
)
INTERNAL_NOTES = (
    "Same pattern as last week; the log shows time-outs of the identity service.",
    "Spoke to them by phone. They are worried about the renewal.",
    "Needs somebody with access to the billing system.",
    "Workaround sent, waiting for the fix.",
)
SOLUTIONS = (
    "The cause was a faulty release; it is withdrawn and everything works again.",
    "I have corrected it. Please write again if anything looks wrong.",
    "This is as designed, but I have passed your wish on to the product team.",
)
ENGINEERING = (
    "Identity service times out under load",
    "Order queue blocks after broker fail-over",
    "Totals are computed before late rows arrive",
    "Importer deletes rows that the file does not name",
    "Attachment viewer crashes on large PDFs",
    "Write endpoints reject requests after schema change",
    "Export job runs out of memory at 10,000 rows",
    "Duplicate contacts after retried sync batch",
    "Push gateway certificate expired",
    "Rate limiter counts pre-flight requests",
    "Importer reads UTF-8 as Latin-1",
    "Nightly aggregation takes four hours",
)
