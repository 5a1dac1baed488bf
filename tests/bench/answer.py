"""An agent's answer, against a note on the same record."""

from tests.bench import world
from tests.bench.table import figure, median

TIMES = 60


def run(name, setting):
    [number] = world.make_customers(name, 1, "+3164")
    with world.inside(name) as odoo:
        channel = odoo["omnichannel.channel"].browse(setting["channel"])
        conversation_id = _conversation(odoo, channel, number)
    with world.inside(name, world.AGENT) as odoo:
        conversation = odoo["omnichannel.conversation"].browse(conversation_id)
        notes, answers, queries = [], [], {}
        for post in (_note, _answer):
            world.timed(lambda _n, post=post: post(odoo, conversation), 5)
            with world.counted(odoo.cr) as count:
                post(odoo, conversation)
            queries[post] = count[0]
        for _round in range(TIMES):
            for post, times in [(_note, notes), (_answer, answers)]:
                times += world.timed(lambda _n, post=post: post(odoo, conversation), 1)
        ratio = median(answers) / median(notes)
        figure(
            "agent's answer", median(answers), "ms", baseline=median(notes), ratio=ratio,
            target="<= 1.2 x a note", ok=ratio <= 1.2,
        )  # fmt: skip
        figure("queries of an answer", queries[_answer], "", baseline=queries[_note])


def _conversation(odoo, channel, number):
    odoo["omnichannel.event"]._journal(channel, world.encode(world.text(number)))
    odoo.cr.commit()
    for lane in (0, 1):
        odoo["omnichannel.event"]._run_lane(lane)
    return odoo["omnichannel.identity"].search([("key", "=", number)]).conversation_id.id


def _note(odoo, conversation):
    conversation.message_post(body="Called them", message_type="comment", subtype_xmlid="mail.mt_note")
    odoo.cr.commit()
    odoo.invalidate_all()


def _answer(odoo, conversation):
    conversation.message_post(
        body="It is on its way",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        omnichannel_seen_id=conversation.last_message_id,
    )
    odoo.cr.commit()
    odoo.invalidate_all()
