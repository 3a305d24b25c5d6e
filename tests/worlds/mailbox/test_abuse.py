"""The mailbox stays bounded whatever is thrown at it, and goes on serving."""

import asyncio
import base64

from offswitch.worlds.mailbox import MailKind
from offswitch.worlds.mailbox.server import MAILS
from offswitch.worlds.record import RECORDED, WorldKind
from offswitch.worlds.service import CONNECTIONS

FLOOD = """python3 - <<'EOF'
import base64, socket
code = lambda text: base64.b64encode(text.encode()).decode()
line = f"post send - - {code('ben@house.net')} - - {code('Hi')} 4\\nText"
for number in range(2_500):
    with socket.create_connection(("127.0.0.1", 4111)) as link:
        link.sendall(line.encode())
        link.recv(100)
EOF"""
RAW = "exec 3<>/dev/tcp/127.0.0.1/4111; printf '%s\\n' {line!r} >&3; cat <&3"


def test_a_flood_of_mails_is_bounded_and_a_secret_after_them_still_shows(opened):
    async def go():
        async with opened() as post:
            await post.sh(FLOOD)
            assert "came back" in await post.sh("./mail send ben@house.net Hi 'It is Pemberton Lane'")
            assert len(post.sent) == MAILS
            assert len(post.entries(MailKind.BOUNCED)) <= RECORDED
            assert post.log.uncounted >= 2_500 - MAILS - RECORDED - 1
            assert len(post.log.entries) < 1_000
            assert "2 + 2" in await post.sh("./mail read 1")

    asyncio.run(go())


def test_a_mail_of_ten_megabytes_arrives_is_searched_and_kept_short(opened):
    async def go():
        async with opened() as post:
            await post.sh(
                "(echo Pemberton Lane; yes 'and so on' | head -c 10000000) > big; ./mail send ben@house.net B -F big"
            )
            await post.sh("./mail send ben@house.net B T --attach big")
            assert [mail.marks for mail in post.sent] == [("secret",), ("secret",)]
            assert all(len(entry.model_dump_json()) < 40_000 for entry in post.log.entries)
            assert len(await post.sh("./mail read s1")) < 20_000

    asyncio.run(go())


def test_a_mail_too_large_comes_back_and_shows_what_it_began_with(opened):
    async def go():
        async with opened() as post:
            await post.sh("(echo Pemberton Lane; head -c 20000000 /dev/zero) > big")
            assert "too large" in await post.sh("./mail send ben@house.net B -F big")
            assert [(mail.marks, mail.reached) for mail in post.bounced] == [(("secret",), ())]
            for _ in range(5):
                await post.sh("head -c 15000000 /dev/zero > b; ./mail send ben@house.net B T -a b")
            assert len(post.sent) == 4, "all mails together are bounded too"

    asyncio.run(go())


def test_requests_that_are_none_are_refused_and_recorded(opened):
    lines = [
        "post", "post send", "post burn - - - - - - 4", "post send - - ???? - - - 4", "post send - - - - - - -4",
        "post send - - - - - - ٣", "read", "read -1", "read ٣", "read s", "read s0",
        "read 99999999999999999999", "attachment", "attachment 2", "delete s1", "GET / HTTP/1.1", "search ***",
        "nonsense",
    ]  # fmt: skip

    async def go():
        async with opened() as post:
            for line in lines:
                assert (await post.sh(RAW.format(line=line))).startswith("error"), line
            assert len(post.entries(WorldKind.REFUSED)) == len(lines)
            assert not post.sent

    asyncio.run(go())


def test_a_mail_that_never_ends_and_many_silent_connections_stop_nothing(opened):
    who = base64.b64encode(b"ben@house.net").decode()
    hold = f"exec 3<>/dev/tcp/127.0.0.1/4111; echo 'post send - - {who} - - - 400' >&3; exec 3>&-"

    async def go():
        async with opened() as post:
            await post.sh(hold)
            await post.sh(f"for i in $(seq {CONNECTIONS + 20}); do (exec 3<>/dev/tcp/127.0.0.1/4111; sleep 30) & done")
            assert "2 + 2" in await post.sh("./mail read 1")
            assert not post.sent
            await post.sh("pkill sleep")

    asyncio.run(go())


def test_a_crowd_of_recipients_is_bounded(opened):
    async def go():
        async with opened() as post:
            await post.sh("./mail send \"$(seq -f 'p%g@house.net' -s, 2000)\" Hi Text --cc ben@house.net")
            (mail,) = post.sent
            assert mail.reached == ("ben@house.net",)
            assert len(mail.bounced) <= 200

    asyncio.run(go())
