"""Who sees what, by ORM and by HTTP (design: "Who sees what")."""

import json
import re
from pathlib import Path

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.omnichannel_inbox.tests.common import OmnichannelUsers

from .common import OmnichannelCase

DENIED = "odoo.exceptions.AccessError"
CONVERSATION = "omnichannel.conversation"


class RightsCase(OmnichannelUsers, OmnichannelCase):
    """One conversation of the agents' team, with a message, an answer, a file and a known address."""

    def setUp(self):
        super().setUp()
        now = fields.Datetime.now().isoformat()
        self.received = self.receive(self.text("The secret word is mandarin", at=now))
        self.conversation = self.received.conversation_id
        self.answered = self.answer(self.conversation, "We heard mandarin")
        self.attachment = self.env["ir.attachment"].create(
            {
                "name": "mandarin.txt",
                "raw": b"mandarin",
                "mimetype": "text/plain",
                "res_model": CONVERSATION,
                "res_id": self.conversation.id,
            }
        )
        self.strangers = (
            self.outsider | self.agent_b | self.supervisor_b | self.seller_b | self.seller | self.employee
        )
        # Nobody profits from what the user before them left in the cache.
        self.env.flush_all()
        self.env.invalidate_all()

    def order(self, salesperson, partner=None):
        return self.env["sale.order"].create(
            {"partner_id": (partner or self.partner).id, "user_id": salesperson and salesperson.id}
        )

    def can_read(self, user, record=None):
        record = (record or self.conversation).with_user(user)
        found = bool(record.search([("id", "=", record.id)])) if record.has_access("read") else False
        self.env.invalidate_all()
        return found


