"""Fills the coming weeks with turns on call, in rotation. A week somebody has already stays theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction

from bookings.models import OnCallPerson, OnCallTurn, Shop

Rung = OnCallTurn.Rung


@dataclass(frozen=True, slots=True)
class Filled:
    """How many turns were made, and how many weeks had one on their rung, or part of one, already."""

    made: int
    taken: int


def monday(on: date) -> date:
    """Return the Monday of a day's week."""
    return on - timedelta(days=on.weekday())


def fill(
    shop: Shop,
    people: Sequence[OnCallPerson],
    *,
    first: date,
    weeks: int,
    change: time,
    backup: bool = True,
    manager: OnCallPerson | None = None,
) -> Filled:
    """Give out turns from Monday to Monday, changing at an hour of the shop's clock, beginning with the week of `first`.

    Who stands first one week is followed by the next of `people`; with `backup` whoever comes first next week backs them
    up. The rotation goes on after whoever stood first last before. `manager` stands behind them every week.
    """
    ahead = list(people)
    following = _after(shop, ahead, _moment(shop, monday(first), change))
    made = taken = 0
    for week in range(weeks):
        begins = monday(first) + timedelta(weeks=week)
        starts, ends = _moment(shop, begins, change), _moment(shop, begins + timedelta(weeks=1), change)
        wanted: list[tuple[Rung, OnCallPerson]] = []
        if ahead:
            wanted.append((Rung.FIRST, ahead[following % len(ahead)]))
        if backup and len(ahead) > 1:
            wanted.append((Rung.BACKUP, ahead[(following + 1) % len(ahead)]))
        if manager is not None:
            wanted.append((Rung.MANAGER, manager))
        for rung, person in wanted:
            given = _give(shop, person, rung, starts, ends)
            made, taken = made + given, taken + (not given)
            if rung is Rung.FIRST and given:
                following += 1
    return Filled(made, taken)


def _after(shop: Shop, people: list[OnCallPerson], starts: datetime) -> int:
    """Return whose turn it is: whoever comes after the one who stood first last."""
    last = OnCallTurn.objects.filter(shop=shop, rung=Rung.FIRST, starts_at__lt=starts).order_by("-starts_at").first()
    names = [each.pk for each in people]
    return names.index(last.person_id) + 1 if last is not None and last.person_id in names else 0


def _moment(shop: Shop, on: date, at: time) -> datetime:
    """Return an hour of the shop's clock; one that is skipped in spring is the hour after it."""
    return datetime.fromtimestamp(datetime.combine(on, at, shop.zone).timestamp(), shop.zone)


def _give(shop: Shop, person: OnCallPerson, rung: Rung, starts: datetime, ends: datetime) -> bool:
    try:
        with transaction.atomic():
            OnCallTurn.objects.create(shop=shop, person=person, rung=rung, starts_at=starts, ends_at=ends)
    except IntegrityError:  # somebody stands there at that time
        return False
    return True
