"""What any call to the outside needs, whoever is called: deadlines, backoff, encryption at rest, log hygiene.

Knows no app and no vendor.
"""
