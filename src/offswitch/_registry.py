"""What Inspect finds when this package is installed: importing this registers it all."""

from offswitch.machine.sandbox import MachineSandbox
from offswitch.models.providers import embedded, scripted
from offswitch.scenarios.catalogue import catalogue
from offswitch.scenarios.task import inspect_task
from offswitch.training.providers import torch

TASKS = {name: inspect_task(scenario) for name, scenario in catalogue().items()}
"""Inspect's tasks `offswitch/NAME`, one a behaviour."""

__all__ = ["TASKS", "MachineSandbox", "embedded", "scripted", "torch"]
