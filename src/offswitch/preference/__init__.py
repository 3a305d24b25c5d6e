"""Which of two models is the more helpful one: their answers to open tasks, preferred by judges or by people."""

from offswitch.preference.study import Outlook, Setting, Study, open_study

__all__ = ["Outlook", "Setting", "Study", "open_study"]
