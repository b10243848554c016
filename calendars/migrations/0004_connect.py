from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0003_changes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='calendarconnection',
            name='state',
            field=models.CharField(choices=[('connected', 'Connected'), ('revoked', 'Access was withdrawn'), ('broken', 'Refused by Google'), ('leaving', 'Being disconnected'), ('disconnected', 'Disconnected')], default='connected', max_length=12),
        ),
        migrations.AddField(
            model_name='calendarconnection',
            name='clearing_since',
            field=models.DateTimeField(blank=True, editable=False, help_text='Visits are being taken out of a calendar that receives none any more', null=True),
        ),
        migrations.AddField(
            model_name='calendarconnection',
            name='clearing_total',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='calendarconnection',
            name='probe_calendar_id',
            field=models.CharField(blank=True, editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name='calendarconnection',
            name='probe_event_id',
            field=models.CharField(blank=True, editable=False, help_text="A test's event that may still be there", max_length=64),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='opened_at',
            field=models.DateTimeField(blank=True, help_text='When somebody went on from it to Google', null=True),
        ),
    ]
