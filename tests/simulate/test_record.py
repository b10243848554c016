"""What a caller was told adds up over the calls about one matter."""

import pytest

from hvacsched.simulate import report
from hvacsched.simulate.answers import Answer
from hvacsched.simulate.record import Record


def answer(state, **body):
    return Answer("tool", state, "Said.", (), {"state": state, **body}, "")


def stands(state="booked", day=1, reference="HV-1"):
    return answer(state, bookingId="b", reference=reference, scheduledDate=f"2026-12-{day:02}T09:00:00-05:00")


CANCELLED = answer("cancelled", bookingId="b", cancelledReference="HV-1")
HELD = answer("held", slotId="S-1", startsAt="2026-12-01T09:00:00-05:00", endsAt="", expiresAt="")


def record(*answers, later=(), **how):
    return Record(1, "books", sid="CA1", phone="+12125550300", answers=list(answers), later=list(later), **how)


def test_the_last_call_says_where_a_booking_stands():
    whole = record(stands(), later=[record(stands("moved", day=8))])
    assert [claim.starts_at.day for claim in whole.at_last.values()] == [8]
    assert [claim.starts_at.day for claim in whole.standing.values()] == [1]
    assert (whole.must_come_to, whole.later[0].must_come_to) == ("booked", "moved")
    assert whole.cancelled == set()


def test_what_is_cancelled_stands_no_more():
    whole = record(stands(), later=[record(CANCELLED)])
    assert (whole.at_last, whole.cancelled) == ({}, {"HV-1"})
    assert list(whole.standing) == ["HV-1"]
    assert (whole.later[0].must_come_to, whole.later[0].must_leave) == ("cancelled", "")


def test_another_booking_survives_a_cancellation():
    assert list(record(stands(), stands(reference="HV-2"), later=[record(CANCELLED)]).at_last) == ["HV-2"]


def test_a_hold_is_no_booking():
    gone = record(HELD, lead="no_time")
    assert (gone.at_last, gone.must_come_to, gone.must_leave) == ({}, "answered", "no_time")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("calls", 4), ("of these called again", 2), ("booked", 2), ("of these held first", 1), ("of these moved", 1),
        ("cancelled", 1),
    ],
)  # fmt: skip
def test_the_table_counts_matters_not_telephone_calls(name, count):
    records = [
        record(HELD, stands()), record(HELD), record(stands(), later=[record(stands("moved", day=8))]),
        record(stands(), later=[record(CANCELLED)]),
    ]  # fmt: skip
    rows = {row[:26].strip(): int(row[26:34]) for row in report.of_calls(records, seconds=2.0)}
    assert rows[name] == count
