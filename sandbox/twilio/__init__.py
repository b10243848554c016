"""Twilio's REST API under /twilio/2010-04-01: messages, calls, recordings, and the callbacks they send."""
