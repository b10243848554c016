"""What people note about things that wait: who has one, until when it is put aside, a note, calls that nobody answered.

Whoever writes names what they saw, so that of two at once neither undoes the other unawares. Owns its statements; needs no lock.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet

from bookings.engine.clock import instant, utc
from bookings.models import Shop, StaffMember
from desk.models import Handling

NO_ANSWER_WAITS = timedelta(minutes=30)
MORNING = time(8)
LONGEST = timedelta(days=90)


class SnoozeError(Exception):
    """The time is none to put something aside until; says why in words."""


def until(choice: str, *, at: str = "", zone: ZoneInfo, now: datetime) -> datetime:
    """Return until when something is put aside: 30, 120 (minutes), morning (8 am tomorrow by the shop's clock), or `at`.

    `at` is a local day and time such as 2026-11-25T14:30; one that the clock skips is the moment after the jump, one it shows
    twice the first. Raises SnoozeError.
    """
    if choice in ("30", "120"):
        return now + timedelta(minutes=int(choice))
    if choice == "morning":
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return _moment(tomorrow, MORNING, zone)
    try:
        local = datetime.fromisoformat(at)
    except ValueError as error:
        raise SnoozeError("Choose a day and a time") from error
    moment = _moment(local.date(), local.time(), zone)
    if moment <= now:
        raise SnoozeError("That time is over: choose one from now on")
    if moment > now + LONGEST:
        raise SnoozeError(f"That is too far ahead: at most {LONGEST.days} days")
    return moment


def _moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    return utc(instant(on, at, zone))


def snooze(shop_id: int, kind: str, key: str, until: datetime | None, *, now: datetime) -> None:
    """Put a thing aside until then, or with None bring it back."""
    _row(shop_id, kind, key).update(snoozed_until=until, updated_at=now)


def no_answer(shop_id: int, kind: str, key: str, *, seen: int, now: datetime) -> bool:
    """Count a call nobody answered and put the thing aside for a while; False where it was counted already since `seen`."""
    rows = _row(shop_id, kind, key).filter(tries=seen)
    return bool(rows.update(tries=F("tries") + 1, tried_at=now, snoozed_until=now + NO_ANSWER_WAITS, updated_at=now))


def give(shop_id: int, kind: str, key: str, to: int | None, *, seen: int | None, now: datetime) -> bool:
    """Let a thing be somebody's, or nobody's; False where it is another's by now than whose it was seen to be."""
    unchanged = Q()
    for each in {seen, to}:
        unchanged |= Q(owner=each) if each is not None else Q(owner__isnull=True)
    return bool(_row(shop_id, kind, key).filter(unchanged).update(owner=to, updated_at=now))


def take(shop_id: int, kind: str, key: str, user_id: int, *, now: datetime) -> None:
    """Let a thing be somebody's, whoever it was given to before: they are at it already."""
    _row(shop_id, kind, key).update(owner=user_id, updated_at=now)


def note(shop_id: int, kind: str, key: str, text: str, *, seen: str, now: datetime) -> bool:
    """Write a note in place of the one that was seen; False where somebody else has written meanwhile."""
    text = " ".join(text.split())[:500]
    return bool(_row(shop_id, kind, key).filter(note__in=[seen, text]).update(note=text, updated_at=now))


def done(shop_id: int, kind: str, key: str, *, by: str, now: datetime) -> None:
    """Remember who marked a thing as done; it is put aside no more, should it come up again."""
    _row(shop_id, kind, key).update(done_by=by[:150], snoozed_until=None, updated_at=now)


def forget(*, now: datetime) -> int:
    """Delete what nobody has touched for the shop's days and that is put aside no more; return how much that was."""
    gone = 0
    for shop in Shop.objects.order_by("pk"):
        old = Handling.objects.filter(shop=shop, updated_at__lt=now - timedelta(days=shop.keep_days))
        gone += old.exclude(snoozed_until__gt=now).delete()[0]
    return gone


def colleagues(shop_ids: list[int]) -> dict[int, list[User]]:
    """Return by shop who works at its desk and may have something, by name; one statement."""
    found: dict[int, list[User]] = {each: [] for each in shop_ids}
    staff = StaffMember.objects.filter(shop__in=shop_ids, role__in=StaffMember.DESK, user__is_active=True).select_related("user")
    for each in staff.order_by("user__first_name", "user__username", "pk"):
        found[each.shop_id].append(each.user)
    return found


def _row(shop_id: int, kind: str, key: str) -> QuerySet[Handling]:
    Handling.objects.bulk_create([Handling(shop_id=shop_id, kind=kind, key=key)], ignore_conflicts=True)
    return Handling.objects.filter(shop=shop_id, kind=kind, key=key)
