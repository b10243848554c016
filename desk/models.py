"""What the desk keeps of its own: who sees to something that waits, and what they noted."""

from django.conf import settings
from django.db import models

from bookings.models import Shop
from desk.account.models import Authenticator, PasswordMail, RecoveryCode

__all__ = ["Authenticator", "Handling", "PasswordMail", "RecoveryCode"]


class Handling(models.Model):
    """What people noted about one thing that waits for somebody. At most one row a thing; none: nobody noted anything.

    `kind` and `key` name the thing, which has its row elsewhere, or none at all: a visit is late by the clock.
    """

    class Kind(models.TextChoices):
        EMERGENCY = "emergency", "Emergency"
        LEAD = "lead", "Lead"
        CONCERN = "concern", "Concern"
        LATE = "late", "Late visit"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=40, help_text="The row's number; of a late visit the booking's with its promised time")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Calls nobody answered")
    tried_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True, help_text="Who marked it as done, by their name then")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "kind", "key"], name="handled_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
