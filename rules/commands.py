"""Commands: what people tell Escalade to do, in the text of a comment, kept without the rest of its words."""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a comment that begins with `#` and a verb, with the words that belong to it."""

    #: The verb in small letters, without `#`. It may be none that Escalade knows: whoever reads it answers that.
    verb: str
    #: What follows it, options aside.
    text: str = ""
    #: `owner: anna` → {"owner": "anna"}; names in small letters.
    options: dict[str, str] = {}
    #: The customer asked with a phrase of the policy; there is no `#` in the text.
    phrase: bool = False
