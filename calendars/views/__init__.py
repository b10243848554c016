"""The pages on which calendars are connected: for staff, and for who comes by an invitation."""
