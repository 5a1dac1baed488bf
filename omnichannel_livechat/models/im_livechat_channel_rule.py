from odoo import fields, models


class Page(str):
    """The address of the page that shows the chat, checked: no client can put one into a context."""

    __slots__ = ()


class ImLivechatChannelRule(models.Model):
    """On the pages of a rule the chat may begin with words of their own."""

    _inherit = "im_livechat.channel.rule"

    omnichannel_greeting = fields.Char(
        "First Words",
        translate=True,
        help="Visitors of these pages read it when the chat opens, in place of the channel's first words.",
    )

    def match_rule(self, channel_id, url, country_id=False):
        """On another website the browser tells Odoo no more of the page than where it is from."""
        page = self.env.context.get("omnichannel_page")
        return super().match_rule(channel_id, page if isinstance(page, Page) else url, country_id)

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), "omnichannel_greeting"]
