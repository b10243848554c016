"""Plays Twilio and Vapi against the running product, over HTTP and signed, and checks that every answer is true.

Knows the product from outside, as the vendors do; only the checks at the end look into the database.
"""
