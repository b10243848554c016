"""Push channels: opened, replaced, stopped; and what comes in by them, Google's and strangers'."""

import hashlib
import threading
import time
from datetime import timedelta

import pytest
import redis
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import Concern
from calendars.models import CalendarConnection, ReadCalendar, WatchChannel
from calendars.services import channels, pull, tokens
from tests.calendars.conftest import at, book, drain, read, workday
from tests.calendars.test_pull import timed
from wire.later import later

pytestmark = pytest.mark.django_db(transaction=True)
State = WatchChannel.State
DAY = timedelta(days=1)


@pytest.fixture
def queue(settings):
    """What was enqueued for the readers."""
    later.wait(5)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("calendar-reads")

        def asked(task="pull_calendar"):
            assert later.wait(5)
            return sum(f"calendars.tasks.{task}" in str(message) for message in broker.lrange("calendar-reads", 0, -1))

        yield asked


@pytest.fixture
def watched(google, connection, live_server, settings):
    """A connected calendar with an open channel to a real web server of ours."""
    settings.SERVER_URL = live_server.url
    return tend(timezone.now())


def tend(now):
    """A sweep and what it enqueues; return the newest channel."""
    channels.sweep(now=now)
    for pk in WatchChannel.objects.filter(state=State.OPENING, token_digest="").values_list("pk", flat=True):
        channels.open_one(pk, clock=lambda: now)
    for pk in WatchChannel.objects.filter(state=State.STOPPING).values_list("pk", flat=True):
        channels.stop_one(pk, clock=lambda: now)
    return WatchChannel.objects.order_by("-pk").first()


def at_google(google):
    return google.http.get(f"{google.url}/_control/channels").json()["channels"]


def notify(channel, token, **changed):
    headers = {
        "X-Goog-Channel-ID": str(channel.channel_id), "X-Goog-Channel-Token": token, "X-Goog-Message-Number": "7",
        "X-Goog-Resource-ID": channel.resource_id, "X-Goog-Resource-State": "exists",
    } | changed  # fmt: skip
    return Client(enforce_csrf_checks=True).post("/webhook/google", data=b"", content_type="text/plain", headers=headers)


def an_open_channel(connection):
    """Return a channel and its token."""
    calendar = ReadCalendar.objects.get(connection=connection)
    token = "its-own-secret"
    return WatchChannel.objects.create(
        shop_id=calendar.shop_id, calendar=calendar, token_digest=hashlib.sha256(token.encode()).hexdigest(),
        resource_id="resource", state=State.OPEN, expires_at=timezone.now() + DAY,
    ), token  # fmt: skip


def test_a_channel_is_opened_as_google_grants_it_and_its_token_is_kept_by_nobody(google, watched, settings):
    [there] = at_google(google)
    assert there["address"] == f"{settings.SERVER_URL}/webhook/google"
    assert (watched.state, str(watched.channel_id), watched.resource_id) == (State.OPEN, there["id"], there["resource_id"])
    assert round(watched.expires_at.timestamp() * 1000) == there["expiration"]
    assert len(there["token"]) >= 40
    row = str(WatchChannel.objects.values().get())
    assert there["token"] not in row
    assert hashlib.sha256(there["token"].encode()).hexdigest() in row
    tend(timezone.now())
    assert len(at_google(google)) == 1


def test_a_channel_is_asked_for_and_stopped_out_of_the_shops_own_share(google, shop, watched, connection, settings):
    """Two shops on one Google project: who opens many channels at once takes nothing of the other's."""
    share = f"quota:google:share:1:{shop.pk}"  # of those who read
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        assert broker.delete(share) == 1
        assert broker.exists("quota:google:share:1:0") == 0
        WatchChannel.objects.update(state=State.STOPPING)
        channels.stop_one(watched.pk, clock=timezone.now)
        assert broker.delete(share) == 1
        WatchChannel.objects.update(state=State.OPEN)
        channels.stop_all(connection, credentials=tokens.StoredCredentials(connection.pk, clock=timezone.now))
        assert broker.delete(share) == 1
        assert broker.exists("quota:google:share:1:0") == 0


def test_what_google_grants_counts_and_not_what_was_asked_for(google, connection, live_server, settings):
    """Lesson 12: channels lapse."""
    settings.SERVER_URL = live_server.url
    google.post("settings", channel_max_seconds=3600)
    channel = tend(timezone.now())
    google.post("settings", channel_max_seconds=604_800)
    assert timedelta(minutes=59) < channel.expires_at - timezone.now() <= timedelta(hours=1)


