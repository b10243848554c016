"""What is read of Google's calendars, and how Google tells us of changes. Slim rows, no behaviour."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models import Shop
from calendars.models.connections import CalendarConnection


class ReadCalendar(models.Model):
    """A calendar of a connection that is read: the one that receives visits, and others whose events take the technician's time.

    `sync_token` is Google's name of the state that was last taken over; empty: all is read anew. What a complete reading did not
    list is found by `pass_number`, the number of the reading a block was last seen in. `judged_by` names the rules by which its
    events were taken for busy or not: by others, all is read anew.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    connection = models.ForeignKey(CalendarConnection, on_delete=models.CASCADE, related_name="calendars")
    calendar_id = models.CharField(max_length=255)
    name = models.CharField(max_length=200, blank=True, help_text="As its owner calls it")
    zone = models.CharField(max_length=64, blank=True, help_text="As Google has it; empty: not read yet")
    counts = models.BooleanField(default=True, help_text="What is in it takes the technician's time")

    sync_token = models.CharField(max_length=1024, blank=True, editable=False)
    pass_number = models.PositiveIntegerField(default=0, editable=False)
    judged_by = models.CharField(max_length=16, blank=True, editable=False)
    full_read_at = models.DateTimeField(null=True, blank=True, help_text="Start of the last reading of everything")
    read_at = models.DateTimeField(null=True, blank=True, help_text="Start of the last reading that was taken over")
    read_until = models.DateTimeField(null=True, blank=True, help_text="How far ahead it is known")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When Google last told of a change")
    pull_lease = models.CharField(max_length=32, blank=True, editable=False)
    pull_until = models.DateTimeField(null=True, blank=True, editable=False)
    pull_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When a reading was last asked for")
    pull_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    pull_error = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "calendar_id"], name="calendar_read_once")]
        indexes = [models.Index(fields=["pull_due_at"], name="calendar_due")]

    def __str__(self) -> str:
        return self.name or self.calendar_id


class WatchChannel(models.Model):
    """One of Google's push channels: the row is there before Google is asked, for its first message may come before the answer.

    Several of a calendar may be open at once while one takes another's place. Google has no list of channels: none is deleted
    here before it was stopped or ran out.
    """

    class State(models.TextChoices):
        OPENING = "opening", "Asked for"
        OPEN = "open", "Open"
        STOPPING = "stopping", "To be stopped"
        ENDED = "ended", "Ended"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    calendar = models.ForeignKey(ReadCalendar, on_delete=models.CASCADE, related_name="channels")
    channel_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the token that Google repeats")
    resource_id = models.CharField(max_length=255, blank=True, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPENING)
    expires_at = models.DateTimeField(help_text="As Google granted it; until its answer, as it was asked for")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When it last told of a change")
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["calendar", "state"], name="channel_of_calendar"),
            models.Index(fields=["expires_at"], condition=~Q(state="ended"), name="channel_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar}, {self.get_state_display()}"
