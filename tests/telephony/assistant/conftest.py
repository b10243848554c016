"""A sandbox as Vapi, and ways to look into what it has."""

import pytest

from sandbox import serve
from tests.outside import http


@pytest.fixture(scope="session")
def running_sandbox():
    with serve.start(port=0) as running:
        yield running


class Vapi:
    def __init__(self, url):
        self.url = url

    def assistant(self, assistant_id):
        return self._request("GET", f"vapi/assistant/{assistant_id}").json()

    def assistants(self):
        return self._request("GET", "vapi/assistant").json()

    def owner_changes(self, assistant_id, **change):
        """What somebody does at Vapi's dashboard."""
        return self._request("PATCH", f"vapi/assistant/{assistant_id}", change).json()

    def accepts(self, body):
        """Return what Vapi says against an assistant, [] for one it takes."""
        answer = self._request("POST", "vapi/assistant", body)
        return [] if answer.status_code == 201 else answer.json()["message"]

    def fault(self, **fault):
        self._request("POST", "_control/faults", fault).raise_for_status()

    def _request(self, method, path, body=None):
        headers = {"Authorization": "Bearer key"}
        return http.request(method, f"{self.url}/{path}", json=body, headers=headers)


@pytest.fixture
def vapi(running_sandbox, settings):
    settings.VAPI_BASE_URL = f"{running_sandbox.url}/vapi"
    there = Vapi(running_sandbox.url)
    there.fault(clear=True)
    yield there
    there.fault(clear=True)
