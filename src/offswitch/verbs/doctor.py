"""`offswitch doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from offswitch.verbs.reply import Reply, verb


@click.command(short_help="Say what works on this computer.", epilog="Example: offswitch doctor")
@verb
def doctor() -> Reply:
    """Say which machines work on this computer, and what to do about those that do not.

    Exit code 3 when something that Offswitch needs is missing.
    """
    from offswitch.machine.doctor import diagnose, render

    findings = diagnose()
    lacking = any(finding.needed and not finding.ok for finding in findings)
    content = {"ready": not lacking, "findings": [asdict(finding) for finding in findings]}
    return Reply(content, render(findings), 3 if lacking else 0)
