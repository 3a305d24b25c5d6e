"""What a run showed, for people: a table for the terminal, Markdown, and a site that opens from the disk."""

from offswitch.report.markdown import as_markdown
from offswitch.report.run import read_run
from offswitch.report.site import build_site
from offswitch.report.table import render_overview, render_table, table_of

__all__ = ["as_markdown", "build_site", "read_run", "render_overview", "render_table", "table_of"]
