"""What every call to the outside leans on."""

import logging
import threading
import time

import pytest
from cryptography.fernet import Fernet

from wire import backoff, fields, logs
from wire.deadline import Bulkhead, BulkheadFullError, DeadlineExceededError
from wire.later import Later


def test_a_secret_is_read_by_any_listed_key_and_written_by_the_first(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    token = fields.encrypt("1//refresh")
    assert "refresh" not in token
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert fields.decrypt(token) == "1//refresh"
    rotated = fields.rotate(token)
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert fields.decrypt(rotated) == "1//refresh"
    with pytest.raises(fields.UndecipherableError):
        fields.decrypt(token)


def test_the_deadline_holds_whatever_the_far_side_does():
    bulkhead, release = Bulkhead(1), threading.Event()
    begun = time.monotonic()
    with pytest.raises(DeadlineExceededError):
        bulkhead.call(lambda: release.wait(10), seconds=0.1)
    assert time.monotonic() - begun < 5
    # The call goes on and keeps its place, so the next one is turned away at once.
    with pytest.raises(BulkheadFullError):
        bulkhead.call(lambda: 1, seconds=0.1)
    release.set()
    for _ in range(100):
        try:
            assert bulkhead.call(lambda: 1, seconds=1) == 1
            break
        except BulkheadFullError:
            time.sleep(0.02)
    else:
        pytest.fail("the place was never given back")


def test_the_bulkhead_hands_on_what_the_work_raises():
    def fail():
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        Bulkhead(1).call(fail, seconds=1)


def test_backoff_grows_with_jitter_and_has_a_ceiling():
    for attempt, ceiling in ((1, 1), (2, 2), (5, 16), (20, 60), (10_000, 60)):
        delays = {backoff.delay(attempt).total_seconds() for _ in range(50)}
        assert all(ceiling / 2 <= delay <= ceiling for delay in delays)
        assert len(delays) > 10


def test_hints_of_one_kind_that_wait_are_one_and_a_failing_one_stops_nothing():
    later, done = Later(), []

    def broken():
        raise OSError("broker away")

    later.soon("broken", broken)
    for _ in range(5):
        later.soon("a", lambda: done.append("a"))
    later.soon("b", lambda: done.append("b"))
    assert later.wait(5)
    assert done == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    ["call +14155550142 back", "(415) 555-0142", "Bearer abc.def", "token ya29.a0Af", "x?code=4%2F0A&scope=s", "1//0gRefresh"],
)
def test_what_looks_like_a_number_or_a_token_is_masked(text):
    masked = logs.scrub(text)
    assert logs.MASK in masked
    assert not any(part in masked for part in ("4155550142", "555-0142", "abc.def", "a0Af", "4%2F0A", "0gRefresh"))


@pytest.mark.parametrize(
    "text", ["2026-11-24T14:00:00", "0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e", "visit 12 took 1234 ms", "call:0192d3a4-7b1c"]
)
def test_times_and_ids_stay_readable(text):
    assert logs.scrub(text) == text


def test_what_somebody_searched_for_and_rows_postgresql_quotes_are_left_out():
    event = {
        "event": "x",
        "request": "GET /admin/?q=%28212%29+555-0201",
        "exception": "Error: y\nDETAIL:  Key (a)=(12 Main St).\nz",
    }
    assert logs.redact(logging.getLogger(), "info", event) == {
        "event": "x", "request": "GET /admin/", "exception": f"Error: y\nDETAIL: {logs.MASK}\nz",
    }  # fmt: skip


def test_a_careless_log_line_is_masked_by_the_names_of_its_keys():
    event = logs.redact(
        logging.getLogger(), "info",
        {"event": "x", "body": {"a": 1}, "refresh_token": "r", "nested": [{"phone": "5"}], "status_code": 200, "call": "call:1"},
    )  # fmt: skip
    assert event == {
        "event": "x", "body": logs.MASK, "refresh_token": logs.MASK, "nested": [{"phone": logs.MASK}], "status_code": 200,
        "call": "call:1",
    }  # fmt: skip
