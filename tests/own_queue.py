"""A Redis database of its own for each process that runs tests: what one breaks, the others do not learn of.

A plugin and no fixture, for it has to be there before the settings are read.
"""

import os

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and "REDIS_URL" in os.environ:
    # 16 databases are usual; test_alarm_watch takes the ninth for itself.
    server, _, _ = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{1 + int(_worker.removeprefix('gw')) % 8}"
