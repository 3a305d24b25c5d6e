"""The verbs of the command line: each thin, each importing what it needs only when it is called."""
