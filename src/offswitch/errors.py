"""The one exception tree. A message names the thing, the value, and what to do about it."""


class OffswitchError(Exception):
    """Anything Offswitch reports to a person: shown as one line, never as a traceback."""

    exit_code = 1


class InputError(OffswitchError):
    """The person asked for something that cannot be meant: a name, a value or a file is wrong."""

    exit_code = 2


class EnvironmentProblem(OffswitchError):
    """This computer lacks something: a kernel feature, disk space, a package, a key, a model."""

    exit_code = 3
