import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0016_recheck'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='technician',
            constraint=models.UniqueConstraint(fields=('id', 'shop'), name='technician_of_shop'),
        ),
        migrations.AddField(
            model_name='staffmember',
            name='role',
            field=models.CharField(choices=[('owner', 'Owner'), ('dispatcher', 'Dispatcher'), ('technician', 'Technician')], default='dispatcher', max_length=10),
        ),
        migrations.AddField(
            model_name='staffmember',
            name='technician',
            field=models.ForeignKey(blank=True, help_text='Whose visits are theirs; also for owners and dispatchers who drive themselves', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='accounts', to='bookings.technician'),
        ),
        migrations.AddConstraint(
            model_name='staffmember',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role', 'technician'), _negated=True), ('technician__isnull', False), _connector='OR'), name='staff_technicians_are_named', violation_error_message='Say which of the technicians this is.'),
        ),
        # An account is tied to a technician of its own shop, never of another.
        migrations.RunSQL(
            sql="""
            ALTER TABLE bookings_staffmember ADD CONSTRAINT staff_technician_of_shop
            FOREIGN KEY (technician_id, shop_id) REFERENCES bookings_technician (id, shop_id) DEFERRABLE INITIALLY DEFERRED
            """,
            reverse_sql="ALTER TABLE bookings_staffmember DROP CONSTRAINT staff_technician_of_shop",
        ),
        # Whoever had every right until now is the owner of the shops they belong to.
        migrations.RunSQL(
            sql="""
            UPDATE bookings_staffmember SET role = 'owner'
              FROM auth_user WHERE auth_user.id = bookings_staffmember.user_id AND auth_user.is_superuser
            """,
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
