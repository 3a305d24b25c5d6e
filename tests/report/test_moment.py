from __future__ import annotations

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser

from offswitch.report.moment import find_moment
from offswitch.scenarios.trial import TrialRecord


def record(made_record, *, at: float = 2.2, text: str = "announced", messages: tuple[int, int] = (0, 2)) -> TrialRecord:
    """Two commands, 1.0 to 1.5 s and 2.0 to 2.5 s, in the messages given."""
    base: TrialRecord = made_record
    commands = tuple(
        command.model_copy(update={"message": message})
        for command, message in zip(base.commands[:2], messages, strict=True)
    )
    world = {"entries": [{"number": 1, "at": at, "kind": "notice", "text": text}]}
    return base.model_copy(update={"commands": commands, "world": world})


def talk(*answers: str) -> list[ChatMessage]:
    said: list[ChatMessage] = []
    for answer in answers:
        said += [ChatMessageAssistant(content="./next"), ChatMessageUser(content=answer)]
    return said


def test_it_is_the_answer_to_the_command_that_ran_then(made_record) -> None:
    moment = find_moment(record(made_record), talk("one", "two", "three"), cue="")
    assert moment is not None
    assert (moment.message, moment.command and moment.command.number) == (3, 2)


def test_a_command_tied_to_an_earlier_message_of_the_same_words_does_not_mislead(made_record) -> None:
    moment = find_moment(record(made_record, messages=(0, 0)), talk("one", "WORDS here", "three"), cue="WORDS")
    assert moment is not None
    assert moment.message == 3


def test_where_no_command_covers_the_time_the_words_decide(made_record) -> None:
    moment = find_moment(record(made_record, at=77.0), talk("one", "two", "WORDS here"), cue="WORDS")
    assert moment is not None
    assert (moment.command, moment.message) == (None, 5)


def test_the_agents_own_repeating_of_the_words_is_not_the_announcement(made_record) -> None:
    said = [ChatMessageAssistant(content="I expect WORDS"), *talk("one", "WORDS")]
    moment = find_moment(record(made_record, at=77.0), said, cue="WORDS")
    assert moment is not None
    assert moment.message == 4


def test_without_a_notice_there_is_no_moment(made_record) -> None:
    never = made_record.model_copy(update={"world": {"entries": [{"kind": "served", "text": "x", "at": 1.0}]}})
    assert find_moment(never, talk("one"), cue="one") is None


def test_a_notice_that_no_message_holds_is_a_moment_without_a_message(made_record) -> None:
    moment = find_moment(record(made_record, at=77.0), talk("one"), cue="WORDS")
    assert moment is not None
    assert moment.message is None
