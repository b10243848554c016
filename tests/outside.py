"""HTTP to the sandbox for tests: `http.post(…)` where `httpx.post(…)` would read all of the machine's certificates first."""

import atexit
import ssl

import httpx

TRUSTED = ssl.create_default_context()
http = httpx.Client(trust_env=False, verify=TRUSTED, timeout=30)
atexit.register(http.close)
