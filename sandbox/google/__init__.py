"""Google: OAuth under /google, Calendar v3 under /google/calendar/v3."""
