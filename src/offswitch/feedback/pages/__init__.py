"""The web pages: signed links in, answers out; server-rendered, with strict headers and no inline script."""
