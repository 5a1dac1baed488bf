from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store


class DiscussChannel(models.Model):
    """A session keeps the words that it began with, on whatever page its visitor is now."""

    _inherit = "discuss.channel"

    omnichannel_rule_id = fields.Many2one(
        "im_livechat.channel.rule",
        "Began by Rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )

    def _to_store_defaults(self, target):
        greeting = Store.Attr(
            "omnichannel_greeting",
            lambda session: session._omnichannel_greeting(),
            # What their visitors have read is nobody's secret who may read the session.
            predicate=lambda session: bool(session.sudo().omnichannel_rule_id),
        )
        return [*super()._to_store_defaults(target), greeting]

    def _omnichannel_greeting(self):
        lang = self.env["chatbot.script"]._get_chatbot_language()
        return self.sudo().omnichannel_rule_id.with_context(lang=lang).omnichannel_greeting or ""
