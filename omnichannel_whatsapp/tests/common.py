import itertools
import json
import time

from odoo.tests import TransactionCase, new_test_user

from ..wire.signature import sign
from .graph_server import GraphServer

SECRET = "the app's secret"
NUMBER, BUSINESS = "106540352242922", "102290129340398"
CUSTOMER = "31612345678"
TEMPLATES = [
    {
        "id": "1",
        "name": "order_late",
        "language": "nl",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
            {
                "type": "BODY",
                "text": "Hallo {{1}}, uw bestelling komt {{2}}.",
                "example": {"body_text": [["Ada", "morgen"]]},
            },
            {"type": "FOOTER", "text": "De Winkel"},
            {
                "type": "BUTTONS",
                "buttons": [{"type": "URL", "text": "Volgen", "url": "https://x.example/{{1}}"}],
            },
        ],
    },
    {
        "id": "2",
        "name": "welcome",
        "language": "en_US",
        "status": "APPROVED",
        "category": "MARKETING",
        "parameter_format": "NAMED",
        "components": [{"type": "BODY", "text": "Hello {{first_name}}!"}],
    },
    {
        "id": "3",
        "name": "brochure",
        "language": "en_US",
        "status": "APPROVED",
        "components": [{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Our brochure"}],
    },
    {"id": "4", "name": "refused", "language": "nl", "status": "REJECTED", "rejected_reason": "SCAM"},
]
_uids = itertools.count(1)


class WhatsappCase(TransactionCase):
    """A connected number, a provider that answers as told, and a customer who writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.nl")
        cls.agent = new_test_user(
            cls.env,
            "wa_agent",
            "base.group_user,omnichannel_inbox.group_omnichannel_agent",
            name="Anna Agent",
        )
        cls.team = cls.env["omnichannel.team"].create(
            {"name": "WhatsApp team", "member_ids": [(6, 0, cls.agent.ids)]}
        )
        cls.graph = GraphServer()
        cls.addClassCleanup(cls.graph.close)
        cls.channel = cls.make_channel("Shop", NUMBER)
        cls.partner = cls.env["res.partner"].create(
            {"name": "Karin Klant", "phone": "+31612345678", "country_id": cls.env.ref("base.nl").id}
        )

    def setUp(self):
        super().setUp()
        self.graph.requests.clear()
        self.graph.answers.clear()
        self.graph.answers["POST /messages"] = self.accept

    @staticmethod
    def accept(_request):
        return 200, {"messages": [{"id": f"wamid.out{next(_uids)}"}]}

    @classmethod
    def make_channel(cls, name, number, **values):
        return cls.env["omnichannel.channel"].create(
            {
                "name": name,
                "channel_type": "whatsapp",
                "team_id": cls.team.id,
                "state": "connected",
                "whatsapp_phone_number_id": number,
                "whatsapp_business_account_id": BUSINESS,
                "whatsapp_token": "the token",
                "whatsapp_app_secret": SECRET,
                "whatsapp_api_url": cls.graph.url,
                **values,
            }
        )

    # -- what Meta sends ---------------------------------------------------

    def message(self, kind="text", text="Hello", sender=CUSTOMER, ago=0, **parts):
        found = {
            "from": sender,
            "id": f"wamid.in{next(_uids)}",
            "timestamp": str(int(time.time()) - ago),
            "type": kind,
        }
        if kind == "text":
            found["text"] = {"body": text}
        return found | parts

    def change(self, number=NUMBER, field="messages", **parts):
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "31201234567", "phone_number_id": number},
            "contacts": [{"profile": {"name": "Karin"}, "wa_id": CUSTOMER}],
        }
        return {"field": field, "value": value | parts}

    def body(self, *changes):
        entry = {"id": BUSINESS, "changes": list(changes)}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def receive(self, *changes, channel=None):
        """Journal a body and work it off, as the worker does."""
        self.env["omnichannel.event"]._journal(channel or self.channel, self.body(*changes))
        self.work_inbound()

    def receive_messages(self, *messages):
        self.receive(self.change(messages=list(messages)))
        return self.ledger(messages[-1]["id"])

    def work_inbound(self):
        self.env.flush_all()
        for lane in range(4):
            while self.env["omnichannel.event"]._work_batch(lane):
                self.env.flush_all()
        self.env.invalidate_all()

    def ledger(self, uid):
        return self.env["omnichannel.message"].search([("provider_uid", "=", uid)])

    # -- what we send ------------------------------------------------------

    def answer(self, conversation, text="Our answer", **params):
        message = conversation.with_user(self.agent).message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_comment", **params
        )
        return message.with_env(self.env)

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

    def signature(self, raw, secret=SECRET):
        return sign(secret, raw)
