"""The rules once more, slow and obvious: every start tried minute by minute, nothing shared with the engine but values."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product

# What is asked of one technician's day again and again, is worked out once a situation.
once = lru_cache(maxsize=200)


def at(zone, on, local):
    return int(datetime.combine(on, local, tzinfo=zone).timestamp())


def windows(situation, on=None):
    """Return {window: {technician: planned start}} of a day for work of one person and day."""
    job, roster, on = situation.job, situation.roster, on or situation.on
    found: dict[int, dict[int, int]] = {}
    if not day_is_open(situation, on):
        return found
    for worker in roster.workers:
        for shift_starts, _ in shifts(situation, worker.id, on):
            window = shift_starts
            while window < shift_starts + 86_400:
                if asked_for(situation, window):
                    start = planned(situation, worker, job.service.roles[0], on, window, shift_starts, leads=True)
                    if start is not None:
                        mine = found.setdefault(window, {})
                        mine[worker.id] = min(start, mine.get(worker.id, start))
                window += roster.step_minutes * 60
    return found


def asked_for(situation, window):
    inside = situation.within is None or situation.within.start <= window < situation.within.end
    return inside and window >= situation.job.earliest


def day_is_open(situation, on):
    job, roster = situation.job, situation.roster
    midnight, next_midnight = at(roster.zone, on, time.min), at(roster.zone, on + timedelta(days=1), time.min)
    if on in roster.closures and not any(shifts(situation, worker.id, on) for worker in roster.workers):
        return False
    if job.weekdays is not None and on.weekday() not in job.weekdays:
        return False
    routine = job.urgency.value == "routine"
    cutoff = roster.same_day_cutoff
    if routine and cutoff is not None and midnight <= job.now < next_midnight and job.now >= at(roster.zone, on, cutoff):
        return False
    if routine and not job.priority:
        shares = [
            each.percent
            for each in roster.holdbacks
            if each.covers(on) and job.now < at(roster.zone, on, each.released_at)
        ]  # fmt: skip
        if shares:
            capacity = free = 0
            for worker in roster.workers:
                minutes = {
                    minute
                    for starts, ends in shifts(situation, worker.id, on, overtime=False)
                    for minute in range(starts, ends, 60)
                }  # fmt: skip
                capacity += len(minutes - taken(situation, worker.id, on, visits=False))
                free += len(minutes - taken(situation, worker.id, on))
            small = job.minutes <= 240 and len(job.service.roles) == 1
            if small and capacity and (free - job.minutes) * 100 < capacity * max(shares):
                return False
    return True


def near(situation, on, block):
    """What lies more than four hours outside of the day is not looked at."""
    zone = situation.roster.zone
    opens, closes = at(zone, on, time.min) - 4 * 3600, at(zone, on + timedelta(days=1), time.min) + 4 * 3600
    return block.start < closes and block.end > opens


@once
def blocks(situation, worker_id, on):
    return [block for block in situation.taken[worker_id] if near(situation, on, block)]


@once
def taken(situation, worker_id, on, visits=True):
    """Return every minute of the day that something takes; with visits or without."""
    return {
        minute
        for block in blocks(situation, worker_id, on)
        if visits or block.kind != "visit"
        for minute in range(block.start, block.end, 60)
    }


@once
def shifts(situation, worker_id, on, overtime=None):
    """Return the shifts of the day as (start, end), those that touch joined."""
    job, roster = situation.job, situation.roster
    if overtime is None:
        overtime = job.urgency.value != "routine" and not job.service.regular_hours_only
    spans = []
    for shift in roster.worker(worker_id).shifts:
        if shift.weekday != on.weekday() or (shift.overtime and not overtime):
            continue
        if on in roster.closures and not shift.overtime:
            continue
        spans.append((at(roster.zone, on, shift.starts), at(roster.zone, on, shift.ends)))
    minutes = sorted({minute for starts, ends in spans for minute in range(starts, ends, 60)})
    joined: list[tuple[int, int]] = []
    for minute in minutes:
        if joined and joined[-1][1] == minute:
            joined[-1] = (joined[-1][0], minute + 60)
        else:
            joined.append((minute, minute + 60))
    return joined


def planned(situation, worker, role, on, window, shift_starts, *, leads):
    """Return the first start from the window on, on five minutes after it, that every rule allows."""
    job = situation.job
    alone = len(job.service.roles) == 1 and job.service.days == 1
    slack = job.service.arrival_minutes * job.roster.latest_start_percent // 100 // 5 * 5 * 60 if alone else 0
    if may(situation, worker, role, on, window, shift_starts, leads=leads):
        return window
    start = -(-(window + 1) // 300) * 300
    while start <= window + slack:
        if may(situation, worker, role, on, start, shift_starts, leads=leads):
            return start
        start += 300
    return None


def may(situation, worker, role, on, start, shift_starts, *, leads):
    job, roster = situation.job, situation.roster
    day = shifts(situation, worker.id, on)
    if leads and (not worker.alone or (job.only is not None and worker.id not in job.only)):
        return False
    for skill in role.skills:
        if skill not in worker.skills or (worker.skills[skill] or date.max) < on:
            return False
    begins, over = start - job.service.setup_minutes * 60, start + job.minutes * 60
    ends = over + job.service.buffer_minutes * 60
    if not any(opens == shift_starts and opens <= begins and over <= closes for opens, closes in day):
        return False
    busy = taken(situation, worker.id, on)
    if any(minute in busy for minute in range(begins, ends, 60)):
        return False
    midnight, next_midnight = at(roster.zone, on, time.min), at(roster.zone, on + timedelta(days=1), time.min)
    visits = [block for block in blocks(situation, worker.id, on) if block.kind == "visit"]
    today = [block for block in visits if midnight <= block.start < next_midnight]
    if job.urgency.value == "routine":
        if worker.most_visits is not None and len(today) + 1 > worker.most_visits:
            return False
        planned_minutes = sum(block.end - block.start for block in today) // 60 + (ends - begins) // 60
        if worker.most_minutes is not None and planned_minutes > worker.most_minutes:
            return False
    return reaches(job, worker, busy, visits, day, begins, over, ends)


def reaches(job, worker, busy, visits, day, begins, over, ends):
    first, last = day[0][0], day[-1][1]
    longest = job.roster.longest_drive_minutes * 60

    def drive(place):
        return job.roster.travel.seconds(place, job.place)

    def free(begin, end):
        return 60 * sum(minute not in busy for minute in range(begin, end, 60))

    before = sorted((block.end, block.start, block.place or (), block) for block in visits if block.end <= begins)
    after = sorted((block.start, block.end, block.place or (), block) for block in visits if block.start >= ends)
    legs = []
    if before:
        came = before[-1][3]
        if drive(came.place) > free(came.end, begins):
            return False
        if came.end > first:
            legs.append(drive(came.place))
    if not before or before[-1][0] <= first:
        legs.append(drive(worker.base))
        if worker.day_starts.value != "first_job" and drive(worker.base) > free(first, begins):
            return False
    if after:
        goes = after[0][3]
        if drive(goes.place) > free(ends, goes.start):
            return False
        if goes.start < last:
            legs.append(drive(goes.place))
    if not after or after[0][0] >= last:
        legs.append(drive(worker.base))
        if worker.day_starts.value != "first_job" and over + drive(worker.base) > last:
            return False
    return max(legs) <= longest


def crews(situation):
    """Return {window: {leader}} for work of several people or days: every combination of people tried."""
    roster, service = situation.roster, situation.job.service
    found: dict[int, set[int]] = {}
    if not day_is_open(situation, situation.on):
        return found
    for leader in roster.workers:
        dates = following(situation, leader)
        if dates is None:
            continue
        for shift_starts, _ in shifts(situation, leader.id, situation.on):
            window = shift_starts
            while window < shift_starts + 86_400:
                local = datetime.fromtimestamp(window, roster.zone)
                # The leader begins in the shift that the window is counted from, as who works alone does.
                begins = may(situation, leader, service.roles[0], situation.on, window, shift_starts, leads=True)
                if begins and asked_for(situation, window) and local.date() == situation.on:
                    others = [worker for worker in roster.workers if worker.id != leader.id]
                    for people in product(others, repeat=len(service.roles) - 1):
                        if len({person.id for person in people}) == len(people) and all(
                            exactly(situation, person, role, on, window, local.time(), leads=number == 0)
                            for on in dates
                            for number, (person, role) in enumerate(zip([leader, *people], service.roles, strict=True))
                        ):
                            found.setdefault(window, set()).add(leader.id)
                            break
                window += roster.step_minutes * 60
    return found


def exactly(situation, worker, role, on, window, local, *, leads):
    start = window if on == situation.on else at(situation.roster.zone, on, local)
    return any(
        may(situation, worker, role, on, start, opens, leads=leads)
        for opens, closes in shifts(situation, worker.id, on)
        if opens <= start < closes
    )


def following(situation, leader):
    dates = [situation.on]
    while len(dates) < situation.job.service.days:
        next_day = next(
            (
                on
                for on in (dates[-1] + timedelta(days=n) for n in range(1, 5))
                if shifts(situation, leader.id, on, overtime=False)
            ),
            None,
        )
        if next_day is None or not day_is_open(situation, next_day):
            return None
        dates.append(next_day)
    return dates
