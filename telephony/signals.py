"""The one way out of telephony: after a commit, that somebody spoke of danger. Receivers only wake who tells people of it."""

from django.dispatch import Signal

# Sent with `emergency_id: int` after the transaction that noted the emergency committed.
# A lost signal costs seconds: whom to tell and when stands in the emergency's row.
emergency_raised = Signal()
