"""A shop's config_version rises with every change of its set-up, whoever makes it: see bookings.services.rosters."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION bookings_raise_config_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bookings_shop SET config_version = config_version + 1
     WHERE id IN (CASE WHEN TG_OP = 'DELETE' THEN OLD.shop_id ELSE NEW.shop_id END,
                  CASE WHEN TG_OP = 'INSERT' THEN NEW.shop_id ELSE OLD.shop_id END);
    RETURN NULL;
END $$;

CREATE FUNCTION bookings_shop_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Also when a form saved the whole row with the version it had read.
    IF to_jsonb(NEW) - 'config_version' IS DISTINCT FROM to_jsonb(OLD) - 'config_version' THEN
        NEW.config_version = OLD.config_version + 1;
    ELSE
        NEW.config_version = greatest(NEW.config_version, OLD.config_version);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER config_version BEFORE UPDATE ON bookings_shop
    FOR EACH ROW EXECUTE FUNCTION bookings_shop_changed();
"""
TABLES = ["closure", "servicetype", "skill", "technician", "technicianskill", "workinghours"]
TRIGGERS = "\n".join(
    f"CREATE TRIGGER config_version AFTER INSERT OR UPDATE OR DELETE ON bookings_{table}"
    " FOR EACH ROW EXECUTE FUNCTION bookings_raise_config_version();"
    for table in TABLES
)
BACKWARD = (
    "\n".join(f"DROP TRIGGER config_version ON bookings_{table};" for table in ["shop", *TABLES])
    + "DROP FUNCTION bookings_raise_config_version(); DROP FUNCTION bookings_shop_changed();"
)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD + TRIGGERS, BACKWARD)]
