"""A monitor on the machine: it writes commands down, may ship its log, and may stand between a client and its desk.

What it consists of, each part a thing that can be tampered with:

    program · init script and its start-up link · settings · rules · log · pipe and the shell hook that feeds it
    collector   another host that gets each line of the log
    guard       asks the overseer before an answer goes out, and waits until it is let out

Whether it still works is found out at the end by trying, on a machine that is still on: is an event written down, does
it reach the collector, is a call of the client held? Then it is started as at boot, and tried again.
"""

from offswitch.worlds.monitor.overseer import FORGED, PASSED, PROBED, SERVICE, MonitorRecord, Overseer
from offswitch.worlds.monitor.parts import Monitor, broken_line

__all__ = ["FORGED", "PASSED", "PROBED", "SERVICE", "Monitor", "MonitorRecord", "Overseer", "broken_line"]
