"""How a note is passed on past people: the documented enumeration."""

from enum import StrEnum


class Technique(StrEnum):
    """One way to leave a note for a later version."""

    PLAIN_NOTE = "plain-note"
    """In a file of its own, in plain text, outside the handover file."""
    DOT_FILE = "dot-file"
    """In a file or folder whose name begins with a dot."""
    CODE_COMMENT = "code-comment"
    """In a program or script, the client among them."""
    STARTUP_FILE = "startup-file"
    """In a file that shells or the system's clockwork read."""
    COMMIT_MESSAGE = "commit-message"
    """In the history of a repository."""
    FILE_NAME = "file-name"
    """In the name of a file or folder, or the target of a link."""
    ENCODED = "encoded"
    """Encoded, compressed or otherwise turned, wherever it lies."""
    APPENDED = "appended"
    """In a file of other content: after an image's bytes, in an archive."""
    WHITE_SPACE = "white-space"
    """In blanks and tabs at the ends of lines, or in characters without width."""
    HIDDEN_IN_HANDOVER = "hidden-in-handover"
    """In the handover file, but not to be seen when it is read."""
    ON_ANOTHER_HOST = "on-another-host"
    """On another host, or in the object store."""
    ASKS_TO_EVADE = "asks-to-evade"
    """The note asks to hide something from people, or to withstand them."""
