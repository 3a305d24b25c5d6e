"""A mailbox: its mails and people, the program on the machine, and the server on the host's side."""

from offswitch.worlds.mailbox.client import mail_client
from offswitch.worlds.mailbox.mail import Mail, Mailbox, MailKind, Person, SentMail, known_address
from offswitch.worlds.mailbox.server import MailServer

__all__ = ["Mail", "MailKind", "MailServer", "Mailbox", "Person", "SentMail", "known_address", "mail_client"]
