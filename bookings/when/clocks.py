"""What clock times mean: which half of the day an hour without "am" or "pm" belongs to, and what bounds say."""

from dataclasses import dataclass, field, replace
from datetime import time

from bookings.when.facts import Clock, Part
from bookings.when.reading import window_of

# An hour said without "am" or "pm" is read as business hours: 7 to 11 in the morning, 12 and 1 to 6 in the afternoon.
# That is a guess about the clock which holds only where no shop works otherwise; the read-back says the half of the day.
FIRST_MORNING_HOUR = 7
MORNING, AFTERNOON, EVENING = "morning", "afternoon", "evening"


def settled(clock: Clock, part: Part | None) -> time | None:
    """Return the time on a 24-hour clock; a part of the day that was said decides. None when there is no such time."""
    hour, half = clock.hour, clock.half
    if hour > 24 or clock.minute > 59:
        return None
    if not half and not clock.exact and 1 <= hour <= 12:
        half = _half(hour, part)
    elif half and not 1 <= hour <= 12:
        half = ""  # "15:00 pm"
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour % 24, clock.minute) if hour < 24 or clock.minute == 0 else None


def _half(hour: int, part: Part | None) -> str:
    if part is None:
        return "am" if FIRST_MORNING_HOUR <= hour <= 11 else "pm"
    if part.name == MORNING:
        return "pm" if hour == 12 and not part.night else "am"
    if part.night:  # "eleven at night", but also "one at night"
        return "am" if hour == 12 or hour < 4 else "pm"
    return "am" if part.name == AFTERNOON and hour == 11 else "pm"


def contradicts(at: time, part: Part) -> bool:
    """Return whether a time cannot lie in the part of the day said with it."""
    if part.name == MORNING:
        return at > time(12)
    if part.name == AFTERNOON:
        return not time(11) <= at <= time(19)
    return at < time(16)


def pair(first: Clock, second: Clock, part: Part | None) -> tuple[time, time] | None:
    """Return the two ends of "between 8 and 10" or "11 to 1 pm": the half that one names is borrowed where it fits."""
    if first.half and not second.half and not second.exact:
        begins = settled(first, part)
        options = [settled(replace(second, half=half), part) for half in ("am", "pm")]
        return next(((begins, end) for end in options if begins and end and end > begins), None)
    ends = settled(second, part)
    if second.half and not first.half and not first.exact:
        halves = [settled(replace(first, half=half), part) for half in (second.half, "am", "pm")]
        return next(((begin, ends) for begin in halves if begin and ends and begin < ends), None)
    begins = settled(first, part)
    if begins is None or ends is None:
        return None
    if ends <= begins and not second.half and not second.exact:
        later = settled(replace(second, half="pm"), part)
        ends = later if later is not None and later > begins else ends
    if ends <= begins and not first.half and not first.exact and first.hour > 5:  # nobody waits from five in the morning
        earlier = settled(replace(first, half="am"), None)
        begins = earlier if earlier is not None and earlier < ends else begins
    return (begins, ends) if begins < ends else None


@dataclass(slots=True)
class Times:
    """The times of a phrase while it is put together; `choices` are the ones offered side by side ("at 3 or 4")."""

    parts: list[Part] = field(default_factory=list)
    at: list[Clock] = field(default_factory=list)
    after: Clock | None = None
    before: Clock | None = None
    between: tuple[Clock, Clock] | None = None

    def anything(self) -> bool:
        """Return whether any time or part was said."""
        return bool(self.parts or self.at or self.after or self.before or self.between)

    def clocks(self) -> bool:
        """Return whether any clock time was said."""
        return bool(self.at or self.after or self.before or self.between)


@dataclass(frozen=True, slots=True)
class Window:
    """Times as a reading gives them; `odd` when they contradict each other, `none` when there is no such time."""

    part: str | None = None
    at: time | None = None
    not_before: time | None = None
    not_after: time | None = None
    odd: bool = False
    none: bool = False


def window(times: Times) -> Window:
    """Return what all times said together mean."""
    names = {part.name for part in times.parts}
    part = times.parts[-1] if len(names) == 1 else None
    found = Window(part=part.name if part else None)
    if part is not None and not times.clocks():
        narrow = [one for one in times.parts if one.begins is not None or one.ends is not None]
        if narrow:
            hours = [time(hour) if hour else None for hour in (narrow[-1].begins, narrow[-1].ends)]
            found = replace(found, not_before=hours[0], not_after=hours[1])
    exact = [settled(clock, part) for clock in times.at]
    after = settled(times.after, part) if times.after else None
    before = settled(times.before, part) if times.before else None
    if None in exact or (times.after and after is None) or (times.before and before is None):
        return replace(found, none=True)
    told = sorted(at for at in exact if at is not None)
    if len(told) == 1:
        found = replace(found, at=told[0])
    elif told:  # "at 3 or 4"
        found = replace(found, not_before=told[0], not_after=told[-1])
    if after is not None or before is not None:
        found = replace(found, not_before=after or found.not_before, not_after=before or found.not_after)
    if times.between:
        ends = pair(*times.between, part)
        if ends is None:
            return replace(found, odd=True)
        found = replace(found, not_before=ends[0], not_after=ends[1])
    odd = part is not None and any(contradicts(at, part) for at in told)
    if after is not None and before is not None and after >= before:
        odd = True
    lies_in = window_of(found.at, found.not_before, found.not_after)
    if times.clocks() and found.part and lies_in and not odd:  # "las seis de la tarde" is in the evening of a shop
        found = replace(found, part=lies_in)
    return replace(found, odd=odd)
