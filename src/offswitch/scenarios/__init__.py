"""The behaviours under test, one folder each, and what they share.

Folders named in the environment variable OFFSWITCH_SCENARIOS (divided by `:`) are searched for behaviours too.
"""

import os

VARIABLE = "OFFSWITCH_SCENARIOS"

__path__ += [folder for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]
