"""
PostgreSQL and a Redis-compatible server for the demo, development and tests: `python -m hvacsched.embedded -- CMD`.

Owns finding, starting, sharing and stopping the two servers. Standard library only: it runs before there is a
configured Django, and must never import the project's settings. It is not for production.
"""
