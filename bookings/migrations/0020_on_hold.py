from django.db import migrations, models


class Migration(migrations.Migration):
    """One word for a hold, the board's."""

    dependencies = [
        ("bookings", "0019_when_a_calendar_cannot_be_seen"),
    ]

    operations = [
        migrations.AlterField(
            model_name="booking",
            name="status",
            field=models.CharField(
                choices=[
                    ("held", "On hold"),
                    ("booked", "Booked"),
                    ("en_route", "On the way"),
                    ("on_site", "On site"),
                    ("done", "Done"),
                    ("no_show", "Nobody home"),
                    ("cancelled", "Cancelled"),
                    ("lapsed", "Hold ran out"),
                ],
                default="booked",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="visit",
            name="status",
            field=models.CharField(
                choices=[("held", "On hold"), ("active", "Planned"), ("done", "Done"), ("ended", "Ended")],
                default="active",
                max_length=6,
            ),
        ),
    ]
