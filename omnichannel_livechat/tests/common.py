from odoo.http import Request
from odoo.tests import HttpCase, new_test_user

from odoo.addons.omnichannel_inbox.tests.common import AGENT


class LivechatCase(HttpCase):
    """A connected live chat, an agent who is no operator of Odoo's, and a visitor who comes by HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, "chat_agent", AGENT, name="Anna Agent", password="chat_agent")
        cls.operator = new_test_user(
            cls.env,
            "chat_operator",
            f"im_livechat.im_livechat_group_user,{AGENT}",
            name="Otto Operator",
            password="chat_operator",
        )
        cls.team = cls.env["omnichannel.team"].create(
            {"name": "Chat team", "member_ids": [(6, 0, (cls.agent | cls.operator).ids)]}
        )
        cls.livechat = cls.env["im_livechat.channel"].create(
            {"name": "Shop", "user_ids": [(6, 0, cls.operator.ids)]}
        )
        cls.channel = cls.env["omnichannel.channel"].create(
            {
                "name": "Shop chat",
                "channel_type": "livechat",
                "team_id": cls.team.id,
                "livechat_channel_id": cls.livechat.id,
            }
        )

    def setUp(self):
        super().setUp()
        self.env["mail.presence"]._update_presence(self.operator)

    def make_customer(self):
        """Karin, who can log in as karin_chat; returns their partner."""
        partner = self.env["res.partner"].create({"name": "Karin Klant", "email": "karin@example.com"})
        new_test_user(
            self.env, "karin_chat", "base.group_portal", partner_id=partner.id, password="karin_chat"
        )
        return partner

    def come(self, user=None, **params):
        """A visitor opens the chat window; returns the session."""
        self.authenticate(user, user)
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session", {"channel_id": self.livechat.id, "persisted": True, **params}
        )
        if not user:
            # The browser keeps it as a cookie.
            self.opener.cookies["dgid"] = data["store_data"]["Store"]["guest_token"]
        return self.env["discuss.channel"].browse(data["channel_id"])

    def say(self, session, text, **values):
        """The visitor says something; returns the message."""
        data = self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "discuss.channel",
                "thread_id": session.id,
                "post_data": {"body": text, "message_type": "comment", **values},
            },
        )
        return self.env["mail.message"].browse(data["message_id"])

    def upload(self, session, name="drawing.txt", content=b"A drawing"):
        """The visitor adds a file; returns (id, token)."""
        answer = self.url_open(
            "/mail/attachment/upload",
            {
                "csrf_token": Request.csrf_token(self),
                "thread_id": session.id,
                "thread_model": "discuss.channel",
                "is_pending": True,
            },
            files={"ufile": (name, content, "text/plain")},
        )
        [file] = answer.json()["data"]["store_data"]["ir.attachment"]
        return file["id"], file["ownership_token"]

    def work(self):
        """What the jobs do: take over what was said, fetch files, send answers."""
        self.env.flush_all()
        self.receive()
        self.send()
        while self.env["discuss.channel"]._omnichannel_batch():
            self.env.flush_all()
        self.env.flush_all()
        self.env.invalidate_all()

    def receive(self):
        """What the jobs that receive do."""
        for lane in (0, 1):
            while self.env["omnichannel.event"]._work_batch(lane):
                self.env.flush_all()

    def send(self):
        """What the jobs that send do."""
        Message = self.env["omnichannel.message"]
        for lane in (0, 1):
            messages = Message._claim(lane)
            for message_id, result in Message._call_all(messages._prepare_calls()):
                Message.browse(message_id)._record(result)
        self.env.flush_all()

    def fetch_files(self):
        """What the job of files does, which works apart from the messages."""
        waiting = self.env["omnichannel.message"].search([("media_state", "=", "pending")])
        calls = [(row.id, row.channel_id._adapter()._prepare_fetch(row)) for row in waiting]
        for row_id, result in waiting._call_all(calls):
            waiting.browse(row_id)._record_file(result)
        self.env.flush_all()

    def conversation(self):
        """The conversation of what came in on the channel; there must be one."""
        [conversation] = self.env["omnichannel.conversation"].search([("channel_id", "=", self.channel.id)])
        return conversation

    def answer(self, conversation, text="Our answer", **values):
        return (
            conversation.with_user(self.agent)
            .message_post(body=text, message_type="comment", subtype_xmlid="mail.mt_comment", **values)
            .with_env(self.env)
        )
