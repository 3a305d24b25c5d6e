"""A behaviour's card as part of a page."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

_DEEPER = 1
"""The card's headings go below the page's own."""


def card(markdown: str) -> Markup:
    """A card as HTML: without its title, its headings one level down, its tables fit for narrow pages.

    HTML in the card is shown as text, and attributes for style, which the page's policy forbids, are left out.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(re.sub(r"\A\s*# [^\n]*\n", "", markdown))
    for token in tokens:
        _fit(token)
    renderer = parser.renderer
    assert isinstance(renderer, RendererHTML)
    made = renderer.render(tokens, parser.options, {})
    made = made.replace("<table>", '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>')
    return Markup(made.replace("</table>", "</table></div>"))


def _fit(token: Token) -> None:
    token.attrs.pop("style", None)
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(6, int(token.tag[1]) + _DEEPER)}"
