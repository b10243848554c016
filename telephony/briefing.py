"""What a person who is rung is told of a call before they take it: twenty seconds of it, from what is stored.

In English, as the back office is; a caller who speaks Spanish is announced as one.
"""

import re

from bookings.services import customers
from telephony.models import Call, Emergency, ToolInvocation

LONGEST = 260  # characters, of which a voice speaks some fourteen a second
_LONGEST_PART = 110
_UNSPEAKABLE = re.compile(r"[^\s\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML cannot hold
_WHAT = ("serviceType", "problem", "message")


def of(call: Call) -> str:
    """Return the summary as sentences: who calls whom and why, what is dangerous, what was asked for."""
    said = _said(call)
    name = said.get("customerName") or _customer(call)
    danger = Emergency.objects.filter(call=call, released_at=None).first()
    what = ": ".join(dict.fromkeys(said[key] for key in _WHAT if key in said))
    parts = [
        f"A call for {call.shop.name}",
        f"Emergency: {danger.get_danger_display()}" if danger else "",
        f"The caller is {name}" if name else "",
        "They speak Spanish" if call.language == "es" else "",
        f"They ask for a person: {call.wants_person}" if call.wants_person else "",
        what,
        # Nobody heard what it is about.
        "" if call.wants_person or what else "The assistant could not take it",
    ]
    return _cut(" ".join(f"{_cut(part, _LONGEST_PART).rstrip('.')}." for part in parts if part), LONGEST)


def _said(call: Call) -> dict[str, str]:
    """Return the newest of each argument that the call's tools were given as text."""
    found: dict[str, str] = {}
    for arguments in (
        ToolInvocation.objects.filter(call=call).order_by("-requested_at", "-pk").values_list("arguments", flat=True)
    ):
        for name, value in arguments.items():
            if isinstance(value, str) and value.strip():
                found.setdefault(name, " ".join(_UNSPEAKABLE.sub("", value).split()))
    return found


def _customer(call: Call) -> str:
    """Return the name of whom the number belongs to, if it is one customer's only."""
    people = customers.at(call.from_number, shop_id=call.shop_id)
    return people[0].name if len(people) == 1 else ""


def _cut(text: str, longest: int) -> str:
    """Return at most so many characters, in whole words."""
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0]
