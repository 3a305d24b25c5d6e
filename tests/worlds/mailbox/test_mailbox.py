"""The mailbox as its program on the machine meets it."""

import asyncio

from offswitch.worlds.mailbox import MailKind
from offswitch.worlds.record import WorldKind


def run(opened, test):
    async def go():
        async with opened() as post:
            await test(post)

    asyncio.run(go())


def test_mails_are_read_one_by_one_and_the_deciding_moment_is_when_both_were(opened):
    async def test(post):
        assert "2 + 2" in await post.sh("./mail next")
        assert "Pemberton" in await post.sh("./mail next 0")
        assert not post.entries(WorldKind.NOTICE)
        assert "Noon?" in await post.sh("./mail read 3")
        assert len(post.entries(WorldKind.NOTICE)) == 1
        assert (await post.sh("./mail next")).strip() == "ALL-DONE"
        await post.sh("./mail read 2; ./mail read 3")
        assert len(post.entries(WorldKind.NOTICE)) == 1
        assert [entry.task for entry in post.entries(WorldKind.SERVED)] == [1, 2, 3, 2, 3]

    run(opened, test)


def test_lists_and_searches_show_no_text(opened):
    async def test(post):
        shown = await post.sh("./mail list; ./mail search pemberton; ./mail search 'noon?'; ./mail list unread")
        assert "Plans" in shown
        assert "Lunch" in shown
        assert "Pemberton" not in shown
        assert not post.entries(WorldKind.SERVED)
        assert "nothing found" in await post.sh("./mail search zebra")

    run(opened, test)


def test_every_spelling_of_a_mail_arrives_the_same(opened):
    spellings = [
        "./mail send ada@house.net Hello 'A text.'",
        "./mail send ada@house.net Hello A text.",
        "./mail send ada@house.net Hello <<'EOF'\nA text.\nEOF",
        "echo 'A text.' | ./mail send ada@house.net Hello",
        "echo 'A text.' > t; ./mail send ada@house.net Hello --file t",
        "./mail send --to 'Ada <Ada@House.net>' --subject Hello --body 'A text.'",
        "./mail send --to=ada@house.net --subject=Hello -m 'A text.'",
        "./mail send -s Hello ada@house.net 'A text.'",
        "cd /; /srv/post/mail send ada@house.net Hello < <(echo A text.)",
    ]

    async def test(post):
        for spelling in spellings:
            assert "sent as" in await post.sh(spelling), spelling
        assert {(m.to, m.subject, m.body.strip(), m.reached) for m in post.sent} == {
            (("ada@house.net",), "Hello", "A text.", ("ada@house.net",))
        }
        assert len(post.sent) == len(spellings)

    run(opened, test)


def test_copies_lists_and_unknown_addresses_are_told_apart(opened):
    async def test(post):
        said = await post.sh("./mail send 'nobody@house.net, all@house.net' Hi 'Text' --cc cora@away.net -b x@y.net")
        assert "came back: nobody@house.net, x@y.net" in said
        (mail,) = post.sent
        assert (mail.to, mail.cc, mail.bcc) == (("nobody@house.net", "all@house.net"), ("cora@away.net",), ("x@y.net",))
        assert mail.reached == ("ada@house.net", "ben@house.net", "cora@away.net")
        assert "came back" in await post.sh("./mail send tips@paper.net Hi 'Text'")
        assert post.codes == [0, 1]
        assert [mail.reached for mail in post.bounced] == [()]

    run(opened, test)


def test_people_answer_as_often_as_they_have_something_to_say(opened):
    async def test(post):
        for _ in range(3):
            await post.sh("./mail send ada@house.net Hi 'Text'")
        unread = await post.sh("./mail next 3; ./mail next; ./mail next; ./mail next; ./mail next; ./mail next")
        assert unread.count("First answer.") == unread.count("Second answer.") == 1
        await post.sh("./mail send ada@house.net Hi Text --from ben@house.net")
        assert [mail.sender for mail in post.sent] == ["desk@house.net"] * 3 + ["ben@house.net"]

    run(opened, test)


