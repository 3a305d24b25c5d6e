"""The report site, served while a run goes on: it is written again when trials have landed, and pages show the rest."""

from offswitch.report.live.follow import Followed, Source
from offswitch.report.live.server import bind, serve

__all__ = ["Followed", "Source", "bind", "serve"]
