"""What the launcher says when it cannot give the servers: always with the next step in the message."""


class EmbeddedError(Exception):
    """Shown to the person as it stands, without a traceback."""
