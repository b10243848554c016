import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bookings", "0015_conflicts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("emergency", "Emergency"), ("lead", "Lead"), ("concern", "Concern"), ("late", "Late visit")],
                        max_length=10,
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="The row's number; of a late visit the booking's with its promised time", max_length=40
                    ),
                ),
                ("snoozed_until", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("tries", models.PositiveSmallIntegerField(default=0, help_text="Calls nobody answered")),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done_by",
                    models.CharField(blank=True, help_text="Who marked it as done, by their name then", max_length=150),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="bookings.shop"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("shop", "kind", "key"), name="handled_once")],
            },
        ),
    ]
