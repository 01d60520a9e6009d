"""Every scenario, directly and through Layer: the two transcripts must be equal."""

import pytest

import masks
import scenarios  # noqa: F401
from environment import Environment, Transport
from flavours import Flavour, combinations
from registry import SCENARIOS, Scenario
from runner import transcript_of

COMBINATIONS = [
    pytest.param(transport, flavour, id=f"{transport.name}-{flavour.name}")
    for transport, flavour in combinations(Environment.read().layer_transports)
]


@pytest.mark.parametrize("scenario", [pytest.param(s, id=s.name) for s in SCENARIOS.values()])
@pytest.mark.parametrize("transport, flavour", COMBINATIONS)
def test_same_answers(
    environment: Environment,
    direct_transcripts: dict,
    run_id: str,
    transport: Transport,
    flavour: Flavour,
    scenario: Scenario,
) -> None:
    prefix = f"py-{run_id}-{flavour.name}-{scenario.name}"
    key = (flavour.name, scenario.name)
    if key not in direct_transcripts:
        direct_transcripts[key] = transcript_of(environment, environment.direct, flavour, scenario, prefix)
    through_layer = transcript_of(environment, transport, flavour, scenario, prefix)
    assert masks.lines(through_layer) == masks.lines(direct_transcripts[key])