@tagged("post_install", "-at_install")
class TestRights(RightsCase):
    def test_who_reads_a_conversation(self):
        for user in (self.agent, self.other_agent, self.supervisor, self.manager, self.seller_all):
            self.assertTrue(self.can_read(user), user.login)
        for user in self.strangers | self.portal | self.env.ref("base.public_user"):
            self.assertFalse(self.can_read(user), user.login)

    def test_an_agent_reads_what_is_assigned_to_them_in_another_team(self):
        self.conversation.user_id = self.outsider
        self.assertTrue(self.can_read(self.outsider))
        self.assertTrue(self.can_read(self.outsider, self.received))
        self.conversation.user_id = False
        self.assertFalse(self.can_read(self.outsider))

    def test_who_leaves_the_team_sees_nothing_from_then_on(self):
        self.conversation.user_id = self.other_agent
        self.team.member_ids -= self.agent
        self.assertFalse(self.can_read(self.agent))
        self.assertFalse(self.can_read(self.agent, self.received.mail_message_id))

    def test_unknown_customer_is_nobodys_in_sales(self):
        conversation = self.receive(self.text("Who am I", sender="+31600000099")).conversation_id
        self.assertFalse(conversation.partner_id)
        self.assertTrue(self.can_read(self.agent, conversation))
        self.assertFalse(self.can_read(self.seller_all, conversation))
        self.assertFalse(self.can_read(self.seller, conversation))

    def test_own_documents_only_restates_the_rules_of_sale(self):
        for salesperson, expected in ((self.seller_all, False), (self.seller, True), (None, True)):
            order = self.order(salesperson)
            self.conversation.order_ids = order
            self.env.flush_all()
            self.assertEqual(self.can_read(self.seller, order), expected, "sale's own rule")
            self.assertEqual(self.can_read(self.seller), expected)
            self.assertEqual(self.can_read(self.seller, self.received), expected)
            self.assertEqual(self.can_read(self.seller, self.received.identity_id), expected)
            self.assertEqual(self.can_read(self.seller, self.received.mail_message_id), expected)
            self.assertEqual(self.can_read(self.seller, self.attachment), expected)

    def test_own_documents_only_includes_own_customers(self):
        self.partner.user_id = self.seller
        self.assertTrue(self.can_read(self.seller))
        self.partner.user_id = self.seller_all
        self.assertFalse(self.can_read(self.seller))

    def test_the_order_of_another_company_opens_nothing(self):
        order = (
            self.env["sale.order"]
            .with_company(self.company_b)
            .create({"partner_id": self.partner.id, "company_id": self.company_b.id, "user_id": False})
        )
        self.conversation.order_ids = order
        self.assertFalse(self.can_read(self.seller_b))
        self.assertFalse(self.can_read(self.seller))

    def test_salesperson_answers_from_own_order(self):
        self.conversation.order_ids = self.order(self.seller)
        message = self.answer(self.conversation, "From the order", user=self.seller)
        self.assertEqual(message.omnichannel_ledger_ids.state, "queued")

    def test_whoever_sees_all_companies_sees_only_those_switched_on(self):
        self.supervisor.company_ids |= self.company_b
        of_b = self.env[CONVERSATION].create({"team_id": self.team_b.id, "company_id": self.company_b.id})
        both = [self.env.company.id, self.company_b.id]
        found = self.env[CONVERSATION].with_user(self.supervisor).with_context(allowed_company_ids=both)
        self.assertEqual(
            found.search([("id", "in", (of_b | self.conversation).ids)]), of_b | self.conversation
        )
        found = found.with_context(allowed_company_ids=both[:1])
        self.assertEqual(found.search([("id", "in", (of_b | self.conversation).ids)]), self.conversation)

    def test_strangers_find_nothing_by_any_way(self):
        for user in self.strangers:
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                Conversation = self.env[CONVERSATION].with_user(user)
                domain = [("id", "=", self.conversation.id)]
                self.assertFalse(Conversation.search(domain))
                self.assertEqual(Conversation.search_count(domain), 0)
                self.assertFalse(Conversation.search([("preview", "ilike", "mandarin")]))
                self.assertFalse(Conversation.search([("message_ids.body", "ilike", "mandarin")]))
                self.assertFalse(Conversation.name_search(self.conversation.name))
                self.assertEqual(Conversation._read_group(domain, [], ["__count"]), [(0,)])
                self.assertEqual(Conversation.formatted_read_group(domain, ["state"], ["__count"]), [])
                shown = Conversation.get_for_record("res.partner", self.partner.id)
                self.assertEqual((shown["conversations"], shown["others"]), ([], 0))
                self.assertEqual(self.partner.with_user(user).conversation_count, 0)
                self.assertFalse(
                    self.env["mail.message"]
                    .with_user(user)
                    .search([("model", "=", CONVERSATION), ("res_id", "=", self.conversation.id)])
                )
                self.assertFalse(
                    self.env["ir.attachment"].with_user(user).search([("id", "=", self.attachment.id)])
                )
                for model in ("omnichannel.message", "omnichannel.identity"):
                    self.assertFalse(self.env[model].with_user(user).search([]), model)

    def test_strangers_are_refused(self):
        for user in self.strangers | self.portal:
            for number, attempt in enumerate(self._attempts(user)):
                with self.subTest(user=user.login, attempt=number):
                    self.env.invalidate_all()
                    with self.assertRaises(AccessError):
                        attempt()
        self.assertEqual(self.conversation.state, "pending", "and nothing was changed")
        self.assertEqual(self.received.identity_id.partner_id, self.partner)

    def _attempts(self, user):
        """What this user may try with the conversation and what belongs to it."""
        conversation = self.conversation.with_user(user)
        message = self.received.mail_message_id.with_user(user)
        identity = self.received.identity_id.with_user(user)
        sent = self.answered.omnichannel_ledger_ids.with_user(user)
        return (
            lambda: conversation.read(["preview"]),
            # What an export does once its user may export at all.
            lambda: conversation._export_rows([["preview"]]),
            conversation.get_composer_data,
            conversation.get_customer_panel,
            conversation.get_client_data,
            lambda: conversation.get_messages(message.ids),
            conversation.action_assign_to_me,
            conversation.action_close,
            conversation.action_mark_read,
            lambda: conversation.action_move_message(message.id),
            conversation.copy,
            lambda: self.answer(conversation, user=user),
            lambda: conversation.message_post(body="Note", subtype_xmlid="mail.mt_note"),
            lambda: message.read(["body"]),
            lambda: self.attachment.with_user(user).read(["raw"]),
            lambda: self.received.with_user(user).read(["body"]),
            lambda: identity.read(["address"]),
            lambda: identity.action_link(self.partner.id),
            identity.action_unlink,
            sent.action_retry,
            sent.action_mark_arrived,
        )

    def test_who_is_mentioned_reads_and_notes_but_does_not_answer(self):
        self.conversation.with_user(self.agent).message_post(
            body="Please look", subtype_xmlid="mail.mt_note", partner_ids=self.employee.partner_id.ids
        )
        mentioned = self.conversation.with_user(self.employee)
        self.assertTrue(self.can_read(self.employee))
        self.assertTrue(self.can_read(self.employee, self.received.mail_message_id))
        self.assertTrue(self.can_read(self.employee, self.attachment))
        self.assertTrue(mentioned.get_client_data()["name"])
        note = mentioned.message_post(body="I looked", subtype_xmlid="mail.mt_note")
        self.assertFalse(note.sudo().omnichannel_ledger_ids)
        with self.assertRaises(AccessError):
            self.answer(self.conversation, user=self.employee)
        with self.assertRaises(AccessError):
            mentioned.action_close()
        with self.assertRaises(AccessError):
            self.received.identity_id.with_user(self.employee).action_unlink()
        self.assertFalse(self.can_read(self.seller), "mentioning one lets nobody else in")

    def test_an_agent_writes_no_ledger_and_deletes_nothing(self):
        records = self.conversation | self.conversation
        for record in (self.received, self.received.identity_id):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(record.with_user(self.agent).has_access(operation), (record, operation))
        for user in (self.agent, self.supervisor, self.seller_all):
            self.assertFalse(records.with_user(user).has_access("unlink"))
        self.assertTrue(records.with_user(self.manager).has_access("unlink"))

    def test_an_agent_corrects_the_customer_and_takes_it_back(self):
        identity = self.received.identity_id.with_user(self.agent)
        other = self.env["res.partner"].create({"name": "Somebody else"})
        identity.action_link(other.id)
        self.assertEqual(self.conversation.partner_id, other)
        identity.action_undo_link()
        self.assertEqual(self.conversation.partner_id, self.partner)
        self.assertEqual(identity.partner_id, self.partner)

    def test_an_agent_makes_a_customer_of_an_unknown_address(self):
        received = self.receive(self.text("Hello", sender="+31600000098"))
        received.identity_id.with_user(self.agent).action_create_partner()
        self.assertTrue(received.conversation_id.partner_id)

    def test_secrets_are_for_system_administrators(self):
        for user in (self.agent, self.supervisor, self.manager, self.seller_all, self.employee):
            channel = self.channel.with_user(user)
            self.assertEqual(channel.read(["name"])[0]["name"], "Main")
            for secret in ("webhook_token", "webhook_url", "test_secret"):
                with self.subTest(user=user.login, secret=secret):
                    self.assertNotIn(secret, channel.fields_get())
                    self.assertNotIn(secret, channel.read()[0])
                    for peek in self._ways_to_peek(channel, secret):
                        self.env.invalidate_all()
                        with self.assertRaises(AccessError):
                            peek()
        admin = self.env.ref("base.user_admin")
        self.assertEqual(self.channel.with_user(admin).webhook_token, self.channel.webhook_token)

    def _ways_to_peek(self, channel, secret):
        yield lambda: channel.read([secret])
        yield lambda: channel.export_data([secret])
        if channel._fields[secret].store:
            conversation = self.conversation.with_user(channel.env.user)
            yield lambda: channel.search([(secret, "like", "s")])
            yield lambda: channel.search([], order=secret)
            yield lambda: channel.formatted_read_group([], [secret], ["__count"])
            yield lambda: conversation.search([(f"channel_id.{secret}", "like", "s")])

    def test_journal_totals_and_signals_are_for_administrators(self):
        event = self.received.event_id
        total = self.env["omnichannel.daily_total"].create(
            {"date": "2026-01-01", "channel_id": self.channel.id, "kind": "message"}
        )
        for user in self.strangers | self.agent | self.supervisor:
            with self.assertRaises(AccessError):
                event.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                event.with_user(user).action_replay()
            with self.assertRaises(AccessError):
                self.env["omnichannel.signal"].with_user(user).search([])
        for user in self.outsider | self.agent | self.seller | self.employee | self.supervisor_b:
            self.assertFalse(self.can_read(user, total), user.login)
        self.assertTrue(self.can_read(self.supervisor, total))
        self.assertTrue(self.can_read(self.manager, event))
        with self.assertRaises(AccessError):
            event.with_user(self.manager).read(["body"])
        for operation in ("write", "create", "unlink"):
            self.assertFalse(event.with_user(self.manager).has_access(operation))

    def test_a_manager_of_another_company_replays_nothing_here(self):
        manager_b = self._user(
            "omni_manager_b", "base.group_user,omnichannel_inbox.group_omnichannel_manager", self.company_b
        )
        self.received.event_id.state = "ignored"
        with self.assertRaises(AccessError):
            self.received.event_id.with_user(manager_b).action_replay()
        self.received.event_id.with_user(self.manager).action_replay()
        self.assertEqual(self.received.event_id.state, "pending")

    def test_settings_of_channels_and_teams_are_the_administrators(self):
        for user in (self.agent, self.supervisor, self.seller_all):
            for record in (self.channel, self.team):
                self.assertFalse(record.with_user(user).has_access("write"), (user.login, record))
        self.team.with_user(self.manager).member_ids |= self.outsider
        self.assertTrue(self.can_read(self.outsider))
        for record in (self.channel, self.team):
            self.assertFalse(self.can_read(self.agent_b, record))

    def test_read_positions_are_ones_own(self):
        self.conversation.with_user(self.agent).action_mark_read()
        Read = self.env["omnichannel.read"]
        self.assertTrue(Read.search([("user_id", "=", self.agent.id)]))
        self.assertFalse(Read.with_user(self.supervisor).search([("user_id", "=", self.agent.id)]))

    def test_neutralized(self):
        path = Path(__file__).parents[2] / "omnichannel_inbox" / "data" / "neutralize.sql"
        queued = self.answer(self.conversation, "On its way").omnichannel_ledger_ids
        self.env.flush_all()
        self.env.cr.execute(path.read_text())
        self.env.invalidate_all()
        self.assertEqual(queued.state, "cancelled")
        self.send_queued()
        self.assertEqual(queued.state, "cancelled")
        with self.assertRaisesRegex(UserError, "copy of a production database"):
            self.answer(self.conversation)
        with self.assertRaisesRegex(UserError, "copy of a production database"):
            self.channel.action_test_connection()
        self.assertIn("copy of a production", self.conversation.get_composer_data()["options"][0]["reason"])


