"""The demo's live chat: on a page of its own, with visitors who chatted there."""

from types import SimpleNamespace

from tests.lib.livechat import Visitor
from tests.lib.waiting import wait_for

# (what a visitor calls themselves, what they write, what they are answered if they are)
VISITORS = [
    (
        "Emma",
        ["Hi! Do you have the city bike in dark green?"],
        "We do, in all sizes but 61. Shall I put one aside for you?",
    ),
    ("Lotte", ["Is jullie winkel op zondag open?"], None),
    (
        "Marek",
        ["Which lock fits this bike?", "The one for 40 euro?"],
        "That one fits, and the chain does, too.",
    ),
    ("Pieter", ["Het kinderzitje kwam zonder schroeven."], None),
]


def connect(rpc, team):
    """The live chat, made at the first run.

    :return: dict ``id`` of Odoo's live chat, ``channel`` of the inbox
    """
    domain = [["channel_type", "=", "livechat"]]
    for known in rpc("omnichannel.channel", "search_read", domain, ["livechat_channel_id"], limit=1):
        return {"id": known["livechat_channel_id"][0], "channel": known["id"]}
    livechat = rpc("im_livechat.channel", "create", {"name": "Fietshuis"})
    values = {
        "name": "Website Chat",
        "channel_type": "livechat",
        "livechat_channel_id": livechat,
        "team_id": team,
    }
    return {"id": livechat, "channel": rpc("omnichannel.channel", "create", values)}


def ask(odoo, chat):
    """Visitors come and write.

    :return: [(conversation as agents answer it, the answer)] of those who are answered
    """
    for name, texts, _answer in VISITORS:
        visitor = Visitor(SimpleNamespace(odoo=odoo, id=chat["id"]))
        visitor.come()
        visitor.call_oneself(name)
        for text in texts:
            visitor.say(text)
    wait_for(lambda: len(_conversations(odoo, chat)) == len(VISITORS), 120, what="the visitors' questions")
    found = _conversations(odoo, chat)
    return [(found[name], answer) for name, _texts, answer in VISITORS if answer]


def _conversations(odoo, chat):
    """{what the visitor calls themselves: conversation}"""
    rows = odoo.sql(
        """SELECT i.name, m.conversation_id, m.identity_id FROM omnichannel_message m
             JOIN omnichannel_identity i ON i.id = m.identity_id
            WHERE m.channel_id = %s AND m.direction = 'in'""",
        [chat["channel"]],
    )
    return {
        name: {"id": conversation, "channel": chat["channel"], "identity": identity}
        for name, conversation, identity in rows
    }
