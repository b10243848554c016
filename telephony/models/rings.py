"""Whom a caller was put through to, one person after the other."""

from django.db import models

from bookings.models import OnCallPerson, Shop
from telephony.models.calls import Call


class Ring(models.Model):
    """One person's turn to be rung for a call. The whole ladder is written down when the first one rings."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Not rung yet"
        RINGING = "ringing", "Ringing"
        ACCEPTED = "accepted", "Took the call"
        UNANSWERED = "unanswered", "Did not take it"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="rings")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    step = models.PositiveSmallIntegerField(help_text="From 0, in the order in which they ring")
    person = models.ForeignKey(OnCallPerson, on_delete=models.SET_NULL, null=True, blank=True)
    name = models.CharField(max_length=100)
    number = models.CharField(max_length=20)
    rung = models.CharField(max_length=20, help_text="Office, First, Backup, Manager, Owner or Last resort")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    rang_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When somebody, or a voicemail box, picked up")
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="When the key was pressed")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["call", "step"]
        constraints = [models.UniqueConstraint(fields=["call", "step"], name="ring_once_a_step")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_status_display().lower()})"
