"""Who did something, in people's words, from the core's opaque word for it: call:…, desk:user, calendar:who, clock, seed:…"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User

# What users are called, by their user name.
People = Mapping[str, str]


def called(user: User) -> str:
    return user.get_full_name() or user.get_username()


def people(bys: Iterable[str]) -> dict[str, str]:
    """Return what the users among these are called. One statement; none where no user is among them."""
    users = {_who(by) for by in bys if by.startswith("desk:")}
    found = User.objects.filter(username__in=users) if users else []
    return {user.get_username(): called(user) for user in found}


def name(by: str, known: People) -> str:
    """Return who it was, where that stands alone."""
    match by.partition(":")[0], _who(by):
        case "call", _:
            return "Phone call"
        case "desk", who:
            return known.get(who, who) or "Desk"
        case "calendar", who:
            return f"{who} in Google" if who else "Google Calendar"
        case "clock", _:
            return "By itself"
        case "seed", _:
            return "Demo data"
    return by


def phrase(by: str, known: People) -> str:
    """Return the same behind what was done: moved by Dee Day, booked on the phone; "" for what happens by itself."""
    match by.partition(":")[0], _who(by):
        case "call", _:
            return "on the phone"
        case "calendar", "":
            return "through Google Calendar"
        case "clock", _:
            return ""
        case "seed", _:
            return "as demo data"
    return f"by {name(by, known)}"


def _who(by: str) -> str:
    return by.split(":")[1] if ":" in by else ""  # behind it stands which form of theirs it was
