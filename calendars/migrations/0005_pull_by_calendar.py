from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0004_connect'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='calendarconnection',
            name='pull_due_at',
        ),
        migrations.RemoveField(
            model_name='calendarconnection',
            name='pull_error',
        ),
        migrations.RemoveField(
            model_name='calendarconnection',
            name='pull_lease',
        ),
        migrations.RemoveField(
            model_name='calendarconnection',
            name='pull_until',
        ),
        migrations.AddField(
            model_name='readcalendar',
            name='claimed_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When a reading was last asked for', null=True),
        ),
        migrations.AddField(
            model_name='readcalendar',
            name='judged_by',
            field=models.CharField(blank=True, editable=False, max_length=16),
        ),
    ]
