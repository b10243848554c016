import pytest

from hvacsched.simulate import report
from hvacsched.simulate.record import Record


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.5, 50), (0.501, 51), (0.99, 99), (0.991, 100), (1.0, 100)]
)  # fmt: skip
def test_percentile_is_the_nearest_rank(share, expected):
    assert report.percentile(list(range(100, 0, -1)), share) == expected


def test_percentile_of_few_values():
    assert report.percentile([7.0], 0.5) == report.percentile([7.0], 0.99) == 7.0
    assert report.percentile([1.0, 9.0], 0.5) == 1.0
    assert report.percentile([1.0, 9.0], 0.99) == 9.0


def test_percentile_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="no values"):
        report.percentile([], 0.5)


def test_failures_are_counted_by_their_reason():
    records = [Record(n, "books", sid=f"CA{n}", phone="", failure="too late" if n < 3 else "") for n in range(5)]
    assert report.of_failures(records) == ["      3 x books: too late"]
    counts = {row[:26].strip(): int(row[26:34]) for row in report.of_calls(records, seconds=2.0)}
    assert (counts["calls"], counts["booked"], counts["failed"]) == (5, 0, 3)


def test_timings_are_in_the_order_of_a_call():
    rows = report.of_timings({"status": [3.0], "inbound": [1.0, 2.0], "something new": [4.0]})
    assert [row.split("  ")[1].strip() for row in rows[1:]] == ["inbound", "status", "something new"]
    assert rows[1].split()[-4:] == ["2", "1.0", "2.0", "2.0"]