def test_a_channel_is_replaced_before_it_ends_by_one_with_another_id(google, watched):
    """Lesson 12: channels lapse, and one whose row was written over can never be stopped."""
    first = watched
    assert tend(first.expires_at - DAY - timedelta(minutes=1)) == first
    now = first.expires_at - DAY + timedelta(minutes=1)
    channels.sweep(now=now)
    second = WatchChannel.objects.get(state=State.OPENING)
    first.refresh_from_db()
    assert first.state == State.OPEN
    channels.open_one(second.pk, clock=timezone.now)
    assert len(at_google(google)) == 2  # both live for a moment: better twice than never
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.STOPPING, State.OPEN)
    assert first.channel_id != second.channel_id
    channels.stop_one(first.pk, clock=timezone.now)
    first.refresh_from_db()
    assert first.state == State.ENDED
    assert [each["id"] for each in at_google(google)] == [str(second.channel_id)]


def test_a_change_in_google_is_a_concern_within_seconds(google, shop, connection, watched, now, queue):
    """Lesson 11: Google's own POST, with an empty body, all said in headers."""
    visit = book(shop, now)
    drain(connection)
    read(connection)
    wait_until(lambda: not told_since(ReadCalendar.objects.get().read_at))
    google.write(timed(workday(now), 10))
    wait_until(lambda: told_since(ReadCalendar.objects.get().read_at))
    assert queue() >= 1
    read(connection)
    concern = Concern.objects.get()
    assert (concern.kind, concern.visit_id) == (Concern.Kind.BUSY_OVER_VISIT, visit.pk)


def told_since(moment):
    return ReadCalendar.objects.filter(told_at__gt=moment).exists()


def wait_until(holds):
    until = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_lost_notification_is_found_by_the_next_turn(google, connection, watched, now):
    google.post("settings", drop_notifications=True)
    google.write(timed(workday(now), 10))
    google.post("settings", drop_notifications=False)
    pull.enqueue_due(now=timezone.now() + timedelta(hours=1))
    assert ReadCalendar.objects.filter(claimed_at__gt=timezone.now()).exists()
    read(connection)
    assert ReadCalendar.objects.get().connection.technician.busy_blocks.count() == 1


def test_where_google_tells_turns_are_longer_and_apart(connection, now, settings):
    settings.CALENDAR_PULL_SECONDS = 300
    channel, _ = an_open_channel(connection)
    waits = []
    for _ in range(12):
        ReadCalendar.objects.update(pull_due_at=None)
        pull.enqueue_due(now=now)
        waits.append((ReadCalendar.objects.get().pull_due_at - now).total_seconds())
    assert min(waits) >= 300
    assert max(waits) <= 900
    assert len({round(wait) for wait in waits}) > 6
    WatchChannel.objects.filter(pk=channel.pk).update(state=State.ENDED)
    ReadCalendar.objects.update(pull_due_at=None)
    pull.enqueue_due(now=now)
    assert ReadCalendar.objects.get().pull_due_at == now + timedelta(seconds=300)


def test_the_first_message_may_come_before_the_answer_and_asks_for_nothing(connection, now, queue):
    channel, token = an_open_channel(connection)
    WatchChannel.objects.update(state=State.OPENING, resource_id="")
    assert notify(channel, token, **{"X-Goog-Resource-State": "sync", "X-Goog-Resource-ID": "theirs"}).status_code == 204
    assert (queue(), ReadCalendar.objects.get().told_at) == (0, None)
    assert notify(channel, token, **{"X-Goog-Resource-ID": "theirs"}).status_code == 204
    assert queue() == 1


def test_many_notifications_ask_for_one_reading(connection, now, queue, django_assert_num_queries):
    channel, token = an_open_channel(connection)
    assert notify(channel, token).status_code == 204
    assert queue() == 1
    first = ReadCalendar.objects.get().told_at
    for _ in range(5):
        with django_assert_num_queries(2):
            answer = notify(channel, token)
        assert (answer.status_code, answer.content) == (204, b"")
    assert queue() == 1
    assert ReadCalendar.objects.filter(told_at__gt=first).exists()
    # After that reading the next one asks again.
    ReadCalendar.objects.update(read_at=timezone.now())
    notify(channel, token)
    assert queue() == 2


