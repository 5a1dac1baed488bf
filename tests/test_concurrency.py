"""What happens at once happens once: two servers over one database, many threads against them."""

import zlib
from itertools import cycle

import pytest

from tests.lib.concurrency import at_once
from tests.lib.number import Number, image, text
from tests.lib.server import RpcError

ANSWERED_MEANWHILE = "odoo.addons.omnichannel_inbox.exceptions.AnsweredMeanwhile"


@pytest.fixture(scope="module")
def second(server_factory, odoo):
    """A second server over the same database."""
    other = server_factory()
    for server in (odoo, other):
        # Odoo's own log line whenever two transactions met; the work is repeated.
        server.expect_log("could not serialize access|deadlock detected")
    return other


@pytest.fixture(scope="module")
def number(odoo):
    return Number(odoo)


def deliver_at_once(odoo, second, deliveries):
    """Deliver (number, raw) pairs, every other one to the second server; each must be answered 200."""
    servers = cycle([odoo.url, second.url])
    jobs = [
        lambda number=number, raw=raw, base=base: number.post(raw, base).status_code
        for (number, raw), base in zip(deliveries, servers, strict=False)
    ]
    assert at_once(*jobs) == [200] * len(jobs)
    for number in {number for number, _raw in deliveries}:
        number.wait_until_worked()


def conversations_of(odoo, *phones):
    """{conversation id: messages received} of these customers."""
    return dict(
        odoo.sql(
            """SELECT m.conversation_id, count(*) FROM omnichannel_message m
                 JOIN omnichannel_identity i ON i.id = m.identity_id
                WHERE m.direction = 'in' AND i.address = ANY(%s) GROUP BY m.conversation_id""",
            [[f"+{phone}" for phone in phones]],
        )
    )


def identities_of(odoo, *phones):
    keys = [f"+{phone}" for phone in phones]
    return odoo.sql("SELECT id FROM omnichannel_identity WHERE address = ANY(%s)", [keys])


def phones_in_both_lanes(prefix):
    """Two numbers whose messages are worked by different jobs, and so at the same time."""
    lanes = {}
    for last in range(100):
        phone = f"{prefix}{last:02}"
        lanes.setdefault(zlib.crc32(f"+{phone}".encode()) % 2, phone)
    return lanes[0], lanes[1]


def test_one_webhook_fifty_times_at_once(odoo, second, number):
    raw = number.body(text("31610000001", uid="wamid.fifty"))
    deliver_at_once(odoo, second, [(number, raw)] * 50)
    assert list(conversations_of(odoo, "31610000001").values()) == [1]
    rows = odoo.sql(
        "SELECT e.state FROM omnichannel_event e JOIN omnichannel_message m ON m.event_id = e.id"
        " WHERE m.provider_uid = 'wamid.fifty'"
    )
    assert rows == [("done",)]


def test_one_message_in_fifty_different_webhooks_at_once(odoo, second, number):
    """Meta repeats a message in another batch, too: other bytes, the same id."""
    repeated = text("31610000002", uid="wamid.repeated")
    bodies = [number.body(repeated, text("31610000002", f"with {i}")) for i in range(50)]
    deliver_at_once(odoo, second, [(number, raw) for raw in bodies])
    assert list(conversations_of(odoo, "31610000002").values()) == [51]


def test_album_of_twenty_images_at_once(odoo, second, number):
    bodies = [number.body(image("31610000003")) for _i in range(20)]
    deliver_at_once(odoo, second, [(number, raw) for raw in bodies])
    assert list(conversations_of(odoo, "31610000003").values()) == [20]


def test_same_customer_on_two_numbers_at_once(odoo, second, number):
    other = Number(odoo)
    deliveries = [(n, n.body(text("31610000004", f"{i}"))) for i in range(10) for n in (number, other)]
    deliver_at_once(odoo, second, deliveries)
    assert len(identities_of(odoo, "31610000004")) == 1
    assert list(conversations_of(odoo, "31610000004").values()) == [20]


@pytest.mark.parametrize("attempt", range(6))
def test_customer_with_two_phones_writes_from_both_at_once(odoo, second, number, attempt):
    """Different addresses are worked by different jobs; the customer has one conversation all the same."""
    phones = phones_in_both_lanes(f"3162{attempt:05}")
    rpc = odoo.rpc()
    company = rpc("res.partner", "create", {"name": f"Two phones {attempt}", "is_company": True})
    for phone in phones:
        rpc("res.partner", "create", {"name": f"At {phone}", "parent_id": company, "phone": f"+{phone}"})
    deliver_at_once(odoo, second, [(number, number.body(text(phone))) for phone in phones * 2])
    assert list(conversations_of(odoo, *phones).values()) == [4]


def test_many_new_customers_at_once(odoo, second, number):
    phones = [f"316300000{i:02}" for i in range(40)]
    for i in range(3):
        deliver_at_once(odoo, second, [(number, number.body(text(phone, f"{i}"))) for phone in phones])
    assert len(identities_of(odoo, *phones)) == 40
    assert sorted(conversations_of(odoo, *phones).values()) == [3] * 40


@pytest.mark.parametrize("attempt", range(5))
def test_two_agents_answer_at_once(odoo, second, number, attempt):
    phone = f"3164000000{attempt}"
    number.receive(text(phone))
    [conversation] = conversations_of(odoo, phone)
    agents = [odoo.rpc("anna"), second.rpc("sofie")]
    seen = agents[0]("omnichannel.conversation", "get_composer_data", [conversation])["last_message_id"]

    def answer(rpc, seen_id):
        post = {
            "body": f"Answer of {rpc.uid}",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "omnichannel_seen_id": seen_id,
        }
        thread = {"thread_model": "omnichannel.conversation", "thread_id": conversation, "post_data": post}
        try:
            return rpc.request("/mail/message/post", thread)
        except RpcError as error:
            return error

    def sent():
        return odoo.sql(
            "SELECT count(*) FROM omnichannel_message WHERE conversation_id = %s AND direction = 'out'",
            [conversation],
        )[0][0]

    outcomes = at_once(*(lambda rpc=rpc: answer(rpc, seen) for rpc in agents))
    questions = [outcome for outcome in outcomes if isinstance(outcome, RpcError)]
    assert [question.name for question in questions] == [ANSWERED_MEANWHILE]
    assert sent() == 1
    # Having seen the other's answer, the second agent may send all the same.
    late = agents[outcomes.index(questions[0])]
    assert not isinstance(answer(late, questions[0].arguments[1]), RpcError)
    assert sent() == 2
