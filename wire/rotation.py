"""Writes stored secrets anew under the newest key. Owns no table: it finds every EncryptedTextField by itself.

Each value is replaced only while it is still the one that was read, so a token that a worker stores meanwhile stays. What is
under the newest key already is passed over, so a run that was interrupted goes on where it stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast

from wire import fields
from wire.fields import EncryptedTextField, UndecipherableError


@dataclass(slots=True)
class Count:
    """One column: how many values are under the newest key, under an older one, and under none that is listed."""

    column: str
    newest: int = 0
    older: int = 0
    unreadable: int = 0


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every encrypted column of every app."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField) and model._meta.managed:
                yield model, field.name


def count(model: type[models.Model], column: str, *, batch: int) -> Count:
    """Count a column as it is stored now."""
    counted = Count(f"{model._meta.label}.{column}")
    for _, stored in _stored(model, column, batch=batch):
        if fields.is_newest(stored):
            counted.newest += 1
        elif fields.is_readable(stored):
            counted.older += 1
        else:
            counted.unreadable += 1
    return counted


def rotate(model: type[models.Model], column: str, *, batch: int) -> int:
    """Write a column's older values anew; return how many were. What no key opens is left as it is."""
    changed = 0
    for pk, stored in _stored(model, column, batch=batch):
        if fields.is_newest(stored):
            continue
        try:
            anew = fields.rotate(stored)
        except UndecipherableError:
            continue
        still = _raw(model, column).filter(pk=pk, stored=stored)
        changed += still.update(**{column: Value(anew, output_field=models.TextField())})
    return changed


def _stored(model: type[models.Model], column: str, *, batch: int) -> Iterator[tuple[int, str]]:
    """Every value as it is stored, a batch of rows in memory at a time."""
    after: int | None = None
    while True:
        rows = _raw(model, column).exclude(stored="").order_by("pk")
        found = list((rows.filter(pk__gt=after) if after is not None else rows).values_list("pk", "stored")[:batch])
        yield from found
        if len(found) < batch:
            return
        after = found[-1][0]


def _raw(model: type[models.Model], column: str) -> models.QuerySet[models.Model]:
    return model._base_manager.annotate(stored=Cast(column, models.TextField()))
