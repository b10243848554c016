"""Vapi: its webhook, in and out."""
