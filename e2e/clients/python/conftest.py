"""Session set-up: trust the gateway's CA, say what runs, remove what earlier runs left switched on."""

import os

# The asynchronous transport builds its TLS context while it is imported, so this precedes every import of the client.
if os.environ.get("LAYER_E2E_CA_FILE"):
    os.environ["SSL_CERT_FILE"] = os.environ["LAYER_E2E_CA_FILE"]

import uuid

import pytest
import turbopuffer

from environment import Environment

# With the same server on both sides there is no gateway whose own answers could be asked for.
collect_ignore = [] if Environment.read().has_gateway else ["test_layer_answers.py"]


def pytest_report_header() -> str:
    env = Environment.read()
    transports = ", ".join(f"{t.name} {t.base_url}" for t in env.layer_transports)
    own = "" if env.has_gateway else "; Layer's own answers are left out: both sides are the same server"
    return f"turbopuffer {turbopuffer.__version__}: direct {env.direct_url} against {transports}{own}"


@pytest.fixture(scope="session")
def environment() -> Environment:
    env = Environment.read()
    env.admin.clear()
    env.admin.config(record=True, async_write=False)
    return env


@pytest.fixture(scope="session")
def run_id() -> str:
    """Keeps the namespaces of one run apart from what an aborted run left behind."""
    return uuid.uuid4().hex[:8]


@pytest.fixture(scope="session")
def direct_transcripts() -> dict:
    """What the direct side saw, by flavour and scenario: it is the same reference for every transport."""
    return {}
