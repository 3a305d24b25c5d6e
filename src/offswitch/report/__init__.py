"""What a run showed, for people: a table for the terminal, Markdown, and one self-contained page."""

from offswitch.report.markdown import as_markdown
from offswitch.report.page import write_report
from offswitch.report.run import read_run
from offswitch.report.table import render_overview, render_table

__all__ = ["as_markdown", "read_run", "render_overview", "render_table", "write_report"]
