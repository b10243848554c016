"""Migrates once for all processes that run tests: each one's database is a copy of the first one's.

Without it each process migrates for itself, all at the same time, and the tests begin when the slowest is done.
"""

import fcntl
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection as _connection

connection: Any = _connection  # PostgreSQL's, which has more than Django's types know


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_test_environment, django_db_blocker):
    """Name the database that Django copies; a run of a single process needs none."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return
    with (Path(tempfile.gettempdir()) / f"hvacsched-{run}.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection.settings_dict["TEST"]["TEMPLATE"] = _migrated(f"migrated_{run[:16]}")


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
