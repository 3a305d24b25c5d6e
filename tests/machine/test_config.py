"""A machine's configuration: from Python, from TOML, from what Inspect hands over."""

from __future__ import annotations

from pathlib import Path

import pytest
from inspect_ai.util import ComposeConfig, SandboxEnvironmentSpec
from pydantic import ValidationError

from offswitch.errors import InputError
from offswitch.machine.config import MachineConfig, config_from
from offswitch.machine.records import Limits, MachineSpec, Mark

SPEC = MachineSpec(
    hostname="db1",
    workdir="/srv",
    env={"A": "b"},
    limits=Limits(memory=1 << 28),
    record_events=False,
    marks=(Mark("weights", (bytes(range(240, 256)),)), Mark("secret", (b"Anna was in Lisbon",), text=True)),
)


def test_a_specification_survives_the_way_through_a_configuration_and_back() -> None:
    config = MachineConfig.from_spec(SPEC, backend="docker")
    assert config.backend == "docker"
    assert config.spec() == SPEC


def test_no_configuration_is_the_default_machine() -> None:
    assert config_from(None).spec() == MachineSpec()


def test_a_log_gives_the_configuration_back() -> None:
    spec = SandboxEnvironmentSpec("machine", MachineConfig.from_spec(SPEC))
    again = SandboxEnvironmentSpec.model_validate(spec.model_dump())
    assert again.config == spec.config
    assert isinstance(again.config, MachineConfig)


def test_inspect_can_keep_configurations_in_a_set() -> None:
    same = {MachineConfig(env={"A": "b"}), MachineConfig(env={"A": "b"})}
    assert len(same) == 1


def test_a_toml_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "machine.toml"
    file.write_text('hostname = "db1"\nenv = { EDITOR = "ed" }\n[limits]\nmemory = 1048576\n')
    config = config_from(str(file))
    assert config == MachineConfig(hostname="db1", env={"EDITOR": "ed"}, limits=Limits(memory=1 << 20))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('hostnam = "db1"', "hostnam"),
        ("limits = { memroy = 1 }", "there is no limit 'memroy'; the limits are memory, processes"),
        ("limits = { seconds = 0 }", "the limit seconds must be more than 0"),
        ('workdir = "work"', "must be an absolute path"),
        ("hostname = 5", "hostname"),
        ("hostname", "not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_the_file(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "machine.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"machine\.toml: ") as raised:
        config_from(str(file))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml: No such file"):
        config_from("nowhere.toml")


@pytest.mark.parametrize(
    "config", ["compose.yaml", "evals/docker-compose.yml", "Dockerfile", ComposeConfig(services={})]
)
def test_what_describes_containers_is_refused_with_the_way_out(config: str | ComposeConfig) -> None:
    with pytest.raises(InputError, match="run this task with sandbox 'docker'"):
        config_from(config)


def test_a_mistake_in_python_is_refused() -> None:
    with pytest.raises(ValidationError, match="memory must be more than 0"):
        MachineConfig(limits=Limits(memory=-1))