def test_a_notification_whose_reading_was_lost_is_read_all_the_same(connection, now, queue):
    channel, token = an_open_channel(connection)
    ReadCalendar.objects.update(pull_due_at=now + DAY)
    notify(channel, token)
    later.wait(5)
    pull.enqueue_due(now=timezone.now() + timedelta(seconds=10))
    assert queue() == 1
    pull.enqueue_due(now=timezone.now() + timedelta(seconds=40))
    assert queue() == 2


@pytest.mark.concurrency
def test_what_is_told_while_a_reading_runs_is_read_once_more(google, connection, now):
    channel, token = an_open_channel(connection)
    google.fault(method="GET", latency_ms=500)

    def run():
        try:
            read(connection)
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: ReadCalendar.objects.get().pull_lease != "")
    time.sleep(0.1)
    notify(channel, token)
    told = ReadCalendar.objects.get().told_at
    read(connection)  # the one that was enqueued finds the lease taken
    thread.join()
    google.heal()
    assert ReadCalendar.objects.filter(read_at__gt=told).exists()


BAD = [
    ({"X-Goog-Channel-Token": "another"}, 404),
    ({"X-Goog-Channel-Token": ""}, 404),
    ({"X-Goog-Channel-Token": "\udcff"}, 404),
    ({"X-Goog-Resource-ID": "another"}, 404),
    ({"X-Goog-Resource-ID": ""}, 404),
    ({"X-Goog-Channel-ID": "00000000-0000-4000-8000-000000000000"}, 404),
    ({"X-Goog-Channel-ID": "' OR 1=1 --"}, 404),
    ({"X-Goog-Channel-ID": "x" * 5000}, 404),
    ({"X-Goog-Channel-ID": ""}, 404),
]


@pytest.mark.parametrize(("changed", "status"), BAD)
def test_strangers_are_refused_and_nothing_of_them_is_stored(connection, queue, changed, status):
    channel, token = an_open_channel(connection)
    before = snapshot()
    assert notify(channel, token, **changed).status_code == status
    assert (snapshot(), queue()) == (before, 0)


def test_other_methods_and_bodies_are_refused_and_nothing_is_stored(connection, queue):
    channel, token = an_open_channel(connection)
    before = snapshot()
    headers = {"X-Goog-Channel-ID": str(channel.channel_id), "X-Goog-Channel-Token": token}
    for method in ("get", "put", "patch", "delete", "head"):
        assert getattr(Client(), method)("/webhook/google", headers=headers).status_code == 405
    large = Client().post("/webhook/google", data=b"x" * 70_000, content_type="application/json", headers=headers)
    assert large.status_code == 413
    assert Client().post("/webhook/google").status_code == 404
    assert (snapshot(), queue()) == (before, 0)


def test_an_ended_channel_is_no_channel(connection, queue):
    """Lesson 12: stopped channels were seen to tell for a while."""
    channel, token = an_open_channel(connection)
    WatchChannel.objects.update(state=State.STOPPING)
    assert notify(channel, token).status_code == 204
    WatchChannel.objects.update(state=State.ENDED)
    before = snapshot()
    assert notify(channel, token).status_code == 404
    assert snapshot() == before


def snapshot():
    return list(WatchChannel.objects.values()), list(ReadCalendar.objects.values()), CalendarConnection.objects.count()


@pytest.mark.parametrize("status", [503, 400, 403])
def test_a_channel_that_google_refuses_is_asked_for_later_under_another_id(
    google, connection, live_server, settings, now, status
):
    settings.SERVER_URL = live_server.url
    google.fault(method="POST", status=status)
    refused = tend(now)
    assert (refused.state, refused.failures) == (State.ENDED, 1)
    assert timedelta(seconds=30) <= refused.next_attempt_at - now <= timedelta(seconds=61)
    assert tend(now + timedelta(seconds=20)) == refused
    again = tend(now + timedelta(minutes=2))
    assert again.failures == 2
    assert again.channel_id != refused.channel_id
    assert again.next_attempt_at > now + timedelta(minutes=3)
    google.heal()
    opened = tend(now + timedelta(minutes=10))
    assert (opened.state, opened.failures) == (State.OPEN, 0)
    assert CalendarConnection.objects.get().state == CalendarConnection.State.CONNECTED
    assert Concern.objects.count() == 0


def test_who_asked_and_died_is_followed_by_another(google, connection, live_server, settings, now):
    settings.SERVER_URL = live_server.url
    channels.sweep(now=now)
    lost = WatchChannel.objects.get()
    channels.sweep(now=now + timedelta(minutes=4))
    assert WatchChannel.objects.get().state == State.OPENING
    channels.sweep(now=now + timedelta(minutes=6))
    lost.refresh_from_db()
    assert lost.state == State.ENDED
    assert tend(now + timedelta(minutes=8)).state == State.OPEN


