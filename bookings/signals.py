"""The one way out of the core: after a commit, which technicians' visits changed. Receivers only enqueue."""

from django.dispatch import Signal

# Sent with `technician_ids: list[int]` and `origin: str` after the transaction that changed their visits committed.
# A lost signal costs seconds, never a change: each adapter also finds its work in the database.
visits_changed = Signal()

# Sent with `message_id: int` after the transaction that queued an outgoing message committed.
messages_queued = Signal()

# Sent with `shop_id: int` after somebody asked for a shop's calendars to be read soon.
refresh_asked = Signal()
