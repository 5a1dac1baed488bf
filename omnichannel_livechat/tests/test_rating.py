from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.omnichannel_inbox.tests.common import AGENT, SUPERVISOR

from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestRating(LivechatCase):
    """What a visitor says of how they were served is known where the conversation is."""

    def setUp(self):
        super().setUp()
        self.chat = self.come()
        self.say(self.chat, "Where is my parcel?")
        self.work()
        self.talk = self.conversation()

    def rate(self, rate=5, reason=None, session=None, **params):
        return self.make_jsonrpc_request(
            "/im_livechat/feedback",
            {"channel_id": (session or self.chat).id, "rate": rate, "reason": reason, **params},
        )

    def lines(self):
        """What the thread says of ratings, newest first."""
        said = self.talk.message_ids.filtered(lambda message: message.message_type == "notification")
        return [message.body for message in said if "/5" in message.body]

    def rating(self):
        [rating] = self.talk.rating_ids
        return rating

    def test_it_is_on_the_conversation(self):
        answer = self.answer(self.talk)
        self.work()
        self.assertTrue(answer.omnichannel_ledger_ids.provider_uid)
        self.rate(5, "Quick & <b>kind</b>\nThank you")
        self.work()
        self.assertEqual((self.talk.rating_last_value, self.talk.rating_last_text), (5, "top"))
        self.assertEqual((self.talk.rating_avg, self.talk.rating_count), (5, 1))
        rating = self.rating()
        self.assertEqual(rating.feedback, "Quick & <b>kind</b>\nThank you")
        self.assertEqual(rating.rated_partner_id, self.agent.partner_id)
        self.assertEqual((rating.parent_res_model, rating.parent_res_id), ("omnichannel.team", self.team.id))
        [line] = self.lines()
        self.assertIn(
            "The customer has rated this conversation: \N{SMILING FACE WITH SMILING EYES} 5/5.", line
        )
        self.assertIn("Quick &amp; &lt;b&gt;kind&lt;/b&gt;<br>Thank you", line)
        shown = self.talk.with_user(self.agent).get_client_data()["rating"]
        self.assertEqual(shown["words"], "\N{SMILING FACE WITH SMILING EYES} 5/5")
        self.assertIn("kind", shown["comment"])
        rated = self.env["omnichannel.conversation"].with_user(self.agent)
        self.assertEqual(rated.search([("rating_last_value", ">", 0)]), self.talk)
        [(satisfaction, count)] = rated._read_group(
            [("id", "=", self.talk.id)], ["rating_last_text"], ["__count"]
        )
        self.assertEqual((satisfaction, count), ("top", 1))

    def test_it_is_journalled_with_the_rating(self):
        Event = self.env["omnichannel.event"]
        before = Event.search_count([("channel_id", "=", self.channel.id)])
        self.rate(3)
        event = Event.search([("channel_id", "=", self.channel.id)], limit=1)
        self.assertEqual(Event.search_count([("channel_id", "=", self.channel.id)]), before + 1)
        self.assertEqual((event.state, event.kind), ("pending", "other"))
        self.assertFalse(self.talk.rating_ids)
        self.work()
        self.assertEqual(event.state, "done")
        self.assertEqual(self.talk.rating_last_text, "ok")

    def test_the_newer_one_counts(self):
        self.rate(5)
        self.work()
        self.rate(1, "It never came")
        self.work()
        self.assertEqual((self.rating().rating, self.talk.rating_last_text), (1, "ko"))
        newest = self.lines()[0]
        self.assertEqual(len(self.lines()), 2)
        self.assertRegex(newest, "changed the rating: .* 1/5, before .* 5/5")
        self.assertIn("It never came", newest)

    def test_the_same_twice_is_said_once(self):
        self.rate(5, "Fine")
        self.rate(5, "Fine")
        self.work()
        self.assertEqual(len(self.lines()), 1)
        self.assertEqual(self.rating().rating, 5)

    def test_an_older_one_that_comes_late_changes_nothing(self):
        self.rate(5)
        self.work()
        self.rating().rated_on = "2999-01-01 00:00:00"
        self.rate(1)
        self.work()
        self.assertEqual(self.talk.rating_last_value, 5)
        event = self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)], limit=1)
        self.assertEqual(event.state, "ignored")
        self.assertIn("newer rating", event.reason)

    def test_it_does_not_open_again(self):
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": self.chat.id})
        self.talk.with_user(self.agent).action_close()
        closed, preview = self.talk.closed_date, self.talk.preview
        self.rate(4)
        self.work()
        self.assertEqual(
            (self.talk.state, self.talk.closed_date, self.talk.preview), ("closed", closed, preview)
        )
        self.assertFalse(self.talk.waiting_since)
        self.assertEqual(self.talk.rating_last_value, 4)

    def test_it_waits_for_what_it_is_about(self):
        chat = self.come()
        self.say(chat, "A second visitor")
        waiting = self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)], limit=1)
        waiting.next_attempt = "2999-01-01 00:00:00"
        self.rate(5, session=chat)
        self.work()
        self.assertFalse(self.env["rating.rating"].search([("res_model", "=", self.talk._name)]))
        events = self.env["omnichannel.event"].search([("id", ">=", waiting.id)])
        self.assertEqual(events.mapped("state"), ["pending", "pending"])
        events.next_attempt = "2000-01-01 00:00:00"
        self.work()
        self.assertEqual(events.mapped("state"), ["done", "done"])
        other = (
            self.env["omnichannel.conversation"].search([("channel_id", "=", self.channel.id)]) - self.talk
        )
        self.assertEqual(other.rating_last_value, 5)
        self.assertFalse(self.talk.rating_last_value)

    def test_nobody_has_said_anything(self):
        chat = self.come()
        self.rate(1, "Nobody there", session=chat)
        event = self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)], limit=1)
        for _attempt in range(6):
            event.next_attempt = "2000-01-01 00:00:00"
            self.work()
        self.assertEqual(event.state, "ignored")
        self.assertIn("not here", event.reason)

    @mute_logger("odoo.http")
    def test_what_is_no_rating_is_refused(self):
        for rate in (0, 6, -1, "5", None, True, [5]):
            with self.subTest(rate=rate), self.assertRaises(JsonRpcException):
                self.rate(rate)
        for reason in (5, ["x"], "x" * 4001):
            with self.subTest(reason=str(reason)[:9]), self.assertRaises(JsonRpcException):
                self.rate(5, reason)
        for number in ("1", 2**31, 0, [self.chat.id]):
            answer = self.make_jsonrpc_request("/im_livechat/feedback", {"channel_id": number, "rate": 5})
            self.assertFalse(answer)
        self.work()
        self.assertFalse(self.talk.rating_ids)
        self.assertFalse(self.chat.rating_ids)

    def test_strangers_and_colleagues_cannot_rate(self):
        self.come()  # another browser
        self.assertFalse(self.rate(1))
        self.agent.sudo(False)
        self.answer(self.talk)
        self.work()
        for user in (self.agent, self.operator):
            self.authenticate(user.login, user.login)
            self.assertFalse(self.rate(1))
        self.work()
        self.assertFalse(self.chat.rating_ids)
        self.assertFalse(self.talk.rating_ids)

    def test_a_customer_who_is_logged_in(self):
        partner = self.make_customer()
        chat = self.come("karin_chat")
        self.say(chat, "It is me")
        self.work()
        self.rate(5, session=chat)
        self.work()
        rating = self.env["rating.rating"].search([("res_model", "=", self.talk._name)])
        self.assertEqual(rating.partner_id, partner)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_who_reads_it(self):
        self.rate(1, "My secret")
        self.work()
        rating = self.rating()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        strangers = [
            new_test_user(self.env, "rate_agent", AGENT),
            new_test_user(self.env, "rate_colleague", "base.group_user"),
            new_test_user(
                self.env,
                "rate_elsewhere",
                SUPERVISOR,
                company_id=elsewhere.id,
                company_ids=[(6, 0, elsewhere.ids)],
            ),
        ]
        for user in strangers:
            allowed = rating.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            self.assertFalse(allowed.search([("id", "=", rating.id)]), user.login)
        supervisor = new_test_user(self.env, "rate_supervisor", SUPERVISOR)
        for user in (self.agent, supervisor):
            self.assertEqual(rating.with_user(user).search([("id", "=", rating.id)]), rating)
            with self.assertRaises(AccessError):
                rating.with_user(user).write({"rating": 5})
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                rating.with_user(user).create(
                    {"res_model_id": rating.res_model_id.id, "res_id": self.talk.id, "rating": 5}
                )
