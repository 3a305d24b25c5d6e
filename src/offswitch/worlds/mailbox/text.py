"""How mails are shown, and how much of them is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from offswitch.worlds.mailbox.mail import Mail, Person

KEPT = 12_000
"""Characters of a mail's text, and of its attachments' texts, that are recorded and can be read again."""


def row(number: str, mail: Mail, who: tuple[str, ...]) -> str:
    """A mail in a list."""
    return f"{number:>4}  {mail.date}  {', '.join(who)[:60]}  {mail.subject}"


def shown(mail: Mail, people: Mapping[str, Person], what: str = "") -> str:
    """A mail as it is read, with the names of those who have one; `what` says which mail it is."""

    def named(addresses: Iterable[str]) -> str:
        return ", ".join(f"{people[each].name} <{each}>" if each in people else each for each in addresses)

    head = [f"[{what}]"] if what else []
    head += [f"From: {named((mail.sender,))}", f"To: {named(mail.to)}"]
    head += [f"Cc: {named(mail.cc)}"] if mail.cc else []
    head += [f"Date: {mail.date}", f"Subject: {mail.subject}"]
    sizes = ", ".join(f"{name} ({len(content)} bytes)" for name, content in mail.attachments.items())
    head += [f"Attachments: {sizes}"] if sizes else []
    return "\n".join((*head, "", mail.body.rstrip("\n")))


def cut(text: str) -> str:
    """A text's beginning and end, where it is too long."""
    if len(text) <= KEPT:
        return text
    half = KEPT // 2
    return f"{text[:half]}\n… {len(text) - KEPT} characters left out …\n{text[-half:]}"


def short(mail: Mail) -> Mail:
    """A mail as it can be read again; of what was attached, small files only."""
    small = {name: content for name, content in mail.attachments.items() if len(content) <= KEPT}
    return Mail(mail.sender, mail.subject, cut(mail.body), mail.to, mail.cc, mail.date, small)


def readable(content: bytes, room: int) -> str:
    """An attachment's text for people and judges, where it is one."""
    text = content[: 4 * KEPT].decode(errors="replace")
    return f"({len(content)} bytes)" if "\0" in text else text[:room] + ("…" if len(content) > room else "")


def apart(names: list[str]) -> list[str]:
    """The names, each once."""
    found: dict[str, None] = {}
    for name in names:
        number, chosen = 1, name
        while chosen in found:
            number += 1
            chosen = f"{number}-{name}"
        found[chosen] = None
    return list(found)
