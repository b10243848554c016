"""Vapi's API under /vapi: calls with provider bypass, assistants, phone numbers."""
