"""The rules against a slow and obvious oracle, over random shops, on both sides of the clock changes."""

import os
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from bookings.engine import rules, spread
from bookings.engine.clock import instant, local
from bookings.engine.day import counted
from bookings.engine.rules import Try
from bookings.engine.slots import Candidate, Search
from tests.bookings.engine import oracle
from tests.bookings.engine.plain import DAY, roster
from tests.bookings.engine.shops import situations

# More of them in a long run: HVACSCHED_EXAMPLES=20 multiplies.
MANY = 100 * int(os.environ.get("HVACSCHED_EXAMPLES", "2"))


@pytest.mark.long
@given(situations())
@settings(max_examples=MANY, deadline=None)
def test_windows_are_what_the_oracle_finds(situation):
    look = Search(situation.job, situation.filed())
    found = look.candidates(situation.on, within=situation.within)
    expected = oracle.windows(situation)
    assert {each.start: dict(each.leads) for each in found} == expected
    assert [each.start for each in found] == sorted(expected)


@pytest.mark.long
@given(situations())
@settings(max_examples=MANY, deadline=None)
def test_the_fast_way_and_the_named_rules_agree_on_every_start(situation):
    """Whoever a rule refuses is in no stretch, and whoever none refuses is in one."""
    job, look = situation.job, Search(situation.job, situation.filed())
    day, taken = look.day(situation.on), situation.filed()
    for worker in situation.roster.workers:
        role = job.service.roles[0]
        for start in range(day.starts + 300 * (len(taken.dates) % 3), day.ends, 600):
            refusal = rules.why_not(Try(job, day, worker, role, True, start, taken.on(worker.id, situation.on)))
            assert (refusal is None) == look.may_begin(worker, 0, situation.on, start), (worker, start, refusal)


@pytest.mark.long
@given(situations())
@settings(max_examples=MANY // 2, deadline=None)
def test_every_window_of_every_technician_is_offered_or_refused_by_one_rule(situation):
    look = Search(situation.job, situation.filed())
    whole = look.refused_day(situation.on)
    for candidate in look.candidates(situation.on):
        assert whole is None
        # Whoever's shift begins off this window's grid could still keep the promise: a named window asks them as well.
        named = look.at(situation.on, candidate.start)
        assert named is not None
        assert set(candidate.leads) <= set(named.leads)
        for worker in situation.roster.workers:
            refusal = look.why_not(worker, situation.on, candidate.start)
            assert (refusal is None) == (worker.id in named.workers)


@given(situations())
@settings(max_examples=MANY // 2, deadline=None)
def test_what_is_planned_keeps_buffers_hours_skills_limits_and_drives(situation):
    """Said of the result alone, whatever the engine did to find it."""
    job, filed = situation.job, situation.filed()
    look = Search(job, filed)
    for candidate in look.candidates(situation.on, within=situation.within):
        assert candidate.start >= job.earliest
        for worker_id, start in candidate.leads:
            worker = situation.roster.worker(worker_id)
            begins, ends = start - job.before, start + job.length + job.after
            blocks = filed.on(worker_id, situation.on)
            assert not any(block.start < ends and begins < block.end for block in blocks)
            assert any(
                shift.start <= begins and start + job.length <= shift.end
                for shift in look.day(situation.on).shifts(worker, overtime=job.overtime)
            )
            assert candidate.start <= start <= candidate.start + job.slack
            for before in (block for block in blocks if block.kind == "visit" and block.end <= begins):
                assert begins - before.end >= situation.roster.travel.seconds(before.place, job.place) or any(
                    other.kind == "visit" and before.end < other.end <= begins for other in blocks
                )
            if not job.urgent and worker.most_visits is not None:
                assert counted(blocks, look.day(situation.on))[0] < worker.most_visits


@given(situations(people=True))
@settings(max_examples=MANY // 2, deadline=None)
def test_crews_are_what_the_oracle_finds(situation):
    look = Search(situation.job, situation.filed())
    found = look.candidates(situation.on, within=situation.within)
    if look.crews is None:
        assert {each.start: dict(each.leads) for each in found} == oracle.windows(situation)
        return
    assert {each.start: set(each.workers) for each in found} == oracle.crews(situation)
    for candidate in found:
        for leader in candidate.workers:
            turns = look.crews.turns(
                situation.on, candidate.start, leader, look.crews.others(situation.on, candidate.start, leader)
            )
            assert turns is not None
            service = situation.job.service
            assert len(turns) == len(service.roles) * service.days
            assert len({(turn.worker, turn.on) for turn in turns}) == len(turns)
            assert {turn.worker for turn in turns if turn.role == 0} == {leader}
            assert len({local(turn.start, situation.roster.zone).time() for turn in turns}) == 1 or any(
                # A time that the clock skips on one of the days is the moment after the jump there.
                local(turn.start, situation.roster.zone).utcoffset() != local(turns[0].start, situation.roster.zone).utcoffset()
                for turn in turns
            )


@given(situations())
@settings(max_examples=MANY // 2, deadline=None)
def test_what_is_offered_never_overlaps_and_comes_from_what_was_found(situation):
    look = Search(situation.job, situation.filed())
    found = look.candidates(situation.on, within=situation.within)
    service = situation.job.service
    for chosen in (
        spread.over_day(found, situation.roster, service, situation.within, 3),
        spread.near(found, instant(situation.on, time(12), situation.roster.zone), service, 3),
    ):
        assert len(chosen) <= 3
        assert bool(chosen) == bool(found)
        assert all(each in found for each in chosen)
        assert all(after.start - before.start >= service.arrival_minutes * 60 for before, after in pairwise(chosen))


def test_over_day_offers_a_window_of_each_part_of_the_day():
    shop = roster()
    found = [Candidate(instant(DAY, time(hour), shop.zone), ((1, 0),)) for hour in range(8, 18)]
    chosen = spread.over_day(found, shop, shop.services[0], None, 3)
    assert [local(each.start, shop.zone).hour for each in chosen] == [8, 12, 17]


def test_a_local_time_that_the_clock_skips_is_the_moment_after():
    zone = ZoneInfo("America/New_York")
    assert local(instant(date(2027, 3, 14), time(2, 30), zone), zone).time() == time(3, 30)
    assert datetime.fromtimestamp(instant(date(2026, 11, 1), time(1, 30), zone), UTC).hour == 5
