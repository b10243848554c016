"""Reads a spoken day and time: the way into this package."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bookings.when import calendar_dates, clocks, days, say
from bookings.when.arrange import Gathered, gather
from bookings.when.combine import combined
from bookings.when.countries import country_of
from bookings.when.facts import Asked, Day
from bookings.when.reading import AMBIGUOUS, EVENING, IMPOSSIBLE, NO_DAY, NOON, PAST, RANGE, UNREADABLE, Reading
from bookings.when.rules import facts_of
from bookings.when.words import signs_of

_MOST_SIGNS = 40  # a phrase about a day is shorter


def read(
    said: str, *, now: datetime, zone: ZoneInfo, country: str = "", standing: datetime | None = None, speak: str = ""
) -> Reading:
    """Return what `said` means to somebody in `zone` at the aware moment `now`.

    `country` is the two-letter code that decides the order of day and month and the holidays, by default the zone's.
    `standing` is the local start of the appointment that is being moved, for "same time next week", "an hour later".
    `speak` is the language of what is said back, "en" or "es"; by default that of the phrase.
    """
    language, signs = signs_of(said)
    local = now.astimezone(zone).replace(tzinfo=None)
    if standing is not None:
        standing = (standing.astimezone(zone) if standing.tzinfo else standing).replace(tzinfo=None)
    asked = Asked(local, country.upper() or country_of(zone), language, standing, speak or language)
    try:
        plainly = _plain_date(said, asked, zone)
        if plainly is not None:
            return plainly
        if not signs or len(signs) > _MOST_SIGNS:
            return _unreadable(asked)
        return _reading(_corrected(signs, asked), asked, zone)
    except (OverflowError, ValueError):  # the calendar ends before the year 10,000
        return Reading(None, problem=IMPOSSIBLE, say=say.ask(asked.speak, IMPOSSIBLE))


def _plain_date(said: str, asked: Asked, zone: ZoneInfo) -> Reading | None:
    text = " ".join(said.split()).strip(" .,;!?")
    if not text[-1:].isalnum() or not any(mark.isdigit() for mark in text):
        return None
    try:
        found = calendar_dates.iso(text, zone) or calendar_dates.plain(text, zone)
    except calendar_dates.NoSuchDateError:
        return Reading(None, problem=IMPOSSIBLE, say=say.ask(asked.speak, IMPOSSIBLE))
    if found is None:
        return None
    return _on_day(Day(on=found.on), clocks.Window(at=found.at), asked, zone)


def _corrected(signs: list[str], asked: Asked) -> Gathered:
    """Return the phrase after its corrections: what comes later counts, what it leaves open stays as it was said before."""
    pieces: list[list[str]] = [[]]
    for position, sign in enumerate(signs):
        inner = 0 < position < len(signs) - 1
        if sign == "fix" or (sign == "no" and inner and pieces[-1]):
            pieces.append([])
        else:
            pieces[-1].append(sign)
    found = [one for one in (gather(facts_of(piece, asked), asked) for piece in pieces if piece) if one.anything()]
    if not found:
        return Gathered(unreadable=True)
    result = found[0]
    for later in found[1:]:
        result = _superseded(result, later, asked)
    return result


def _superseded(before: Gathered, after: Gathered, asked: Asked) -> Gathered:
    if after.unreadable:
        return after
    if before.negated and not before.days() and not before.times.anything():
        after.negated = True  # "I can't, sorry, Tuesday"
    if not after.days():
        after.groups = before.groups
        after.unreadable = before.unreadable
        after.negated = after.negated or before.negated
    elif not before.unreadable and len(after.days()) == len(before.days()) == 1:
        _complete(before.days()[0], after.days()[0], asked)
    if not after.times.anything() and not before.unreadable:
        after.times = before.times
    return after


def _complete(before: list[Day], after: list[Day], asked: Asked) -> None:
    """ "March 5th, sorry, the 6th" stays in March; "Tuesday next week, no, Wednesday" stays in next week."""
    only = after[0]
    if len(after) > 1 or only.problem in (PAST, IMPOSSIBLE):
        return
    month = next((day.month for day in before if day.month), None)
    if only.number and not only.month and month:
        after[0] = days.month_day(asked, month, only.number)
    elif only.weekday is not None and only.floating:
        after.extend(day for day in before if day.period and not day.loose)


def _reading(found: Gathered, asked: Asked, zone: ZoneInfo) -> Reading:
    window = clocks.window(found.times)
    if found.unreadable:
        return _unreadable(asked)
    if window.none and not found.days():
        return _unreadable(asked)
    if window.none:
        return Reading(None, problem=IMPOSSIBLE, say=say.ask(asked.speak, IMPOSSIBLE))
    if found.same_time is not None and asked.standing is not None and not found.times.clocks():
        at = (asked.standing + timedelta(minutes=found.same_time.minutes)).time()
        window = replace(window, at=at.replace(second=0, microsecond=0))
    groups = found.days()
    if found.negated:
        return _stretch(days.soon(asked), window, asked) if groups else _unreadable(asked)
    if not groups:
        said = found.times.anything() or found.midnight or found.same_time is not None
        return _no_day(window, asked) if said else _unreadable(asked)
    day = _one_of([combined(group, asked) for group in _shared(groups)], asked)
    vague = found.midnight or window.odd or (found.same_time is not None and asked.standing is None)
    if vague and day.on is not None:
        day = replace(day, ambiguous=True, problem=AMBIGUOUS)
    return _on_day(day, window, asked, zone)


def _shared(groups: list[list[Day]]) -> list[list[Day]]:
    """Give "next week" in "Monday or Tuesday next week" to both, first or last, and let "any time" give way to a day."""
    named = [group for group in groups if not all(day.loose for day in group)] or groups[:1]
    for end in (named[-1], named[0]) if len(named) > 1 else ():
        stretch = [day for day in end if day.period]
        if stretch and len(end) > len(stretch):
            named = [group if any(day.period for day in group) else group + stretch for group in named]
    return named


def _one_of(options: list[Day], asked: Asked) -> Day:
    """Return the day several alternatives leave: the one they agree on, else none, with the first and last of them."""
    if len(options) == 1:
        return options[0]
    standing = [day for day in options if day.problem not in (PAST, IMPOSSIBLE)]
    if not standing:
        return options[0]
    ons = sorted({on for day in standing for on in (day.on, day.first, day.last) if on})
    if len(ons) == 1 and len(standing) == len(options):
        return standing[0]
    if any(day.period for day in standing):
        return replace(days.span(ons[0], ons[-1]), problem=RANGE)
    return Day(first=ons[0], last=ons[-1], ambiguous=True, problem=AMBIGUOUS)


def _on_day(day: Day, window: clocks.Window, asked: Asked, zone: ZoneInfo) -> Reading:
    """Return the reading of a day with its times: past, impossible, a stretch, a question or a read-back."""
    if day.problem in (PAST, IMPOSSIBLE):
        return Reading(None, window.part, problem=day.problem, say=say.ask(asked.speak, day.problem))
    if day.period:
        return _stretch(day, window, asked)
    when = say.times(asked.speak, window.part, window.at, window.not_before, window.not_after)
    if day.on is None:
        options = [on for on in (day.first, day.last) if on]
        if not options:
            return _unreadable(asked)
        return _told(None, window, asked, say.which(asked.speak, options, asked.today, when), day, AMBIGUOUS)
    on, options = day.on, [option for option in (day.on, day.other) if option]
    if day.floating and on == asked.today and _is_over(window, asked):
        on = on + days.WEEK
        options = [on]
    options = sorted(
        option for option in {on, *options} if option > asked.today or not (option < asked.today or _is_over(window, asked))
    )
    if on not in options:
        return Reading(None, window.part, problem=PAST, say=say.ask(asked.speak, PAST))
    if window.at is not None and _is_skipped(on, window.at, zone):
        return Reading(None, window.part, problem=IMPOSSIBLE, say=say.ask(asked.speak, IMPOSSIBLE))
    if day.ambiguous:
        return _told(on, window, asked, say.which(asked.speak, options, asked.today, when), Day(), AMBIGUOUS)
    return _told(on, window, asked, say.read_back(asked.speak, on, asked.today, when), Day(), "")


def _told(on: date | None, window: clocks.Window, asked: Asked, sentence: str, day: Day, problem: str) -> Reading:
    return Reading(
        on,
        window.part,
        window.at,
        window.not_before,
        window.not_after,
        day.first,
        day.last,
        ambiguous=bool(problem),
        problem=problem,
        say=sentence,
    )


def _stretch(day: Day, window: clocks.Window, asked: Asked) -> Reading:
    when = say.times(asked.speak, window.part, window.at, window.not_before, window.not_after)
    return _told(None, window, asked, say.which_of(asked.speak, day.first, day.last, asked.today, when), day, RANGE)


def _no_day(window: clocks.Window, asked: Asked) -> Reading:
    when = say.times(asked.speak, window.part, window.at, window.not_before, window.not_after)
    return _told(None, window, asked, say.ask(asked.speak, NO_DAY, when), Day(), NO_DAY)


def _unreadable(asked: Asked) -> Reading:
    return Reading(None, problem=UNREADABLE, say=say.ask(asked.speak, UNREADABLE))


def _is_over(window: clocks.Window, asked: Asked) -> bool:
    """Whether the times said are past today."""
    now = asked.now.time()
    if window.at is not None:
        return window.at < now
    if window.not_after is not None:
        return window.not_after <= now
    ends = {clocks.MORNING: NOON, clocks.AFTERNOON: EVENING}.get(window.part or "")
    return ends is not None and ends <= now


def _is_skipped(on: date, at: time, zone: ZoneInfo) -> bool:
    """Whether the clocks go past this local time on this day."""
    moment = datetime.combine(on, at, zone)
    return moment.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None)
