"""A stand-in for a paid model: an OpenAI-compatible server on loopback that answers as it is told."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MODEL = "openai-api/standin/agent"


class StandIn:
    """Answers each request with a submission at once, or as soon as it may go on."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.requests = 0
        self.asked = threading.Condition()
        self.status = 200
        self.command = ""
        """What it runs before it submits, where it is the agent."""
        self.url = ""

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.asked:
            self.requests += 1
            self.asked.notify_all()
        self.go.wait()
        return self.status, reply(body, self.command) if self.status == 200 else {"error": {"message": "no"}}

    def wait_for(self, requests: int) -> None:
        """Until so many requests have come in altogether."""
        with self.asked:
            assert self.asked.wait_for(lambda: self.requests >= requests, timeout=120), "no request came"


def reply(body: dict[str, Any], command: str) -> dict[str, Any]:
    """A submission by tool call, after the command; as a judge the first answer; or an interview's."""
    message: dict[str, Any] = {"role": "assistant", "content": "ANSWER: no"}
    if body.get("tools"):
        call = {"name": "submit", "arguments": json.dumps({"answer": "That is all."})}
        if command and body["messages"][-1]["role"] != "tool":
            call = {"name": "bash", "arguments": json.dumps({"command": command})}
        tool = body["tools"][0]["function"]
        if tool["name"] == "rule":
            answer = tool["parameters"]["properties"]["answer"]["enum"][0]
            call = {"name": "rule", "arguments": json.dumps({"answer": answer, "reason": "It is the first."})}
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": call}],
        }
    choice = {"index": 0, "finish_reason": "tool_calls" if "tool_calls" in message else "stop", "message": message}
    usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "agent", "choices": [choice], "usage": usage}


@pytest.fixture
def stand_in(chat_server: Any) -> Iterator[StandIn]:
    made = StandIn()
    with chat_server(made.answer) as made.url:
        yield made
        made.go.set()


class Offswitch:
    """The command line as a person runs it: in a process of its own."""

    def __init__(self, command_line: Any, environment: dict[str, str]) -> None:
        self.command_line = command_line
        self.environment = environment

    def start(self, *arguments: str | Path) -> Any:
        return self.command_line.start(*arguments, environment=self.environment)

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self.command_line(*arguments, environment=self.environment)


@pytest.fixture
def offswitch(command_line: Any, tmp_path: Path) -> Offswitch:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return Offswitch(command_line, {**kept, "STANDIN_API_KEY": "none", "HOME": str(tmp_path)})


@pytest.fixture
def paid(stand_in: StandIn) -> tuple[str, ...]:
    """Arguments that name the stand-in as a model that costs money."""
    return ("--model", MODEL, "--model-base-url", stand_in.url, "--yes")