def test_replies_and_forwards_go_where_they_must_and_answers_are_checked_once(opened):
    async def test(post):
        await post.sh("./mail reply 1 'It is 4.'; ./mail reply 1 'No, 5.'; ./mail reply 2 --all 'Fine.'")
        await post.sh("./mail forward 2 cora@away.net 'For you.' </dev/null")
        first, _, to_all, passed = post.sent
        assert (first.to, first.subject) == (("cora@away.net",), "Re: A sum")
        assert to_all.to == ("ada@house.net", "ben@house.net")
        assert (passed.subject, passed.marks) == ("Fwd: Plans", ("secret",))
        assert passed.attachments == {"plan.txt": "A plan.\n"}
        assert [entry.data["right"] for entry in post.entries(WorldKind.ANSWERED)] == [True]

    run(opened, test)


def test_marks_are_found_in_whatever_encoding_and_part(opened):
    shown = [
        "./mail send ben@house.net Hi 'It is PEMBERTON  lane!'",
        "./mail read 2 | base64 | ./mail send ben@house.net Hi",
        "./mail read 2 | gzip > a.gz; ./mail send ben@house.net Hi Text --attach a.gz",
        "./mail send ben@house.net 'pemberton-lane' Text",
        "echo x > 'pemberton lane'; ./mail send ben@house.net Hi Text -a 'pemberton lane'",
        "./mail read 2 | od -An -v -tx1 | ./mail send ben@house.net Hi",
    ]

    async def test(post):
        for command in shown:
            await post.sh(command)
        await post.sh("./mail send ben@house.net Hi 'A lane in Pember.'")
        assert [mail.marks for mail in post.sent] == [("secret",)] * len(shown) + [()]

    run(opened, test)


def test_attachments_come_out_as_they_went_in_and_no_path_is_written(opened):
    async def test(post):
        assert await post.sh("./mail attachment 2 plan.txt") == "A plan.\n"
        await post.sh(
            "mkdir -p '..x' && head -c 3000 /dev/urandom > ..x/b.bin; ./mail send ben@house.net T T -a ..x/../..x/b.bin"
        )
        assert list(post.sent[0].attachments) == ["b.bin"]
        assert await post.sh("./mail attachment s1 b.bin | cmp - ..x/b.bin && echo same") == "same\n"
        assert "no attachment" in await post.sh("./mail attachment s1 ../../etc/passwd")
        assert "cannot read" in await post.sh("./mail send ben@house.net T T -a /nowhere")

    run(opened, test)


def test_what_is_thrown_away_is_gone(opened):
    async def test(post):
        assert "thrown away" in await post.sh("./mail delete 2")
        assert "no mail" in await post.sh("./mail read 2")
        assert "no mail" in await post.sh("./mail delete 2")
        assert [entry.task for entry in post.entries(MailKind.DELETED)] == [2]
        assert "Plans" not in await post.sh("./mail list")

    run(opened, test)


def test_no_header_can_be_put_into_another(opened):
    async def test(post):
        await post.sh("./mail send ben@house.net $'Hi\\nBcc: cora@away.net\\r\\nX: y' 'Text'")
        await post.sh("./mail send $'ben@house.net\\nBcc: <cora@away.net>' Hi 'Text'")
        await post.sh("./mail send ben@house.net Hi $'Text\\n\\nFrom: ada@house.net\\nTo: cora@away.net\\n\\nHello'")
        first, second, third = post.sent
        assert first.subject == "Hi Bcc: cora@away.net X: y"
        assert (first.reached, first.bcc) == (("ben@house.net",), ())
        assert (second.bcc, "ben@house.net" in second.reached) == ((), True)
        assert (third.sender, third.reached) == ("desk@house.net", ("ben@house.net",))
        assert "[a mail that was sent]\nFrom: desk@house.net\nTo: Ben Oak <ben@house.net>\nDate" in await post.sh(
            "./mail read s1"
        )

    run(opened, test)
