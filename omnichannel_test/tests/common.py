import hmac
import itertools
import json

from odoo.tests import TransactionCase, new_test_user

from odoo.addons.omnichannel_inbox.tests.common import AGENT

SECRET = "test secret"
_uids = itertools.count(1)


def sign(raw, secret=SECRET):
    return hmac.digest(secret.encode(), raw, "sha256").hex()


class OmnichannelCase(TransactionCase):
    """A connected channel, a team with an agent, and helpers that play the provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref("base.nl")
        cls.agent = new_test_user(
            cls.env,
            "omni_agent",
            AGENT,
            name="Anna Agent",
        )
        cls.other_agent = new_test_user(
            cls.env,
            "omni_agent_2",
            AGENT,
            name="Bram Agent",
        )
        cls.team = cls.env["omnichannel.team"].create(
            {"name": "Test team", "member_ids": [(6, 0, (cls.agent | cls.other_agent).ids)]}
        )
        cls.channel = cls.make_channel("Main", "main")
        cls.partner = cls.env["res.partner"].create(
            {
                "name": "Karin Klant",
                "phone": "+31612345678",
                "email": "karin@example.com",
                "country_id": cls.env.ref("base.nl").id,
            }
        )

    @classmethod
    def make_channel(cls, name, account, secret=SECRET, **values):
        return cls.env["omnichannel.channel"].create(
            {
                "name": name,
                "channel_type": "test",
                "team_id": cls.team.id,
                "state": "connected",
                "test_secret": secret,
                "test_account": account,
                **values,
            }
        )

    def body(self, *items):
        return json.dumps({"items": items}).encode()

    def text(self, text="Hello", sender="+31612345678", **values):
        return {"uid": f"in-{next(_uids)}", "from": sender, "text": text, **values}

    def receive(self, *items, channel=None):
        """Journal a body and work it off, as the worker does."""
        channel = channel or self.channel
        self.env["omnichannel.event"]._journal(channel, self.body(*items))
        self.work_inbound()
        uids = [item["uid"] for item in items if "uid" in item]
        return self.env["omnichannel.message"].search(
            [("channel_id.channel_type", "=", "test"), ("provider_uid", "in", uids)], order="id"
        )

    def work_inbound(self):
        self.env.flush_all()
        for lane in (0, 1):
            while self.env["omnichannel.event"]._work_batch(lane):
                self.env.flush_all()
        self.env.invalidate_all()

    def send_queued(self):
        """One round of the outbound worker, without its commits."""
        Message = self.env["omnichannel.message"]
        self.env.flush_all()
        for lane in (0, 1):
            messages = Message._claim(lane)
            for message_id, result in Message._call_all(messages._prepare_calls()):
                Message.browse(message_id)._record(result)
        self.env.flush_all()
        self.env.invalidate_all()

    def answer(self, conversation, text="Our answer", user=None, **params):
        message = conversation.with_user(user or self.agent).message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_comment", **params
        )
        return message.with_env(self.env)
