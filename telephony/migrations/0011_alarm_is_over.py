from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('telephony', '0010_safety_words'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alert',
            name='channel',
            field=models.CharField(choices=[('text', 'Text'), ('call', 'Call'), ('over', 'Text that somebody has it')], max_length=4),
        ),
    ]
