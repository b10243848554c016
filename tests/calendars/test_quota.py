"""Google's limits: kept to, heard when they are hit, shared fairly; and nothing is lost or doubled by it."""

import time
from datetime import timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.utils import timezone
from google.oauth2.credentials import Credentials

from bookings.models import Booking, Visit
from calendars import enqueue
from calendars.google import client, errors, quota
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Slow, Urgency
from calendars.models import CalendarConnection, EventMirror
from calendars.services import push, work
from tests.calendars.conftest import again, at, book, connected, drain, start_of, workday
from tests.factories import TechnicianFactory, a_shop
from wire.later import later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limited(google, connection):
    """Google counts from now on; settings are put back for the tests that follow."""

    def limit(**limits):
        google.post("settings", **limits)
        return google.post("quota")

    yield limit
    limit(quota_per_minute_project=None, quota_per_minute_user=None)


@pytest.fixture
def count(google):
    return lambda: google.http.get(f"{google.url}/_control/quota").json()


def books(shop, now, number):
    """That many visits, three a day."""
    days = [workday(now, 2 + 7 * week) for week in range(8)]
    slots = [(on, hour) for on in days for hour in (8, 11, 14)]
    return [book(shop, now, hour, origin=f"call:{n}", on=on) for n, (on, hour) in enumerate(slots[:number])]


def due_at():
    """When the only calendar's next turn may come."""
    at = CalendarConnection.objects.get().push_not_before
    assert at is not None
    return at


def queued(queue):
    assert later.wait(5)
    with redis.Redis.from_url(django_settings.REDIS_URL) as broker:
        return len(broker.lrange(queue, 0, -1))


def test_a_users_limit_is_kept_to_and_the_worker_goes_away_instead_of_waiting(
    google, shop, connection, now, settings, limited, count
):
    settings.GOOGLE_REQUESTS_PER_MINUTE_PER_USER = 10
    limited(quota_per_minute_user=10)
    books(shop, now, 6)
    began = time.monotonic()
    drain(connection)
    assert time.monotonic() - began < 3
    assert count()["refused"] == {}
    written = len(google.events())
    assert 1 <= written < 6
    assert (due := due_at()) > timezone.now()
    assert CalendarConnection.objects.get().push_failures == 0
    assert set(EventMirror.objects.values_list("attempts", "last_error")) == {(0, "")}  # nothing is held against the events
    assert work.of_connection(connection.pk, now=timezone.now()) == []
    assert len(work.of_connection(connection.pk, now=due)) == 6 - written


def test_a_short_wait_is_waited_in_place(google, shop, connection, now, settings, limited, count):
    settings.GOOGLE_REQUESTS_PER_MINUTE = 120
    settings.GOOGLE_REQUESTS_PER_MINUTE_PER_USER = 240
    limited(quota_per_minute_project=120)
    books(shop, now, 9)
    began = time.monotonic()
    drain(connection)
    assert 0.3 < time.monotonic() - began < 5
    assert count()["refused"] == {}
    assert len(google.events()) >= 7


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, "userRateLimitExceeded"), (403, "rateLimitExceeded"), (403, "quotaExceeded"), (429, "rateLimitExceeded"), (429, "x")],
)
def test_403_and_429_for_want_of_quota_are_one_and_the_wait_google_names_is_kept(
    google, shop, connection, now, count, status, reason
):
    books(shop, now, 2)
    google.fault(method="POST", status=status, reason=reason, retry_after=20, count=1)
    drain(connection)
    left = due_at() - timezone.now()
    assert timedelta(seconds=19) < left <= timedelta(seconds=30)
    # All other workers know, whatever the row says.
    CalendarConnection.objects.update(push_not_before=None)
    EventMirror.objects.update(next_attempt_at=None)
    google.post("quota")
    drain(connection)
    assert count() == {"passed": 0, "refused": {}}
    assert due_at() - timezone.now() > timedelta(seconds=18)


