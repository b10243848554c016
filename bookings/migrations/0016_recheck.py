from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0015_conflicts"),
    ]

    operations = [
        migrations.AddField(
            model_name="shop",
            name="recheck_seconds",
            field=models.PositiveSmallIntegerField(
                default=120,
                help_text="Look at Google again right after a booking when our picture is older than this; 0: never",
                verbose_name="seconds after which a booking is checked in Google",
            ),
        ),
    ]
