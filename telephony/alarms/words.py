"""What people on call hear and read of an emergency: class, whom to call back, when. English; nothing a caller said."""

from collections.abc import Sequence
from datetime import datetime

from bookings.models import Shop
from bookings.services import confirmations
from bookings.speech import english
from telephony.models import Emergency

LONGEST = 320  # letters: two segments
TAKE_IT, TAKE_THEM = "Reply 1 to take it.", "Reply 1 to take them."


def text(shop: Shop, emergencies: Sequence[Emergency], *, now: datetime) -> str:
    """Return one text about one or several emergencies, the gravest details of each, within two segments."""
    if len(emergencies) == 1:
        one = emergencies[0]
        return confirmations.gsm(
            f"EMERGENCY at {_short(shop)}: {one.get_danger_display().lower()}. {_call_back(one)}. "
            f"Heard {_when(shop, one.heard_at, now)}. {TAKE_IT}"
        )
    opening = f"{len(emergencies)} EMERGENCIES at {_short(shop)}."
    told: list[str] = []
    for n, each in enumerate(emergencies):
        line = f"{each.get_danger_display()}, {_when(shop, each.heard_at, now)}: {_call_back(each).lower()}."
        left = len(emergencies) - n - 1
        more = f"And {left} more." if left else ""
        if len(confirmations.gsm(" ".join([opening, *told, line, more, TAKE_THEM]))) > LONGEST:
            told.append(f"And {left + 1} more.")
            break
        told.append(line)
    return confirmations.gsm(" ".join([opening, *told, TAKE_THEM]))


def also(shop: Shop, emergency: Emergency, *, now: datetime) -> str:
    """Return the text to whoever had an emergency in which a graver danger was heard just now."""
    return confirmations.gsm(
        f"The emergency you took at {_short(shop)} is now also: {emergency.get_danger_display().lower()}. "
        f"{_call_back(emergency)}. Heard {clock(shop, now)}. Others are told too. {TAKE_IT}"
    )


def over(shop: Shop, emergencies: Sequence[Emergency], *, room: int = LONGEST) -> str:
    """Return who has emergencies, for those who had been told of them, in at most `room` letters; "" where that is too little."""
    lines = [_over(each) for each in emergencies]
    for most in range(len(lines), 0, -1):
        more = f" {len(lines) - most} more are taken." if most < len(lines) else ""
        said = confirmations.gsm(f"{_short(shop)}: {' '.join(lines[:most])}{more} Nothing more to do for you.")
        if len(said) <= room:
            return said
    return ""


def _over(emergency: Emergency) -> str:
    whose = f"caller {emergency.phone}" if emergency.phone else "caller's number withheld"
    what = f"{emergency.get_danger_display().lower()}, {whose}"
    if emergency.released_at is not None:
        return f"{emergency.released_by[:40]} says it is safe ({what})."
    return f"{emergency.acknowledged_by[:40]} took the emergency ({what})."


def spoken(emergency: Emergency) -> str:
    """Return what the alarm's call says of an emergency."""
    heard = clock(emergency.shop, emergency.heard_at)
    return (
        f"Emergency at {emergency.shop.name}. {emergency.get_danger_display()}. Heard at {heard}. "
        f"{'Call back ' + digits(emergency.phone) if emergency.phone else 'The caller withheld the number'}."
    )


def taken(emergency: Emergency) -> str:
    """Return who has an emergency, as it is said to somebody else."""
    at = clock(emergency.shop, emergency.acknowledged_at) if emergency.acknowledged_at else ""
    return f"{emergency.acknowledged_by} took this emergency at {at}"


def clock(shop: Shop, at: datetime) -> str:
    """Return a time of the shop's as it is said."""
    return english.clock(at.astimezone(shop.zone))


def digits(number: str) -> str:
    """Return a telephone number to be spoken figure by figure, in groups."""
    bare = number.removeprefix("+1") if len(number) == 12 and number.startswith("+1") else number.removeprefix("+")
    groups = [bare[:3], bare[3:6], bare[6:]] if len(bare) == 10 else [bare]
    return ", ".join(" ".join(group) for group in groups if group)


def _call_back(emergency: Emergency) -> str:
    return f"Call back {emergency.phone}" if emergency.phone else "Number withheld"


def _when(shop: Shop, at: datetime, now: datetime) -> str:
    local = at.astimezone(shop.zone)
    day = "" if local.date() == now.astimezone(shop.zone).date() else f"{local:%a} "
    return f"{day}{clock(shop, at)}"


def _short(shop: Shop) -> str:
    return shop.name[:40].strip()
