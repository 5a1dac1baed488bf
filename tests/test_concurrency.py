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


# -- texts of rules -------------------------------------------------------------------


@pytest.fixture(scope="module")
def rules_by_hand(odoo, second):
    """`rules_by_hand()` lets four workers on two servers run the rules at once, until all is done."""
    jobs = ["Omnichannel: run rules", *(f"Omnichannel: send messages (lane {lane})" for lane in (0, 1))]
    odoo.sql("UPDATE ir_cron SET active = false WHERE cron_name = ANY(%s)", [jobs])
    sessions = [server.rpc() for server in (odoo, second) * 2]
    [[model]] = odoo.sql("SELECT id FROM ir_model WHERE model = 'omnichannel.signal'")
    code = "env['omnichannel.signal'].sudo()._run_batch()"
    values = {"name": "Run rules", "model_id": model, "state": "code", "code": code}
    [action] = sessions[0]("ir.actions.server", "create", [values])

    def work(rpc):
        try:
            rpc("ir.actions.server", "run", [action])
        except RpcError as error:
            # Odoo tries a request five times; Odoo's job begins again, and so does the next round.
            assert "could not serialize" in error.debug

    def run():
        while odoo.sql("SELECT 1 FROM omnichannel_signal LIMIT 1"):
            at_once(*(lambda rpc=rpc: work(rpc) for rpc in sessions))

    yield run
    odoo.sql("UPDATE ir_cron SET active = true WHERE cron_name = ANY(%s)", [jobs])


@pytest.fixture
def five_rules(odoo):
    """Rules that write to whoever has a conversation about *Wanted*, and do nothing in the others."""
    rpc = odoo.rpc()
    text = [0, 0, {"kind": "text", "text": "Hello {customer}"}]
    common = {"trigger": "tag_added", "filter_domain": "[('subject', '=', 'Wanted')]"}
    values = [{"name": f"Writes {n}", "action_ids": [text], "active": False, **common} for n in range(5)]
    rules = rpc("omnichannel.rule", "create", values)
    for rule in rules:
        rpc("omnichannel.rule", "action_switch_on", [rule])
    yield rules
    rpc("omnichannel.rule", "write", rules, {"active": False})


@pytest.fixture(scope="module")
def mailbox(odoo):
    """A channel by which customers can be written to who never wrote themselves."""
    values = {"name": "Shop", "channel_type": "email", "address": "shop@texts.example"}
    [channel] = odoo.rpc()("omnichannel.channel", "create", [values])
    odoo.sql("UPDATE omnichannel_channel SET state = 'connected' WHERE id = %s", [channel])
    return channel


def texts_of_rules(odoo, customers):
    """[(customer, rule, how many texts)] of the last day."""
    return odoo.sql(
        """SELECT i.partner_id, m.rule_id, count(*) FROM omnichannel_message m
             JOIN omnichannel_identity i ON i.id = m.identity_id
            WHERE m.automatic = 'rule' AND i.partner_id = ANY(%s)
              AND m.create_date > now() AT TIME ZONE 'utc' - interval '1 day'
         GROUP BY 1, 2""",
        [customers],
    )


def test_texts_of_rules_for_the_same_customers_at_once(odoo, second, mailbox, five_rules, rules_by_hand):
    """Each customer gets what one may have in a day, whoever of many workers comes first: no more, and no
    less. On the first day nobody has written to them yet, so that their addresses, too, are made by
    several at once; no rule stops for that."""
    rpc = odoo.rpc()
    values = [{"name": f"Often {n}", "email": f"often{n}@texts.example"} for n in range(4)]
    customers = rpc("res.partner", "create", values)
    # A worker takes a hundred: what is about one customer is to be spread over all of them.
    values = [
        {"partner_id": customers[n % 4], "subject": "Wanted" if n % 50 < 8 else "Unwanted"}
        for n in range(400)
    ]
    conversations = rpc("omnichannel.conversation", "create", values)
    for day in range(1, 3):
        [tag] = rpc("omnichannel.tag", "create", [{"name": f"Recall {day}"}])
        rpc("omnichannel.conversation", "write", conversations, {"tag_ids": [[4, tag]]})
        rules_by_hand()
        states = "SELECT DISTINCT state, error FROM omnichannel_rule WHERE id = ANY(%s)"
        assert odoo.sql(states, [five_rules]) == [("running", None)]
        got = texts_of_rules(odoo, customers)
        assert {count for _customer, _rule, count in got} == {1}, "one of each rule"
        assert sorted(customer for customer, _rule, _count in got) == sorted(customers * 3), "three of all"
        runs = "SELECT count(*), count(held_back) FROM omnichannel_rule_run WHERE rule_id = ANY(%s)"
        assert odoo.sql(runs, [five_rules]) == [(day * 320, day * (320 - 12))], "the rest is told of"
        odoo.sql("UPDATE omnichannel_message SET create_date = create_date - interval '25 hours'")
