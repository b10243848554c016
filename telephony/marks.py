"""Numbers whose calls are no customer's: spam and vendors. They are answered like anybody, and kept off lists and numbers.

A mark does not silence: whoever was marked by mistake, or calls from a number that once was spam, may have no heat. A mark
looks back as well: leads of the number are set aside, and its calls are counted as spam, until the mark is taken away.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bookings.services import leads
from telephony import endings
from telephony.models import Call, MarkedNumber

_LOOKS_BACK = timedelta(days=60)
_MOST_CALLS = 200


def is_marked(phone: str, *, shop_id: int) -> bool:
    return bool(phone) and MarkedNumber.objects.filter(shop=shop_id, phone=phone).exists()


def mark(phones: Iterable[str], kind: MarkedNumber.Kind, *, shop_id: int, now: datetime) -> int:
    """Mark numbers of a shop, or change what they are marked as; return how many numbers that were."""
    numbers = {each for each in phones if each}
    for phone in numbers:
        MarkedNumber.objects.update_or_create(
            shop_id=shop_id, phone=phone, defaults={"kind": kind}, create_defaults={"kind": kind, "created_at": now}
        )
        look_back(phone, shop_id=shop_id, now=now)
    return len(numbers)


def unmark(phones: Iterable[str], *, shop_id: int, now: datetime) -> int:
    """Take marks away; return how many there were. Leads that they set aside are open again."""
    taken = 0
    for phone in {each for each in phones if each}:
        gone, _ = MarkedNumber.objects.filter(shop=shop_id, phone=phone).delete()
        if gone:
            taken += 1
            look_back(phone, shop_id=shop_id, now=now)
    return taken


def look_back(phone: str, *, shop_id: int, now: datetime) -> None:
    """Bring the leads and the latest calls of a number in line with whether it is marked."""
    if is_marked(phone, shop_id=shop_id):
        leads.set_aside(shop_id=shop_id, phone=phone)
    else:
        leads.take_back(shop_id=shop_id, phone=phone)
    calls = Call.objects.filter(
        shop=shop_id, from_number=phone, stage=Call.Stage.ENDED, ended_at__gte=now - _LOOKS_BACK
    ).order_by("-ended_at")  # fmt: skip
    for call in calls[:_MOST_CALLS]:
        endings.look_again(call)
