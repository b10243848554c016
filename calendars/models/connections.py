"""Whose Google account a technician's calendar is, and which of its calendars are read. Slim rows, no behaviour."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models import Shop, Technician
from wire.fields import EncryptedTextField


class CalendarConnection(models.Model):
    """A technician's Google Calendar and the permission to use it. `calendar_id` is the real id, never "primary".

    `token_version` rises with every stored token, so that who refreshes late cannot overwrite a newer one. A lease is a
    random name and a time by the database's clock: one writer and one refresh at once, and a killed process
    holds the others up for seconds only.
    """

    class Kind(models.TextChoices):
        OAUTH = "oauth", "Google account"
        SERVICE_ACCOUNT = "service_account", "Service account"

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        REVOKED = "revoked", "Access was withdrawn"
        BROKEN = "broken", "Refused by Google"
        LEAVING = "leaving", "Being disconnected"
        DISCONNECTED = "disconnected", "Disconnected"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="calendar_connections")
    technician = models.OneToOneField(Technician, on_delete=models.CASCADE, related_name="calendar_connection")
    kind = models.CharField(max_length=15, choices=Kind.choices, default=Kind.OAUTH)
    account = models.CharField(max_length=254, blank=True, help_text="The Google account's e-mail address")
    google_sub = models.CharField(max_length=64, blank=True, help_text="Google's unchanging name of the account")
    calendar_id = models.CharField(max_length=255)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CONNECTED)
    state_text = models.CharField(max_length=200, blank=True, help_text="Why, in words")
    connected_at = models.DateTimeField(help_text="Since when this calendar is ours to write; earlier visits stay out")

    refresh_token = EncryptedTextField(blank=True, editable=False)
    access_token = EncryptedTextField(blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    scopes = models.TextField(blank=True, editable=False)
    token_version = models.PositiveIntegerField(default=0, editable=False)

    refresh_lease = models.CharField(max_length=32, blank=True, editable=False)
    refresh_until = models.DateTimeField(null=True, blank=True, editable=False)
    push_lease = models.CharField(max_length=32, blank=True, editable=False)
    push_until = models.DateTimeField(null=True, blank=True, editable=False)

    push_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    push_not_before = models.DateTimeField(null=True, blank=True, editable=False)

    clearing_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Visits are being taken out of a calendar that receives none any more"
    )
    clearing_total = models.PositiveIntegerField(default=0, editable=False)
    probe_calendar_id = models.CharField(max_length=255, blank=True, editable=False)
    probe_event_id = models.CharField(
        max_length=64, blank=True, editable=False, help_text="A test's event that may still be there"
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar_id"], condition=~Q(state="disconnected"), name="calendar_of_one_technician"
            ),
        ]

    SECRETS: ClassVar = ("refresh_token", "access_token")

    def __str__(self) -> str:
        return f"{self.technician}: {self.get_state_display()}"


class Invitation(models.Model):
    """A link by which a technician connects their own calendar without an account here: signed, used once, and it ends."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="calendar_invitations")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invited_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True, help_text="When somebody went on from it to Google")
    used_at = models.DateTimeField(null=True, blank=True, help_text="When a calendar was connected with it")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["technician", "created_at"], name="invitation_of_technician")]

    def __str__(self) -> str:
        return f"{self.technician}, until {timezone.localtime(self.expires_at):%Y-%m-%d %H:%M}"
