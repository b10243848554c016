"""Twilio: voice webhooks, TwiML and texts."""
