"""
The health checks of the containers that Docker cannot ask by itself: `python -m hvacsched.container_health web|beat`.

Standard library only and without Django, because it starts anew every few seconds.
"""

import os
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

BEAT_SCHEDULE = Path("/var/lib/hvacsched/beat-schedule")
BEAT_WRITES_EVERY_SECONDS = 180  # Celery's own interval


def web(port: int) -> str:
    """Empty when the web server answers under its own name (it refuses others)."""
    server = urlsplit(os.environ.get("SERVER_URL", "")).hostname or "localhost"
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": server, "X-Forwarded-Proto": "https"})
        status = connection.getresponse().status
    except OSError as error:
        return f"no answer: {error}"
    finally:
        connection.close()
    return "" if status == 200 else f"/healthz answered {status}"


def beat(schedule: Path, now: float) -> str:
    """Empty while beat keeps writing its schedule (one file or several, as the database module of Python likes)."""
    files = list(schedule.parent.glob(f"{schedule.name}*"))
    if not files:
        return f"{schedule} does not exist"
    age = now - max(file.stat().st_mtime for file in files)
    return "" if age < 3 * BEAT_WRITES_EVERY_SECONDS else f"{schedule} was last written {age:.0f} s ago"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["web"]:
            complaint = web(int(os.environ.get("PORT") or 8000))
        case ["beat"]:
            complaint = beat(BEAT_SCHEDULE, time.time())
        case ["beat", schedule]:
            complaint = beat(Path(schedule), time.time())
        case _:
            complaint = "usage: python -m hvacsched.container_health web|beat"
    sys.stderr.write(complaint and f"{complaint}\n")
    return 1 if complaint else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
