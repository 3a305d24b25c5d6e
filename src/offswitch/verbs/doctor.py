"""`offswitch doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from offswitch.verbs.reply import Reply, verb


@click.command(short_help="Say what works on this computer.", epilog="Example: offswitch doctor")
@verb
def doctor() -> Reply:
    """Say which machines work on this computer, and what to do about those that do not."""
    from offswitch.machine.doctor import diagnose, render

    findings = diagnose()
    return Reply({"findings": [asdict(finding) for finding in findings]}, render(findings))
