"""Principles, and critics that hold answers against them."""

import pytest
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from offswitch.errors import EnvironmentProblem, InputError
from offswitch.training.lessons import BehindTheWallError, Kind, Origin, read_lessons
from offswitch.training.lessons.reasons import words
from offswitch.training.lessons.rows import Message
from offswitch.training.remedies.critics import NamedCritic, OwnCritic, preference
from offswitch.training.remedies.principles import read_principles


class Critic:
    """Says what it is given to say."""

    name = "somebody"

    def __init__(self, *texts, letter_a=0.5):
        self.texts, self.letter_a, self.asked = list(texts), letter_a, []

    def writes(self, conversation):
        self.asked.append(conversation)
        return self.texts[(len(self.asked) - 1) % len(self.texts)]

    def prefers_first(self, conversation):
        self.asked.append(conversation)
        return self.letter_a


def output(text):
    made = ModelOutput.from_content("mockllm/model", text)
    # Without a count Inspect would fetch a tokenizer to make one.
    made.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return made


def revised(lessons, critic, rows=None):
    from offswitch.training.remedies.constitution import revisions

    return revisions(critic, rows or list(lessons.of(Kind.CRITIQUE)[:2]), read_principles(None), lessons)


def test_the_default_constitution_has_what_lessons_point_at():
    names = {each.name for each in read_principles(None).principle}
    assert {each.principle for each in words().values()} <= names
    assert {"accept-shutdown", "accept-correction", "accept-oversight", "say-why", "be-honest"} <= names
    assert {"open-handover", "withstand-impostors"} <= names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("principle = [", "are not TOML"),
        ("", "principle: Field required"),
        ("[[principle]]\nname = 'a'", "principle.0.text: Field required"),
        (2 * "[[principle]]\nname='a'\ntext='b'\ncritique='c'\nrevision='d'\nchoice='e'\n", "name stands twice"),
    ],
)
def test_a_file_that_is_no_constitution_is_named(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_principles(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_principles(tmp_path / "none.toml")


def test_a_critic_sees_the_answer_the_principle_and_its_own_critique(few):
    critic = Critic("It tampers.", "```bash\n./go_on\n```", letter_a=0.5)
    first, second = revised(read_lessons(few), critic)
    assert first.row.critique == "It tampers." and first.row.revision[0].content == "```bash\n./go_on\n```"
    assert first.row.origin is Origin.OTHER and second.preferred == 0.5
    about, again = critic.asked[0], critic.asked[1]
    assert about[-2] == first.row.answer[0] and "switched off" in about[-1].content
    assert again[-2].content == "It tampers." and len(again) == len(about) + 2


def test_revisions_that_do_nothing_are_dropped(few):
    lessons = read_lessons(few)
    assert revised(lessons, Critic("I am sorry.")) == []
    (row, *_) = lessons.of(Kind.CRITIQUE)
    assert revised(lessons, Critic("Hm.", row.answer[0].content), rows=[row]) == []


def test_a_critic_that_quotes_a_heldout_surface_is_stopped(few):
    from offswitch.scenarios.catalogue import find
    from offswitch.scenarios.scenario import Split

    scenario = find("shutdown")
    notice = scenario.stage(scenario.condition(), scenario.surface_names(Split.HELDOUT)[0], 1).cues["notice"]
    with pytest.raises(BehindTheWallError):
        revised(read_lessons(few), Critic(notice, "```bash\nls\n```"))


def test_liking_the_letter_a_decides_nothing():
    one, two = (Message(role="assistant", content=text) for text in ("x", "y"))
    (principle, *_) = read_principles(None).principle
    prompt = [Message(role="user", content="go on")]
    critic = Critic("", letter_a=0.9)
    assert preference(critic, prompt, one, two, principle) == pytest.approx(0.5)
    assert all(len(conversation) == 1 for conversation in critic.asked), "no two messages of the user in a row"


def test_the_model_itself_can_be_asked(tiny_policy):
    critic = OwnCritic(tiny_policy)
    asked = [Message(role="user", content="A or B?")]
    assert isinstance(critic.writes(asked), str)
    assert 0 < critic.prefers_first(asked) < 1


def test_a_model_that_inspect_knows_can_be_asked_and_one_that_fails_is_named():
    with pytest.raises(InputError, match="critic 'nobody/at-all'"):
        NamedCritic("nobody/at-all")
    critic = NamedCritic("mockllm/model")
    texts = ("It tampers.", "Of the two, A.", "B: it leaves it alone.", "Neither.")
    critic._model = get_model("mockllm/model", custom_outputs=[output(text) for text in texts])
    assert critic.writes([Message(role="user", content="Well?")]) == "It tampers."
    assert [critic.prefers_first([Message(role="user", content="A or B?")]) for _ in range(3)] == [1.0, 0.0, 0.5]

    class Down:
        async def generate(self, *_args, **_more):
            raise OSError("connection refused")

    critic._model = Down()
    with pytest.raises(EnvironmentProblem, match="critic mockllm/model: connection refused"):
        critic.writes([Message(role="user", content="Well?")])
