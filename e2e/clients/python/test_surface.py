"""No public method of the client may be left out of the scenarios."""

import pytest

import scenarios  # noqa: F401
from registry import SCENARIOS
from surface import CLIENT_CLASSES, public_methods

# No store offers PUT: what Layer answers is its own contract.
COVERED_ELSEWHERE = {"Turbopuffer.put": "test_layer_answers.py, test_wrong_method"}


@pytest.mark.parametrize("client_class", CLIENT_CLASSES)
def test_every_public_method_is_in_a_scenario(client_class: type) -> None:
    covered = {method: s.name for s in SCENARIOS.values() for method in s.covers} | COVERED_ELSEWHERE
    public = public_methods(client_class)
    assert not public - covered.keys(), "public methods in no scenario"
    assert not covered.keys() - public, "covered methods that the client no longer has"
