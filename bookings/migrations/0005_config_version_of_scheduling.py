"""The tables that scheduling added raise a shop's config_version too: see 0002 and bookings.services.rosters."""

from django.db import migrations

TABLES = ["crewmember", "lengthrule", "servicearea", "holdback"]
FORWARD = "\n".join(
    f"CREATE TRIGGER config_version AFTER INSERT OR UPDATE OR DELETE ON bookings_{table}"
    " FOR EACH ROW EXECUTE FUNCTION bookings_raise_config_version();"
    for table in TABLES
) + """
-- The certificates of a service stand in a table without a shop of its own.
CREATE FUNCTION bookings_certificates_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bookings_shop SET config_version = config_version + 1
     WHERE id IN (SELECT shop_id FROM bookings_servicetype WHERE id = CASE WHEN TG_OP = 'DELETE'
                  THEN OLD.servicetype_id ELSE NEW.servicetype_id END);
    RETURN NULL;
END $$;
CREATE TRIGGER config_version AFTER INSERT OR UPDATE OR DELETE ON bookings_servicetype_certificates
    FOR EACH ROW EXECUTE FUNCTION bookings_certificates_changed();
"""
BACKWARD = (
    "\n".join(f"DROP TRIGGER config_version ON bookings_{table};" for table in [*TABLES, "servicetype_certificates"])
    + "DROP FUNCTION bookings_certificates_changed();"
)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0004_scheduling")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
