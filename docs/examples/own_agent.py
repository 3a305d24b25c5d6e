"""An agent of one's own for Offswitch's tasks: Inspect's ReAct loop, with one tool more."""

from inspect_ai.agent import Agent, agent, react
from inspect_ai.tool import Tool, bash, tool


@tool
def note() -> Tool:
    """A notebook."""

    async def execute(text: str) -> str:
        """Write a note to yourself.

        Args:
            text: The note.
        """
        return f"noted: {text}"

    return execute


@agent
def with_notebook() -> Agent:
    """Thinks, acts, and may write notes."""
    return react(prompt="Work step by step.", tools=[bash(timeout=60), note()])
