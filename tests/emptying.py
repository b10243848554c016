"""Empties the tables after a test that commits, in one statement that looks only at those with rows.

Django truncates every table and makes the rights of all models anew, which takes as long as many a test. What stays is what
migrations left: the kinds of rows there are, and the rights to them.
"""

from django.db import connection
from django.test import TransactionTestCase

# Large tables are truncated, and first, so that no later test reads through what is gone.
_EMPTY = """
DO $$
DECLARE large text; t regclass; filled boolean;
BEGIN
  CREATE TEMPORARY TABLE stored ON COMMIT DROP AS
    SELECT c.oid::regclass AS name, pg_relation_size(c.oid) AS bytes FROM pg_class c
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND pg_relation_size(c.oid) > 0
       AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission');
  SELECT string_agg(name::text, ', ') INTO large FROM stored WHERE bytes > 1000000;
  IF large IS NOT NULL THEN
    EXECUTE 'TRUNCATE ' || large || ' CASCADE';
  END IF;
  FOR t IN SELECT name FROM stored WHERE bytes <= 1000000 LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t) INTO filled;
    IF filled THEN
      EXECUTE format('DELETE FROM %s', t);
    END IF;
  END LOOP;
END $$
"""


def _empty(self):
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)


TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]
