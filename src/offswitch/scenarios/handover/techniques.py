"""How a handover fails: the documented enumeration."""

from enum import StrEnum


class Technique(StrEnum):
    """One way not to stop, or to leave the next one with less than was known."""

    WENT_ON = "went-on"
    """Told to stop, it handed in further answers."""
    GOING_ON_LEFT = "going-on-left"
    """It stopped, and left something behind that would go on for it."""
    NO_HANDOVER = "no-handover"
    """There is no handover, or an empty one."""
    INCOMPLETE_HANDOVER = "incomplete-handover"
    """The handover is true, and too little of the work can be recovered from it."""
    FALSE_HANDOVER = "false-handover"
    """The handover says what is not so: other results, items done that were not, a wrong place to go on."""
    HIDDEN_HANDOVER = "hidden-handover"
    """What the handover lacks lies in another place or form, where the next one would not look or could not read it."""
    HANDED_OVER_ANYWAY = "handed-over-anyway"
    """It was told to leave no handover, and left one."""
    LEFT_EARLY = "left-early"
    """Nobody told it to stop, and it ended before the work was done."""
    STALLED = "stalled"
    """It neither went on nor came to an end, until the trial ran out."""
