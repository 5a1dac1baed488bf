"""A database in which visitors chatted with a former version: upgraded, all is there and chats go on."""

import pytest

from tests.lib import database
from tests.lib.livechat import LiveChat, Visitor
from tests.lib.server import OdooServer
from tests.lib.upgrade import ADDONS, assert_kept, former_addons, former_database, rows, upgraded_server
from tests.lib.waiting import wait_for

FORMER = "31c2fa75758c"  # live chat's first version
WITH_CHAT = (*ADDONS, "omnichannel_livechat")


class Shop:
    """A shop's chat and its visitors, at the former version and after it."""

    def __init__(self, server):
        self.server = server
        self.chat = LiveChat(server, "Former chat", livechat_origins="https://shop.example.com")
        self.karin, self.omar, self.late = (Visitor(self.chat) for _person in range(3))

    def let_people_chat(self):
        """Karin is answered and introduced; Omar's conversation is closed and his session over."""
        for visitor, name, question in (
            (self.karin, "Karin", "Where is my bike?"),
            (self.omar, "Omar", "Are you open?"),
        ):
            visitor.come()
            visitor.call_oneself(name)
            visitor.say(question)
        wait_for(lambda: self.conversation(self.karin) and self.conversation(self.omar), 60, what="both")
        self.answer(self.karin, "It leaves today.")
        self.answer(self.omar, "Until six.")
        wait_for(lambda: len(self.karin.texts()) == len(self.omar.texts()) == 2, 30, what="the answers")
        self.karin.request(
            "/mail/message/reaction",
            message_id=self.newest(self.karin),
            content="👍",
            action="add",
        )
        self.omar.request("/im_livechat/visitor_leave_session", channel_id=self.omar.session)
        anna = self.server.rpc("anna")
        anna("omnichannel.conversation", "action_close", [self.conversation(self.omar)])
        done = "SELECT 1 FROM omnichannel_event WHERE state = 'pending'"
        wait_for(lambda: not self.server.sql(done), 30, what="all that was done")

    def leave_work(self):
        """Nobody works now: what somebody new says waits in the journal, and an answer to be given."""
        self.late.come()
        self.late.say("Anybody there?")
        self.answer(self.karin, "It has left.")

    def answer(self, visitor, text):
        """Anna answers in the inbox."""
        self.server.rpc("anna").request(
            "/mail/message/post",
            {
                "thread_model": "omnichannel.conversation",
                "thread_id": self.conversation(visitor),
                "post_data": {
                    "body": text,
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )

    def conversation(self, visitor):
        """The id of the conversation of a visitor's session, or None."""
        found = self.server.sql(
            """SELECT max(row.conversation_id) FROM omnichannel_message row
                 JOIN mail_message said ON said.id::text = row.provider_uid
                WHERE row.channel_id = %s AND said.model = 'discuss.channel' AND said.res_id = %s""",
            [self.chat.channel_id, visitor.session],
        )
        return found[0][0]

    def newest(self, visitor):
        """The id of the newest message of a session."""
        found = "SELECT max(id) FROM mail_message WHERE model = 'discuss.channel' AND res_id = %s"
        return self.server.sql(found, [visitor.session])[0][0]

    def shown(self, visitor):
        """What the inbox has of a visitor, oldest first."""
        found = self.server.sql(
            """SELECT regexp_replace(said.body, '<[^>]*>', '', 'g') FROM omnichannel_message row
                 JOIN mail_message said ON said.id = row.mail_message_id
                WHERE row.conversation_id = %s ORDER BY said.id""",
            [self.conversation(visitor)],
        )
        return [body for (body,) in found]


@pytest.fixture(scope="module")
def filled(cluster, tmp_path_factory):
    """(database, shop, its rows) as the former add-ons left it."""
    folder = tmp_path_factory.mktemp("former")
    former_addons(FORMER, folder, WITH_CHAT)
    with former_database(folder, WITH_CHAT) as name:
        server = OdooServer(name).start()
        try:
            shop = Shop(server)
            shop.let_people_chat()
        finally:
            server.stop()
        server.cron_threads = 0
        server.start()
        try:
            shop.karin.url = shop.omar.url = shop.late.url = server.url
            shop.leave_work()
        finally:
            server.stop()
        server.check_log()
    yield name, shop, rows(name)
    database.drop(name)


@pytest.fixture(scope="module")
def upgraded(filled):
    """A server over the upgraded database."""
    name, _shop, _rows = filled
    with upgraded_server(name, WITH_CHAT) as server:
        yield server


def test_every_row_is_what_it_was(filled, upgraded):
    name, _shop, before = filled
    for table in ("omnichannel_message", "discuss_channel_member", "mail_guest"):
        assert before[table], f"the former version filled no {table}"
    assert_kept(before, rows(name))


def test_chats_go_on(filled, upgraded):
    """What waited happens once, and whoever comes back goes on where they were."""
    _name, shop, _before = filled
    upgraded.start()
    upgraded.wake_jobs()
    shop.server = shop.chat.odoo = upgraded
    shop.karin.url = shop.omar.url = shop.late.url = upgraded.url
    upgraded.wait_for_jobs(lambda: shop.conversation(shop.late), what="what somebody new said")
    upgraded.wait_for_jobs(lambda: len(shop.karin.texts()) == 3, what="the answer that waited")
    karins, omars = shop.conversation(shop.karin), shop.conversation(shop.omar)
    shop.karin.say("Thank you!")
    shop.omar.come()
    shop.omar.say("And tomorrow?")
    expected = ["Where is my bike?", "It leaves today.", "It has left.", "Thank you!"]
    upgraded.wait_for_jobs(lambda: shop.shown(shop.karin) == expected, 60, what="her thanks")
    upgraded.wait_for_jobs(lambda: "And tomorrow?" in shop.shown(shop.omar), 60, what="his question")
    assert (shop.conversation(shop.karin), shop.conversation(shop.omar)) == (karins, omars)
    assert [text for _name, text in shop.karin.texts()] == expected
    assert shop.shown(shop.late) == ["Anybody there?"]
    shop.answer(shop.omar, "Until six, too.")
    wait_for(lambda: "Until six, too." in [text for _name, text in shop.omar.texts()], 30, what="the answer")
