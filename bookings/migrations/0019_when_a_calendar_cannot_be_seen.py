from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0018_customers"),
    ]

    operations = [
        migrations.AddField(
            model_name="shop",
            name="when_stale",
            field=models.CharField(
                choices=[("exclude", "Their time is not offered"), ("confirm", "It is offered, and the office confirms")],
                default="exclude",
                help_text="A technician's connected calendar that could not be read for too long, was never read, or not that far",
                max_length=7,
                verbose_name="when a calendar cannot be seen",
            ),
        ),
        migrations.AlterField(
            model_name="shop",
            name="calendar_stale_minutes",
            field=models.PositiveSmallIntegerField(
                default=60, help_text="A Google Calendar that could not be read for this long is not believed any more"
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="to_confirm_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Promised on the office's confirmation, because a calendar could not be seen; empty: it stands for certain",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="bookingchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("held", "Held"),
                    ("booked", "Booked"),
                    ("moved", "Moved"),
                    ("corrected", "Corrected"),
                    ("cancelled", "Cancelled"),
                    ("status", "Status changed"),
                    ("lapsed", "Hold ran out"),
                    ("confirmed", "Confirmed"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="concern",
            name="kind",
            field=models.CharField(
                choices=[
                    ("address", "No address to drive to"),
                    ("calendar_broken", "Calendar disconnected"),
                    ("calendar_stale", "Calendar not read"),
                    ("calendar_refused", "Google refused an event"),
                    ("event_deleted", "Visit deleted in Google"),
                    ("event_moved", "Visit moved in Google"),
                    ("event_changed", "Visit changed in Google"),
                    ("busy_over_visit", "Busy time over a visit"),
                    ("to_confirm", "To be confirmed"),
                    ("message_failed", "Text not delivered"),
                    ("emergency", "Emergency call"),
                    ("drive", "Cannot be reached in time"),
                    ("taken_back", "Perhaps taken back"),
                    ("unacknowledged", "Nobody took an emergency"),
                    ("not_booked", "Promised, not booked"),
                    ("other_time", "Told another time"),
                    ("not_told", "Booked, never told"),
                    ("fee_not_told", "Fee not told"),
                    ("line_broken", "The line is broken"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("to_confirm_since__isnull", False)), fields=["to_confirm_since"], name="booking_to_confirm"
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.CheckConstraint(
                condition=models.Q(("to_confirm_since__isnull", True), ("status__in", ["held", "booked"]), _connector="OR"),
                name="only_what_is_ahead_waits_to_be_confirmed",
            ),
        ),
    ]
