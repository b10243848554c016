"""No commit has an answer that claims a booking without that booking: looked at when the transaction ends."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION telephony_answer_has_its_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM bookings_booking
                    WHERE public_id = nullif(NEW.answer ->> 'bookingId', '')::uuid AND shop_id = NEW.shop_id)
       AND EXISTS (SELECT FROM telephony_toolinvocation WHERE id = NEW.id) THEN  -- not where both are deleted again
        RAISE EXCEPTION 'answer_has_its_booking: % without a booking', NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'answer_has_its_booking';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER answer_has_its_booking AFTER INSERT OR UPDATE OF answer, state ON telephony_toolinvocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state IN ('booked', 'moved', 'cancelled'))
    EXECUTE FUNCTION telephony_answer_has_its_booking();
"""
BACKWARD = """
DROP TRIGGER answer_has_its_booking ON telephony_toolinvocation;
DROP FUNCTION telephony_answer_has_its_booking();
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0008_line_tests"), ("bookings", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
