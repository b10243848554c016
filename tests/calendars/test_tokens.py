"""Tokens: refreshed in time, once, readable nowhere."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from bookings.models import Concern
from calendars.google.errors import GoogleError, Verdict
from calendars.models import CalendarConnection
from calendars.services import tokens
from tests.calendars.conftest import book, drain, read

pytestmark = pytest.mark.django_db(transaction=True)


def access(connection, **more):
    return tokens.access(connection.pk, clock=timezone.now, **more)


def test_a_token_is_kept_until_five_minutes_before_its_end(google, connection):
    first, expires_at = access(connection)
    assert access(connection)[0] == first
    early = expires_at - timedelta(minutes=5, seconds=1)
    assert tokens.access(connection.pk, clock=lambda: early)[0] == first
    late = expires_at - timedelta(minutes=5)
    again, later = tokens.access(connection.pk, clock=lambda: late)
    assert again != first
    stored = CalendarConnection.objects.get()
    assert (stored.access_token, stored.expires_at) == (again, later)


def test_a_refresh_keeps_the_refresh_token(google, connection):
    before = CalendarConnection.objects.get().refresh_token
    assert before
    access(connection, refused=access(connection)[0])
    assert CalendarConnection.objects.get().refresh_token == before


@pytest.mark.concurrency
def test_lesson_20_parallel_refreshes_of_one_token_ask_google_once(google, connection):
    CalendarConnection.objects.update(expires_at=timezone.now())
    version = CalendarConnection.objects.get().token_version
    google.fault(path="token", latency_ms=400)
    got = []

    def run():
        try:
            got.append(access(connection)[0])
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1
    assert len(got) == 4
    assert CalendarConnection.objects.get().token_version == version + 1


def test_an_outage_of_the_token_server_is_not_a_revocation(google, shop, connection, now):
    book(shop, now)
    CalendarConnection.objects.update(expires_at=timezone.now())
    google.fault(path="token", status=503)
    with pytest.raises(GoogleError) as raised:
        access(connection)
    assert raised.value.verdict is Verdict.RETRY
    drain(connection)
    assert CalendarConnection.objects.get().state == CalendarConnection.State.CONNECTED
    assert Concern.objects.count() == 0


@pytest.mark.concurrency
def test_a_refresh_that_comes_late_does_not_overwrite_a_reconnection(google, connection):
    CalendarConnection.objects.update(expires_at=timezone.now())
    google.fault(path="token", latency_ms=500)

    def run():
        try:
            access(connection)
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    while not CalendarConnection.objects.exclude(refresh_lease="").exists():
        pass
    row = CalendarConnection.objects.get()
    row.access_token, row.token_version = "of the reconnection", row.token_version + 1
    row.save(update_fields=["access_token", "token_version"])
    thread.join()
    assert CalendarConnection.objects.get().access_token == "of the reconnection"


def test_a_key_that_is_gone_is_told_and_not_guessed_at(google, connection, settings):
    settings.FIELD_ENCRYPTION_KEYS = ["bm90LXRoZS1rZXktdGhhdC13cm90ZS1pdC0zMmJ5dGU="]
    CalendarConnection.objects.update(expires_at=timezone.now())
    read(connection)
    row = CalendarConnection.objects.defer(*CalendarConnection.SECRETS).get()
    assert row.state == CalendarConnection.State.BROKEN
    assert "FIELD_ENCRYPTION_KEYS" in row.state_text


def test_no_token_is_readable_in_the_database(google, connection):
    row = CalendarConnection.objects.get()
    with database.cursor() as cursor:
        cursor.execute("SELECT calendars_calendarconnection::text FROM calendars_calendarconnection")
        [(text,)] = cursor.fetchall()
    assert row.access_token.startswith("ya29.")
    assert row.access_token not in text
    assert row.refresh_token not in text
    assert "ya29" not in text


def test_logs_name_the_call_and_no_secret(google, shop, connection, now, settings, caplog):
    """What is written is the event after redaction, so it is looked at here before that."""
    caplog.set_level("INFO", logger="calendars.google.client")
    book(shop, now, origin="call:7f3c")
    CalendarConnection.objects.update(expires_at=timezone.now())
    drain(connection)
    row = CalendarConnection.objects.get()
    said = [record.msg for record in caplog.records]
    inserts = [each for each in said if each["method"] == "events.insert"]
    assert [(each["call"], each["status"], each["connection"]) for each in inserts] == [("call:7f3c", "ok", connection.pk)]
    assert [each["method"] for each in said] == ["token.refresh", "events.insert"]
    for secret in (row.access_token, row.refresh_token, "sam@example.com", "Jane", "+12125550201", "ya29."):
        assert secret not in str(said)