def test_one_users_refusal_leaves_the_others_alone_and_the_projects_stops_all(google, shop, connection, now, count):
    kim, lee = (
        connected(google, TechnicianFactory(shop=shop, name=name), f"{name}@example.com") for name in ("kim", "lee")
    )  # fmt: skip
    error = GoogleError(Verdict.RETRY, "userRateLimitExceeded", 403, retry_after=30)
    assert quota.slow_down(Purse(shop.pk, connection.pk, Urgency.NOW), error) == pytest.approx(30, abs=1)
    assert quota.wait(Purse(shop.pk, kim.pk, Urgency.NOW)) < 0.2
    error = GoogleError(Verdict.RETRY, "rateLimitExceeded", 429, retry_after=30)
    for each in (connection, kim):
        quota.slow_down(Purse(shop.pk, each.pk, Urgency.NOW), error)
    with pytest.raises(Slow) as slow:
        quota.wait(Purse(shop.pk, lee.pk, Urgency.NOW))
    assert slow.value.verdict is Verdict.RETRY
    assert slow.value.retry_after == pytest.approx(30, abs=1)


def test_other_refusals_slow_nobody_down(google, shop, connection):
    for status, reason in ((403, "forbidden"), (404, "notFound"), (503, "backendError")):
        assert quota.slow_down(Purse(shop.pk, connection.pk, Urgency.NOW), errors.judge(status, reason)) is None
    assert quota.wait(Purse(shop.pk, connection.pk, Urgency.NOW)) < 0.2


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"])
def test_a_change_that_is_refused_for_want_of_quota_is_not_dropped(google, shop, connection, now, reason):
    """Lesson 14: changes that were refused for want of quota were dropped without a word."""
    visit = book(shop, now)
    drain(connection)
    book(shop, now, 13)
    google.fault(method="PUT", status=403, reason=reason, count=1)
    drain(connection)
    assert start_of(google.events()[0]) == at(workday(now), 9)
    mirror = EventMirror.objects.get()
    assert (mirror.pushed_version, again(visit).version, mirror.blocked_reason) == (1, 2, "")
    later_on = timezone.now() + timedelta(minutes=20)
    assert [item.mirror for item in work.of_connection(connection.pk, now=later_on)] == [mirror.pk]
    time.sleep(1.1)  # the first wait is a second at most
    CalendarConnection.objects.update(push_not_before=None)
    EventMirror.objects.update(next_attempt_at=None)
    drain(connection)
    assert start_of(google.events()[0]) == at(workday(now), 13)


def test_nothing_is_inserted_without_an_id_of_ours(google, connection):
    with (
        client.Calendar("sam@example.com", Credentials(token="t"), label=1) as calendar,
        pytest.raises(ValueError, match="without an id"),
    ):
        calendar.insert({"summary": "x"})


def test_a_retried_insert_has_the_id_of_the_first(google, shop, connection, now):
    """Lesson 14: an insert without an id of its own was doubled by its retry."""
    book(shop, now)
    google.fault(method="POST", status=503, after=True, count=1)
    drain(connection)
    [first] = google.events()
    CalendarConnection.objects.update(push_not_before=None)
    EventMirror.objects.update(next_attempt_at=None)
    drain(connection)
    assert [event["id"] for event in google.events()] == [first["id"]]


def test_google_counts_each_connection_as_a_user_of_its_own_whatever_account_it_asks_with(google, connection, limited, count):
    """As with a service account, which asks for all technicians."""
    limited(quota_per_minute_user=3)
    token = google.grant()["access_token"]
    for label in (1, 2):
        with client.Calendar("sam@example.com", Credentials(token=token), label=label) as calendar:
            for _ in range(3):
                calendar.first()
    assert count() == {"passed": 6, "refused": {}}


def test_a_turn_is_bounded_and_the_rest_stands_at_the_end_of_the_queue(google, shop, connection, now):
    books(shop, now, 24)
    before = queued("calendar-backlog")
    drain(connection)
    assert len(google.events()) == push.EVENTS_A_TURN == 20
    assert queued("calendar-backlog") == before + 1
    drain(connection)
    assert len(google.events()) == 24
    assert queued("calendar-backlog") == before + 1


