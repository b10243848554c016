"""Single-row INSERTs without the cost of compiling them anew: for the few statements that a caller waits for.

Django's compiler writes each statement anew, at up to half as much again of our own time (docs/adr/0009 has the figures).
Columns, defaults and conversions are the model's own, so a new field needs no change here.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models


@lru_cache(maxsize=128)
def _statement(model: type[models.Model], conflict: str) -> str:
    columns = [field.column for field in _fields(model)]
    quoted = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join(["%s"] * len(columns))
    key = model._meta.pk.column
    return f'INSERT INTO "{model._meta.db_table}" ({quoted}) VALUES ({places}) {conflict} RETURNING "{key}"'  # noqa: S608


@lru_cache(maxsize=128)
def _fields(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _insert(row: models.Model, conflict: str) -> bool:
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in _fields(type(row))]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(row), conflict), values)
        found = cursor.fetchone()
    if found is None:
        return False
    row.pk = found[0]
    row._state.adding = False
    row._state.db = connection.alias
    return True


def insert(row: models.Model) -> None:
    """Store a new row and set its key. Raises IntegrityError as a save would; sends no signals."""
    _insert(row, "")


def insert_unless_there(row: models.Model) -> bool:
    """Store a new row unless a unique rule says that it is there already; say whether it was stored."""
    return _insert(row, "ON CONFLICT DO NOTHING")


def insert_or_update(row: models.Model, *, unique: Sequence[str], update: Sequence[str]) -> None:
    """Store a row, or update these columns of the one that has the same unique columns; set its key either way."""
    changes = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in update)
    columns = ", ".join(f'"{column}"' for column in unique)
    _insert(row, f"ON CONFLICT ({columns}) DO UPDATE SET {changes}")


def insert_or_follow(row: models.Model, *, unique: Sequence[str], update: Sequence[str], follow: str) -> None:
    """Like `insert_or_update`, and where the row that is there points to another of its table by `follow`, become that one.

    All columns are set from what stands. Still one statement. A row that was made a moment ago cannot be followed to: `follow`
    is then still set afterwards, and whoever asked begins anew.
    """
    model, fields = type(row), _fields(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_following(model, tuple(unique), tuple(update), follow), values)
        pk, *found = cursor.fetchone()
    row.pk = pk
    for field, value in zip(fields, found, strict=True):
        setattr(row, field.attname, value)
    row._state.adding = False
    row._state.db = connection.alias


@lru_cache(maxsize=32)
def _following(model: type[models.Model], unique: tuple[str, ...], update: tuple[str, ...], follow: str) -> str:
    table, key = model._meta.db_table, model._meta.pk.column
    columns = [field.column for field in _fields(model)]
    changes = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in update)
    chosen = ", ".join(f'CASE WHEN kept."{key}" IS NULL THEN put."{each}" ELSE kept."{each}" END' for each in [key, *columns])
    quoted = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join(["%s"] * len(columns))
    at = ", ".join(f'"{column}"' for column in unique)
    return (
        f'WITH put AS (INSERT INTO "{table}" ({quoted}) VALUES ({places}) ON CONFLICT ({at}) DO UPDATE SET {changes} '  # noqa: S608
        f'RETURNING *) SELECT {chosen} FROM put LEFT JOIN "{table}" kept ON kept."{key}" = put."{follow}"'
    )
