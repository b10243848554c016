"""What is true of a shop in lines a model can read aloud: hours, fees, areas. Pure: a roster in, English words out."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from bookings.engine.roster import Roster, Service
from bookings.speech import english
from bookings.when import say

Span = tuple[time, time]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SOON_DAYS, _SOON_MOST = 45, 6


def spans(roster: Roster, weekday: int, *, overtime: bool = False) -> list[Span]:
    """Return when somebody who goes alone works on a weekday (0 is Monday), as stretches that do not touch, in order."""
    found = sorted(
        (shift.starts, shift.ends)
        for worker in roster.workers
        if worker.alone
        for shift in worker.shifts
        if shift.weekday == weekday and shift.overtime == overtime
    )
    joined: list[Span] = []
    for starts, ends in found:
        if joined and starts <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((starts, ends))
    return joined


def hours(roster: Roster, *, overtime: bool = False) -> list[str]:
    """Return the week's hours, days alike in one line: "Monday to Friday, 8 AM to 6 PM"."""
    week = [spans(roster, weekday, overtime=overtime) for weekday in range(7)]
    lines, first = [], 0
    for weekday in range(1, 8):
        if weekday < 7 and week[weekday] == week[first]:
            continue
        if week[first]:
            days = _DAYS[first] if first == weekday - 1 else f"{_DAYS[first]} to {_DAYS[weekday - 1]}"
            lines.append(f"{days}, {english.listed([_span(each) for each in week[first]], last='and')}")
        first = weekday
    return lines


def closed_weekdays(roster: Roster) -> str:
    """Return the weekdays on which nobody works regular hours: "Saturday and Sunday", "" for none."""
    return english.listed([_DAYS[weekday] for weekday in range(7) if not spans(roster, weekday)], last="and")


def _span(span: Span) -> str:
    return f"{_clock(span[0])} to {_clock(span[1])}"


def _clock(at: time) -> str:
    return say.clock("en", at)


def is_open(roster: Roster, now: datetime) -> bool:
    """Say whether somebody works regular hours at this moment, on a day the shop is not closed."""
    local = now.astimezone(roster.zone)
    return local.date() not in roster.closures and any(
        starts <= local.time() < ends for starts, ends in spans(roster, local.weekday())
    )


def opens_next(roster: Roster, now: datetime) -> str:
    """Return in words when regular hours begin: "now", "today at 8 AM", "Monday, November 30, at 8 AM"; "" for never."""
    if is_open(roster, now):
        return "now"
    local = now.astimezone(roster.zone)
    for days in range(_SOON_DAYS):
        on = local.date() + timedelta(days=days)
        if on in roster.closures:
            continue
        for starts, _ in spans(roster, on.weekday()):
            if days or starts > local.time():
                return f"{_day(on, local.date())} at {_clock(starts)}"
    return ""


def _day(on: date, today: date) -> str:
    return {0: "today", 1: f"tomorrow, {say.day('en', on, today)},"}.get((on - today).days, f"{say.day('en', on, today)},")


def closed_soon(roster: Roster, now: datetime) -> str:
    """Return the closed days of the coming weeks with their reasons: "Thursday, November 26 (Thanksgiving)"; "" for none."""
    today = now.astimezone(roster.zone).date()
    coming = sorted(on for on in roster.closures if today <= on < today + timedelta(days=_SOON_DAYS))
    return "; ".join(
        say.day("en", on, today) + (f" ({roster.closures[on]})" if roster.closures[on] else "") for on in coming[:_SOON_MOST]
    )


def services(roster: Roster) -> Iterator[str]:
    """Yield a line a service: how it is called, what tools call it, what it costs to come."""
    for each in roster.services:
        spanish = f', in Spanish "{each.name_es}"' if each.name_es and "es" in roster.languages else ""
        yield f'{each.name} (serviceType "{each.key}"{spanish}): {_length(each)}. {fee(each)}'.strip()


def _length(service: Service) -> str:
    if service.days > 1:
        return f"the work takes {service.days} working days"
    if service.minutes < 90:
        return f"usually about {service.minutes} minutes on site"
    halves = round(service.minutes / 30)
    return f"usually about {halves // 2}{' and a half' if halves % 2 else ''} hours on site"


def fee(service: Service) -> str:
    """Return what coming costs: "Fee for coming and looking: $89. After hours: $150 more."; "" where nothing is set."""
    said = []
    if service.fee_cents:
        said.append(f"Fee for coming and looking: {english.dollars(service.fee_cents)}.")
    if service.member_fee_cents is not None and service.member_fee_cents != service.fee_cents:
        member = english.dollars(service.member_fee_cents) if service.member_fee_cents else "nothing"
        said.append(f"With a maintenance plan: {member}.")
    if service.overtime_fee_cents:
        said.append(f"After hours or on a closed day: {english.dollars(service.overtime_fee_cents)} more.")
    return " ".join(said)


def areas(roster: Roster) -> Iterator[str]:
    """Yield a line an area: its name, ZIP codes, days and trip fee. Nothing for a shop that works everywhere."""
    for each in roster.areas:
        days = "" if len(each.weekdays) == 7 else f"; {english.listed(english.weekdays(each.weekdays), last='and')} only"
        trip = f"; trip fee {english.dollars(each.fee_cents)}" if each.fee_cents else ""
        yield f"{each.name}: ZIP {', '.join(_zips(each.zips))}{days}{trip}"


def _zips(codes: Sequence[str]) -> list[str]:
    return [f"{code[:-1]}… (all that begin so)" if code.endswith("*") else code for code in codes]
