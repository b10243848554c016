"""Asks Vapi and Twilio how calls ended of which no message came, and which calls never reached us (docs/adr/0028)."""
