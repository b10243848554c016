"""What this app does: writes visits to calendars, reads them back, keeps tokens, connects and disconnects."""
