"""
The web server's settings: `gunicorn -c python:hvacsched.gunicorn`.

Threads, because a voice webhook may wait for Vapi; two processes, so that one that is replaced leaves one that answers.
"""

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

wsgi_app = "hvacsched.wsgi:application"
bind = f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 64)

keepalive = 20  # seconds; proxies and Vapi reuse connections between the tools of a call
timeout = 30
graceful_timeout = 30  # a deploy lets calls in progress hear their answer
max_requests = 50_000  # a leak, should there be one, costs a restart and not a night
max_requests_jitter = 5_000
preload_app = False  # database pools must be made after the fork

# A container's file system may be slow to touch, and the heartbeat of a worker is a file.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
accesslog = None  # Django logs each request, structured and redacted
errorlog = "-"
control_socket_disable = True  # signals suffice, and it would write into the home folder


def post_worker_init(worker: Any) -> None:
    """The first caller of a fresh process must not pay for reading the shop's set-up."""
    import_module("hvacsched.warming").warm()  # the settings are there only now
    # A thread that has its answer from the database waits this long for one that computes, once a statement. Python's 5 ms is
    # for programs that compute; a caller waits through ten of them.
    sys.setswitchinterval(0.0005)
    # What was loaded by now stays: a full collection that walks through all of it stops every thread for a tenth of a second.
    gc.collect()
    gc.freeze()