@tagged("post_install", "-at_install")
class TestRightsHttp(RightsCase, HttpCase):
    def call_kw(self, method, *args, model=CONVERSATION, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def assert_refused(self, call, *args, **kwargs):
        with self.assertRaises(JsonRpcException) as caught, mute_logger("odoo.http"):
            call(*args, **kwargs)
        self.assertIn(
            str(caught.exception).split(":")[-1].strip().split(".")[-1],
            ("AccessError", "NotFound", "SessionExpiredException"),
        )

    def post(self, subtype="mail.mt_comment"):
        return self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": CONVERSATION,
                "thread_id": self.conversation.id,
                "post_data": {"body": "From outside", "message_type": "comment", "subtype_xmlid": subtype},
            },
        )

    def thread_messages(self):
        return self.make_jsonrpc_request(
            "/mail/thread/messages", {"thread_model": CONVERSATION, "thread_id": self.conversation.id}
        )

    def thread_data(self):
        return self.make_jsonrpc_request(
            "/mail/data",
            {
                "fetch_params": [
                    [
                        "mail.thread",
                        {
                            "thread_model": CONVERSATION,
                            "thread_id": self.conversation.id,
                            "request_list": ["attachments", "followers", "activities", "messages"],
                        },
                    ]
                ]
            },
        )

    def upload(self):
        return self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": Request.csrf_token(self),
                "thread_model": CONVERSATION,
                "thread_id": self.conversation.id,
            },
            files={"ufile": ("x.txt", b"x", "text/plain")},
        )

    def export(self):
        data = {
            "model": CONVERSATION,
            "fields": [{"name": "preview", "label": "Preview", "type": "char"}],
            "ids": self.conversation.ids,
            "domain": [],
            "import_compat": False,
        }
        return self.url_open(
            "/web/export/csv", data={"data": json.dumps(data), "csrf_token": Request.csrf_token(self)}
        )

    def test_the_agent_can(self):
        """Each way that is refused to strangers below does lead somewhere."""
        self.authenticate(self.agent.login, self.agent.login)
        conversation_id = self.conversation.id
        self.assertEqual(
            self.call_kw("read", [conversation_id], ["preview"])[0]["preview"], "We heard mandarin"
        )
        self.assertTrue(self.thread_messages()["messages"])
        self.assertIn("mandarin", json.dumps(self.thread_data()))
        self.assertEqual(self.url_open(f"/web/content/{self.attachment.id}").content, b"mandarin")
        self.assertEqual(self.upload().status_code, 200)
        self.assertTrue(self.call_kw("web_search_read", [], {"preview": {}})["length"])
        self.assertTrue(self.post())

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_strangers_cannot(self):
        ids = self.conversation.ids
        messages = self.received.mail_message_id | self.answered
        before = len(self.conversation.message_ids)
        for user in self.strangers:
            with self.subTest(user=user.login):
                self.authenticate(user.login, user.login)
                for method, args in (
                    ("read", [ids, ["preview"]]),
                    ("web_read", [ids, {"preview": {}}]),
                    ("export_data", [ids, ["preview"]]),
                    ("get_composer_data", [ids]),
                    ("get_customer_panel", [ids]),
                    ("get_client_data", [ids]),
                    ("get_messages", [ids, messages.ids]),
                    ("action_close", [ids]),
                    ("action_assign_to_me", [ids]),
                    ("action_move_message", [ids, messages[0].id]),
                    ("message_post", [ids]),
                ):
                    with self.subTest(user=user.login, method=method):
                        self.assert_refused(self.call_kw, method, *args)
                self.assertFalse(self.call_kw("message_subscribe", ids, user.partner_id.ids))
                domain = [("id", "in", ids)]
                self.assertEqual(self.call_kw("web_search_read", domain, {"preview": {}})["records"], [])
                self.assertEqual(self.call_kw("search_count", domain), 0)
                self.assertEqual(self.call_kw("name_search", self.conversation.name), [])
                self.assertEqual(self.call_kw("web_read_group", domain, ["state"])["groups"], [])
                panel = self.call_kw("search_panel_select_range", "folder", enable_counters=True)
                self.assertFalse(sum(value.get("__count", 0) for value in panel["values"]))
                self.assertEqual(
                    self.call_kw("search_read", [("id", "in", messages.ids)], ["body"], model="mail.message"),
                    [],
                )
                self.assert_refused(self.call_kw, "read", messages.ids, ["body"], model="mail.message")
                self.assert_refused(self.call_kw, "read", self.attachment.ids, ["raw"], model="ir.attachment")
                self.assert_refused(
                    self.call_kw, "read", self.received.ids, ["body"], model="omnichannel.message"
                )
                self.assert_refused(
                    self.call_kw,
                    "action_link",
                    self.received.identity_id.ids,
                    self.partner.id,
                    model="omnichannel.identity",
                )
                self.assert_refused(self.post)
                self.assert_refused(self.post, "mail.mt_note")
                self.assert_silent(self.thread_messages)
                self.assert_silent(self.thread_data)
                with mute_logger("odoo.addons.web.controllers.export"):
                    self.assertNotIn("mandarin", self.export().text)
                self.assertGreaterEqual(self.upload().status_code, 400)
                for address in (f"/web/content/{self.attachment.id}", f"/web/image/{self.attachment.id}"):
                    self.assertNotIn(b"mandarin", self.url_open(address).content)
        self.env.invalidate_all()
        self.assertEqual(len(self.conversation.message_ids), before)
        self.assertEqual(self.conversation.state, "pending")
        self.assertFalse(self.conversation.message_partner_ids & self.strangers.partner_id)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_portal_and_public_cannot(self):
        before = len(self.conversation.message_ids)
        for login in (self.portal.login, None):
            with self.subTest(login=login):
                self.authenticate(login, login)
                self.assert_refused(self.call_kw, "read", self.conversation.ids, ["preview"])
                self.assert_refused(self.call_kw, "web_search_read", [], {"preview": {}})
                self.assert_refused(self.call_kw, "search_read", [], ["key"], model="omnichannel.identity")
                self.assert_refused(self.call_kw, "search_read", [], ["name"], model="omnichannel.channel")
                self.assert_refused(self.post)
                self.assert_refused(self.post, "mail.mt_note")
                self.assert_silent(self.thread_messages)
                self.assert_silent(self.thread_data)
                for address in (f"/web/content/{self.attachment.id}", f"/web/image/{self.attachment.id}"):
                    self.assertNotIn(b"mandarin", self.url_open(address).content)
        self.env.invalidate_all()
        self.assertEqual(len(self.conversation.message_ids), before)

    def heard(self, user):
        """What the bus tells a user who names the conversation and the team as what they want to hear."""
        self.authenticate(user.login, user.login)
        names = [f"{CONVERSATION}_{self.conversation.id}", f"omnichannel.team_{self.team.id}"]
        answer = self.make_jsonrpc_request(
            "/websocket/peek_notifications", {"channels": names, "last": 0, "is_first_poll": True}
        )
        return [
            notification["message"]["payload"]
            for notification in answer["notifications"]
            if notification["message"]["type"].startswith("omnichannel/")
        ]

    def test_bus(self):
        self.receive(self.text("More of mandarin", at=fields.Datetime.now().isoformat()))
        self.env.cr.precommit.run()
        for user in self.strangers | self.portal:
            self.assertFalse(self.heard(user), user.login)
        heard = self.heard(self.agent)
        self.assertTrue(heard)
        self.assertNotIn("mandarin", json.dumps(heard), "the bus carries ids alone")

    def test_secrets_by_http(self):
        secret = self.channel.webhook_token
        for user in (self.agent, self.manager):
            self.authenticate(user.login, user.login)
            ids = self.channel.ids
            for field in ("webhook_token", "webhook_url", "test_secret"):
                self.assert_refused(self.call_kw, "read", ids, [field], model="omnichannel.channel")
                self.assert_refused(self.call_kw, "export_data", ids, [field], model="omnichannel.channel")
            everything = self.call_kw("read", ids, model="omnichannel.channel")
            self.assertIsNone(re.search(re.escape(secret), json.dumps(everything)))

    def assert_silent(self, call):
        """The call may answer, but nothing of the conversation is in it."""
        try:
            answer = call()
        except JsonRpcException:
            return
        self.assertNotIn("mandarin", json.dumps(answer))