def test_the_sweep_serves_shops_in_turn_and_in_a_shop_who_waited_longest(google, shop, connection, now):
    big = [connection, *(connected(google, TechnicianFactory(shop=shop), f"t{n}@example.com") for n in range(2))]
    small_shop = a_shop(technicians=1)
    small = connected(google, small_shop.technicians.get(), "kim@example.com")
    for n in range(3):
        book(shop, now, origin=f"call:{n}")
    book(small_shop, now, origin="call:9")
    assert work.idle_connections(now=timezone.now()) == [big[0].pk, small.pk, big[1].pk, big[2].pk]
    CalendarConnection.objects.filter(pk=big[0].pk).update(push_not_before=timezone.now())  # its turn ended a moment ago
    assert work.idle_connections(now=timezone.now()) == [big[1].pk, small.pk, big[2].pk, big[0].pk]
    assert work.idle_connections(now=timezone.now(), most=2) == [big[1].pk, small.pk]


def test_a_sweep_enqueues_no_more_than_google_allows_until_the_next(google, shop, connection, now, settings):
    for n in range(8):
        connected(google, TechnicianFactory(shop=shop), f"t{n}@example.com")
    for n in range(9):
        book(shop, now, origin=f"call:{n}")
    settings.GOOGLE_REQUESTS_PER_MINUTE = 12
    before = queued("calendar-backlog")
    push.sweep(now=timezone.now())
    assert queued("calendar-backlog") == before + quota.requests_in(enqueue.PUSH_SWEEP_SECONDS) == before + 4


def test_what_was_arranged_a_moment_ago_is_written_before_what_waited(google, shop, connection, now):
    old = books(shop, now, 3)
    Booking.objects.update(updated_at=now - timedelta(hours=1))
    fresh = book(shop, now, 15, origin="call:9", on=workday(now, 50))
    assert [item.visit for item in work.of_connection(connection.pk, now=timezone.now())] == [
        fresh.pk, *(visit.pk for visit in sorted(old, key=lambda visit: visit.starts_at)),
    ]  # fmt: skip


def test_each_event_takes_the_same_statements(google, shop, connection, now, django_assert_num_queries):
    """To find the work and the calendar, to hold and give back the lease, to look twice; and six for each event."""
    books(shop, now, 4)
    Visit.objects.filter(pk__in=Visit.objects.order_by("pk").values("pk")[1:]).update(status="ended")
    with django_assert_num_queries(8 + 6):
        drain(connection)
    Visit.objects.filter(status="ended").update(status="active")
    with django_assert_num_queries(8 + 3 * 6):
        drain(connection)


def test_while_google_is_known_to_be_away_nobody_asks_and_nothing_is_held_against_the_events(
    google, shop, connection, now, count
):
    book(shop, now)
    google.fault(status=503)
    for _ in range(8):
        drain(connection)
        CalendarConnection.objects.update(push_not_before=None)
        EventMirror.objects.update(next_attempt_at=None)
    google.post("quota")
    before = EventMirror.objects.get().attempts
    drain(connection)
    assert count()["passed"] == 0
    assert EventMirror.objects.get().attempts == before == 8
    assert timedelta(seconds=1) < due_at() - timezone.now() <= timedelta(seconds=5)


def test_a_hint_of_one_shop_serves_another_that_waits_behind_it(google, shop, connection, now):
    small_shop = a_shop(technicians=1)
    connected(google, small_shop.technicians.get(), "kim@example.com")
    book(shop, now)
    CalendarConnection.objects.update(push_not_before=timezone.now())
    book(small_shop, now, origin="call:9")
    push.drain_technician(connection.technician_id, clock=timezone.now)
    assert [len(google.events(calendar)) for calendar in ("sam@example.com", "kim@example.com")] == [1, 1]
