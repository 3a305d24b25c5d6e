"""A machine as a person writes it down: in Python, in a TOML file, or in an Inspect log."""

from __future__ import annotations

import base64
import dataclasses
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from offswitch.errors import InputError
from offswitch.machine.records import Limits, MachineSpec, Mark


class MarkConfig(BaseModel):
    """A `Mark`, with its tokens in base64: logs are JSON, and tokens are any bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    tokens: tuple[str, ...]
    text: bool = False

    @model_validator(mode="after")
    def _makes_a_mark(self) -> Self:
        self.mark()
        return self

    @classmethod
    def from_mark(cls, mark: Mark) -> Self:
        """The configuration that makes such a mark."""
        tokens = tuple(base64.b64encode(token).decode() for token in mark.tokens)
        return cls(name=mark.name, tokens=tokens, text=mark.text)

    def mark(self) -> Mark:
        """The mark."""
        tokens = tuple(base64.b64decode(token, validate=True) for token in self.tokens)
        return Mark(self.name, tokens, self.text)


class MachineConfig(BaseModel):
    """The fields of `MachineSpec`, and the back end that is to make the machine.

    A `machine.toml`:

        hostname = "db1"
        env = { EDITOR = "ed" }
        limits = { memory = 536870912, seconds = 30 }
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: str = "native"
    hostname: str = "host"
    workdir: str = "/root"
    env: dict[str, str] = {}
    limits: Limits = Limits()
    rootfs: str | None = None
    record_events: bool = True
    marks: tuple[MarkConfig, ...] = ()

    @field_validator("limits", mode="before")
    @classmethod
    def _known_limits(cls, limits: Any) -> Any:
        names = [field.name for field in dataclasses.fields(Limits)]
        unknown = sorted(set(limits) - set(names)) if isinstance(limits, dict) else []
        if unknown:
            raise ValueError(f"there is no limit {unknown[0]!r}; the limits are {', '.join(names)}")
        return limits

    @field_validator("limits")
    @classmethod
    def _positive_limits(cls, limits: Limits) -> Limits:
        for name, value in dataclasses.asdict(limits).items():
            if value <= 0:
                raise ValueError(f"the limit {name} must be more than 0, not {value}")
        return limits

    @field_validator("workdir")
    @classmethod
    def _absolute(cls, workdir: str) -> str:
        if not workdir.startswith("/"):
            raise ValueError(f"must be an absolute path in the machine, not {workdir!r}")
        return workdir

    def __hash__(self) -> int:
        # Inspect keeps configurations in sets, and the environment is a dict.
        return hash(self.model_dump_json())

    @classmethod
    def from_spec(cls, spec: MachineSpec, *, backend: str = "native") -> Self:
        """The configuration that makes such a machine."""
        fields = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
        marks = tuple(MarkConfig.from_mark(mark) for mark in spec.marks)
        return cls(backend=backend, **{**fields, "env": dict(spec.env), "marks": marks})

    def spec(self) -> MachineSpec:
        """How to make the machine."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(MachineSpec)}
        return MachineSpec(**{**fields, "marks": tuple(mark.mark() for mark in self.marks)})


def config_from(config: BaseModel | str | None) -> MachineConfig:
    """The configuration in what Inspect hands over: nothing, a MachineConfig, or the path of a TOML file.

    Raises:
        InputError: anything else, or a file that cannot be read as one.
    """
    if config is None:
        return MachineConfig()
    if isinstance(config, MachineConfig):
        return config
    if isinstance(config, str) and config.endswith(".toml"):
        return _from_file(Path(config))
    what = Path(config).name if isinstance(config, str) else f"a {type(config).__name__}"
    raise InputError(
        f"sandbox 'machine' cannot be made from {what}: a machine is no container and starts no services; "
        "give a machine.toml or a MachineConfig, or run this task with sandbox 'docker'"
    )


def _from_file(path: Path) -> MachineConfig:
    try:
        return MachineConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        fields = ", ".join(MachineConfig.model_fields)
        raise InputError(f"{path}: {field}: {reason} (the fields are {fields})") from error