def test_two_at_once_open_one_channel(google, connection, live_server, settings, now):
    settings.SERVER_URL = live_server.url
    channels.sweep(now=now)
    channels.sweep(now=now)
    channel = WatchChannel.objects.get()
    channels.open_one(channel.pk, clock=timezone.now)
    channels.open_one(channel.pk, clock=timezone.now)
    assert len(at_google(google)) == 1


@pytest.mark.parametrize("address", ["http://desk.example.com", "http://localhost.example.com", "http://10.0.0.1:8000", ""])
def test_an_address_that_google_cannot_tell_has_no_channel(google, connection, settings, now, address):
    settings.SERVER_URL = address
    channels.sweep(now=now)
    assert not WatchChannel.objects.exists()


def test_a_machine_of_our_own_is_told_by_the_sandbox_alone(connection, settings, now):
    settings.SERVER_URL = "http://127.0.0.1:8000"
    settings.GOOGLE_API_ENDPOINT = "https://www.googleapis.com/calendar/v3/"
    assert not channels.can_be_told()
    settings.SERVER_URL = "https://desk.example.com"
    assert channels.can_be_told()


def test_channels_stop_before_the_permission_is_given_back(google, connection, watched):
    credentials = tokens.StoredCredentials(connection.pk, clock=timezone.now)
    channels.stop_all(connection, credentials=credentials)
    assert at_google(google) == []
    assert WatchChannel.objects.get().state == State.ENDED


def test_stopping_may_fail_and_disconnecting_goes_on(google, connection, watched):
    google.fault(method="POST", status=503)
    channels.stop_all(connection, credentials=tokens.StoredCredentials(connection.pk, clock=timezone.now))
    google.heal()
    assert WatchChannel.objects.get().state == State.ENDED


def test_who_disconnects_while_a_channel_is_being_opened_is_told_nothing(google, connection, live_server, settings, now):
    settings.SERVER_URL = live_server.url
    channels.sweep(now=now)
    channel = WatchChannel.objects.get()
    google.fault(method="POST", path="calendar/v3/calendars", latency_ms=500)
    thread = threading.Thread(target=in_a_thread(lambda: channels.open_one(channel.pk, clock=timezone.now)))
    thread.start()
    wait_until(lambda: WatchChannel.objects.get().token_digest != "")
    channels.stop_all(connection, credentials=tokens.StoredCredentials(connection.pk, clock=timezone.now))
    thread.join()
    google.heal()
    assert at_google(google) == []
    assert WatchChannel.objects.get().state == State.ENDED


def in_a_thread(work):
    def run():
        try:
            work()
        finally:
            database.close()

    return run


def test_a_calendar_that_is_no_longer_read_tells_no_more(google, connection, watched):
    other = ReadCalendar.objects.get()
    CalendarConnection.objects.update(calendar_id="elsewhere@example.com")
    ReadCalendar.objects.filter(pk=other.pk).update(counts=False)
    tend(timezone.now())
    assert at_google(google) == []
    assert WatchChannel.objects.get(calendar=other).state == State.ENDED


def test_a_revoked_connection_ends_its_channels(google, connection, watched):
    google.post("revoke", account="sam@example.com")
    read(connection)
    assert CalendarConnection.objects.get().state == CalendarConnection.State.REVOKED
    channels.sweep(now=timezone.now())
    assert WatchChannel.objects.get().state == State.ENDED


def test_the_sweep_takes_the_same_statements_for_one_and_for_many(google, connection, settings, now):
    settings.SERVER_URL = "https://desk.example.com"
    counted = []
    for many in (1, 4):
        for number in range(many):
            ReadCalendar.objects.create(
                shop_id=connection.shop_id, connection=connection, calendar_id=f"{many}-{number}@example.com"
            )
        with CaptureQueriesContext(database) as queries:
            channels.sweep(now=now)
        counted.append(len(queries))
    assert counted == [13, 13]


def test_an_hour_that_closed_is_not_offered_after_the_notification(google, shop, connection, watched, now, queue):
    on = workday(now)
    google.write(timed(on, 8, hours=10))
    wait_until(lambda: told_since(ReadCalendar.objects.get().read_at))
    read(connection)
    with pytest.raises(AssertionError):
        book(shop, now, hour=9)
    assert at(on, 8) == ReadCalendar.objects.get().connection.technician.busy_blocks.get().starts_at
