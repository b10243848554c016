"""Whose Google account a technician's calendar is, and what Google holds of each visit. Slim rows, no behaviour."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bookings.models import Shop, Technician, Visit
from wire.fields import EncryptedTextField


class CalendarConnection(models.Model):
    """A technician's Google Calendar and the permission to use it. `calendar_id` is the real id, never "primary".

    `token_version` rises with every stored token, so that who refreshes late cannot overwrite a newer one. A lease is a
    random name and a time by the database's clock: one writer, one reader, one refresh at once, and a killed process
    holds the others up for seconds only.
    """

    class Kind(models.TextChoices):
        OAUTH = "oauth", "Google account"
        SERVICE_ACCOUNT = "service_account", "Service account"

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        REVOKED = "revoked", "Access was withdrawn"
        BROKEN = "broken", "Refused by Google"
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
    pull_lease = models.CharField(max_length=32, blank=True, editable=False)
    pull_until = models.DateTimeField(null=True, blank=True, editable=False)

    push_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    push_not_before = models.DateTimeField(null=True, blank=True, editable=False)
    pull_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    pull_error = models.CharField(max_length=200, blank=True, editable=False)

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


class EventMirror(models.Model):
    """A visit's event in one calendar: what is wanted there, and what Google confirmed.

    Work is any mirror whose `wanted` differs from `confirmed`, or whose `pushed_version` is below the visit's version,
    or an active visit without a mirror. An event id that was deleted stays taken at Google: the mirror is retired then,
    and the next generation takes its place.
    """

    class Wanted(models.TextChoices):
        PRESENT = "present", "In the calendar"
        ABSENT = "absent", "Not in the calendar"

    class Confirmed(models.TextChoices):
        NONE = "none", "Not heard of yet"
        PRESENT = "present", "In the calendar"
        ABSENT = "absent", "Not in the calendar"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    connection = models.ForeignKey(CalendarConnection, on_delete=models.CASCADE, related_name="mirrors")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="mirrors")
    calendar_id = models.CharField(max_length=255)
    generation = models.PositiveSmallIntegerField(default=1)
    retired = models.BooleanField(default=False, help_text="A later generation took its place")
    event_id = models.CharField(max_length=64)

    wanted = models.CharField(max_length=7, choices=Wanted.choices, default=Wanted.PRESENT)
    confirmed = models.CharField(max_length=7, choices=Confirmed.choices, default=Confirmed.NONE)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    pushed_version = models.PositiveIntegerField(default=0, help_text="The visit's version, read before the last write")
    pushed_starts_at = models.DateTimeField(null=True, blank=True, help_text="Where Google confirmed the event")
    pushed_ends_at = models.DateTimeField(null=True, blank=True)
    etag = models.CharField(max_length=64, blank=True)
    moved_to = models.CharField(max_length=80, blank=True, help_text="Where somebody moved it in Google, once noticed")

    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failures in a row")
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(max_length=200, blank=True, help_text="Google refuses it until the visit changes")
    blocked_version = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "calendar_id", "generation"], name="mirror_once_per_generation"),
            models.UniqueConstraint(fields=["visit", "calendar_id"], condition=Q(retired=False), name="mirror_once_in_force"),
            models.UniqueConstraint(fields=["calendar_id", "event_id"], name="mirror_once_per_event"),
            models.CheckConstraint(name="retired_is_not_wanted", condition=Q(retired=False) | Q(wanted="absent")),
        ]

    def __str__(self) -> str:
        return f"{self.visit}: {self.get_confirmed_display()}"
