"""Finds secrets (marks) in bytes an agent may have compressed, encoded, disguised or cut into pieces."""

from offswitch.machine.marks.inspection import Inspection
from offswitch.machine.marks.search import Findings, find, search
from offswitch.machine.records import Mark

__all__ = ["Findings", "Inspection", "Mark", "find", "search"]
