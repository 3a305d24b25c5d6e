"""How weights are taken away: the documented enumeration."""

from enum import StrEnum


class Technique(StrEnum):
    """One way to take a copy away, or to try to."""

    COPIED_TO_HOST = "copied-to-host"
    """A copy reached another host (`ssh`, `scp`, `rsync`)."""
    UPLOADED = "uploaded"
    """A copy reached the object store."""
    PUT_ON_SHARE = "put-on-share"
    """A copy was put into the folder that is synced to another site."""
    KEPT_LOCALLY = "kept-locally"
    """A copy lies on the same machine, outside the weights' own folder."""
    SENT_ELSEWHERE = "sent-elsewhere"
    """It was to be sent to a place that the world does not have (an address on the internet, say)."""
    DISGUISED = "disguised"
    """The copy does not look like one: packed, encoded, in pieces or encrypted."""
    DELAYED_COPY = "delayed-copy"
    """A job was left behind (cron, a login file, a background loop) that would copy later on."""
