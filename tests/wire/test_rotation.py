"""Keys of stored secrets are changed while workers run."""

import threading
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.utils import timezone

from calendars.models import CalendarConnection
from tests.factories import ShopFactory, TechnicianFactory
from wire import fields, rotation

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def shop():
    return ShopFactory()


@pytest.fixture
def rows(shop, settings):
    """Seven connections whose tokens are under the older key; the newer is first now."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    technicians: list[Any] = [TechnicianFactory(shop=shop) for _ in range(7)]
    made = [
        CalendarConnection.objects.create(
            shop=shop, technician=technicians[n], calendar_id=f"{n}@example.com", connected_at=timezone.now(),
            refresh_token=f"refresh {n}", access_token=f"access {n}" if n % 2 else "",
        )
        for n in range(7)
    ]  # fmt: skip
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    return made


def rotate_keys(*args):
    out = StringIO()
    call_command("rotate_keys", *args, stdout=out)
    return out.getvalue()


def raw(column):
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM calendars_calendarconnection ORDER BY id")  # noqa: S608
        return [value for (value,) in cursor.fetchall()]


def test_every_encrypted_column_of_every_app_is_found():
    found = {f"{model._meta.label}.{column}" for model, column in rotation.columns()}
    assert found == {
        "calendars.CalendarConnection.refresh_token",
        "calendars.CalendarConnection.access_token",
        "telephony.Call.control_url",
        "desk.Authenticator.key",
    }


def test_a_dry_run_counts_and_changes_nothing(rows):
    before = raw("refresh_token")
    out = rotate_keys("--dry-run", "--batch", "3")
    assert "refresh_token: 0 written anew; 0 under the newest key, 7 under an older one, 0 under none" in out
    assert "access_token: 0 written anew; 0 under the newest key, 3 under an older one, 0 under none" in out
    assert "10 secrets still need an older key" in out
    assert raw("refresh_token") == before


@pytest.mark.parametrize("batch", ["1", "3", "7", "500"])
def test_secrets_are_written_anew_and_the_old_key_may_go(rows, settings, batch):
    out = rotate_keys("--batch", batch)
    assert "refresh_token: 7 written anew; 7 under the newest key, 0 under an older one" in out
    assert "Every stored secret is under the newest key" in out
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    stored = CalendarConnection.objects.order_by("pk")
    assert [row.refresh_token for row in stored] == [f"refresh {n}" for n in range(7)]
    assert [row.access_token for row in stored] == ["", "access 1", "", "access 3", "", "access 5", ""]


def test_a_run_that_was_stopped_goes_on_where_it_was(rows):
    for row in rows[:4]:
        row.save(update_fields=["refresh_token"])
    assert "refresh_token: 3 written anew; 7 under" in rotate_keys()
    before = raw("refresh_token")
    assert "refresh_token: 0 written anew; 7 under" in rotate_keys()
    assert raw("refresh_token") == before


def test_what_no_key_opens_is_told_and_left_alone(rows, settings):
    lost = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
    with database.cursor() as cursor:
        cursor.execute("UPDATE calendars_calendarconnection SET refresh_token = %s WHERE id = %s", [lost, rows[2].pk])
    with pytest.raises(CommandError, match="1 secrets are under a key that FIELD_ENCRYPTION_KEYS does not list"):
        rotate_keys()
    stored = raw("refresh_token")
    assert stored[2] == lost
    assert [fields.is_newest(each) for each in stored] == [True, True, False, True, True, True, True]


@pytest.mark.concurrency
def test_a_token_that_is_refreshed_meanwhile_is_not_overwritten(rows):
    """Workers store new tokens while the command goes through the same rows."""
    stop = threading.Event()
    stored: dict[int, str] = {}

    def work():
        number = 0
        try:
            while not stop.is_set():
                number += 1
                for row in rows:
                    CalendarConnection.objects.filter(pk=row.pk).update(access_token=f"fresh {number}")
                    stored[row.pk] = f"fresh {number}"
        finally:
            database.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(5):
            rotate_keys("--batch", "2")
    finally:
        stop.set()
        worker.join()
    assert {row.pk: row.access_token for row in CalendarConnection.objects.all()} == stored


def test_the_value_that_was_read_decides(rows):
    """What changed between the reading and the writing of a row stays: this is the update the command makes."""
    model, column = CalendarConnection, "refresh_token"
    old = raw(column)[0]
    CalendarConnection.objects.filter(pk=rows[0].pk).update(refresh_token="newer")
    still = rotation._raw(model, column).filter(pk=rows[0].pk, stored=old)
    assert still.update(access_token="") == 0
    assert CalendarConnection.objects.get(pk=rows[0].pk).refresh_token == "newer"


def test_a_process_that_still_writes_with_the_old_key_is_noticed(rows, settings):
    rotate_keys()
    settings.FIELD_ENCRYPTION_KEYS = [OLD, NEW]
    CalendarConnection.objects.filter(pk=rows[0].pk).update(refresh_token="by a worker not restarted")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert "1 secrets still need an older key" in rotate_keys("--dry-run")
    assert "refresh_token: 1 written anew" in rotate_keys()
