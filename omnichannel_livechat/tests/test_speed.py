from odoo.tests import tagged

from .common import LivechatCase

SESSIONS = 20


@tagged("post_install", "-at_install")
class TestSpeed(LivechatCase):
    """What a chat asks of the database; how long it takes is for ``make bench``."""

    def queries(self, function, *arguments):
        """The number of queries of a call, by itself."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function(*arguments)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def let_write(self, sessions):
        """Each of the visitors says something, who have a browser each."""
        for session in sessions:
            guest = session.sudo().livechat_customer_history_ids.guest_id
            session.sudo().message_post(
                body="Hello",
                author_id=False,
                author_guest_id=guest.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

    def many(self):
        """The sessions of visitors who have written, and whose conversations are there."""
        sessions = self.env["discuss.channel"]
        for _number in range(SESSIONS):
            sessions |= self.come()
            self.opener.cookies.clear()
        self.let_write(sessions)
        self.work()
        return sessions

    def test_visitor_waits_little_longer_than_with_odoo_alone(self):
        session = self.come()
        self.say(session, "What is read once")
        self.work()
        connected = max(self.queries(self.say, session, "Hello") for _time in range(2))
        self.channel.active = False
        unconnected = self.come()
        self.say(unconnected, "What is read once")
        alone = max(self.queries(self.say, unconnected, "Hello") for _time in range(2))
        self.assertGreater(alone, 20)
        self.assertLessEqual(connected, alone + 7)

    def test_what_many_say_at_once(self):
        sessions = self.many()
        self.let_write(sessions)
        self.assertLessEqual(self.queries(self.receive), 4 * SESSIONS)
        # Nothing has changed for the sessions themselves.
        self.assertLessEqual(self.queries(self.env["discuss.channel"]._omnichannel_batch), 5)

    def test_an_answer_costs_what_a_post_costs(self):
        session = self.come()
        self.say(session, "Hello")
        self.work()
        conversation = self.conversation()
        for _time in range(2):
            self.answer(conversation)
            self.env.flush_all()
            self.work()
        self.answer(conversation)
        post = self.queries(lambda: self.let_write(session))
        sent = self.queries(self.send)
        self.assertGreater(post, 10)
        self.assertLessEqual(sent, post + 28)
