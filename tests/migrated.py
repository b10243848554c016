"""Migrates once for all that run tests, until the migrations change: each process's database is a copy of a migrated one.

Without it each process migrates for itself, all at the same time, and the tests begin when the slowest is done.
"""

import hashlib
import time
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection as _connection

connection: Any = _connection  # PostgreSQL's, which has more than Django's types know
ONE_AT_A_TIME = 7_220_417  # of our own choice


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_test_environment, django_db_blocker):
    """Name the database that Django copies."""
    with django_db_blocker.unblock(), connection.creation._nodb_cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])  # until this connection is closed
        connection.settings_dict["TEST"]["TEMPLATE"] = _migrated(f"migrated_{_digest()[:16]}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let whoever still answers a browser of the last test come to an end: a database in use cannot be removed."""
    yield
    until = time.monotonic() + 10
    with django_db_blocker.unblock():
        while _others() and time.monotonic() < until:
            time.sleep(0.1)


def _others():
    connection.close()
    connection.close_pool()
    with connection.creation._nodb_cursor() as cursor:
        name = connection.settings_dict["NAME"]
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [name])
        return cursor.fetchone()[0]


def _digest():
    """What the migrated database came from: migrations, the models they make rights for, and the fields both have."""
    found = hashlib.sha256(django.__version__.encode())
    folders = [Path(app.path) for app in apps.get_app_configs()] + [settings.BASE_DIR / "wire"]
    for path in sorted(path for folder in folders for path in folder.rglob("*.py") if _counts(path.relative_to(folder))):
        found.update(path.read_bytes())
    return found.hexdigest()


def _counts(path):
    return path.parts[0] in ("migrations", "models", "models.py", "fields.py")


def _migrated(name):
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrated\\_%'")
        there = {each for (each,) in cursor.fetchall()}
        if name in there:
            return name
        for old in there:
            cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
    names, own = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    wanted, names["NAME"] = names["NAME"], f"{name}_new"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.close_pool()
    names["NAME"] = wanted
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = own
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')  # only now: whoever finds it finds it whole
    return name
