from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..wire import is_bare, origin_of

MOST_ORIGINS = 100


class OmnichannelChannel(models.Model):
    """On which websites the chat may be shown, and what is pasted there."""

    _inherit = "omnichannel.channel"

    livechat_origins = fields.Text(
        "Your Websites",
        help="Other websites than Odoo's own on which the chat may be shown, one a line, "
        "e.g. https://shop.example. While the list is empty, the chat is shown on Odoo's own pages alone.",
    )
    livechat_code = fields.Char("Code for Your Website", compute="_compute_livechat_code")
    livechat_page = fields.Char("Page of Its Own", compute="_compute_livechat_code")

    @api.depends("livechat_channel_id")
    @api.depends_context("lang")
    def _compute_livechat_code(self):
        for channel in self:
            # It holds the address and the number of the live chat, as its visitors read them.
            livechat = channel.sudo().livechat_channel_id
            channel.livechat_code = str(livechat.script_external or "").strip()
            channel.livechat_page = livechat.web_page

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_origins(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._with_origins(vals))
        if "livechat_origins" in vals:
            self.env.registry.clear_cache()
        return result

    @api.model
    def _with_origins(self, vals):
        """The values with the list of websites as browsers name them."""
        if not vals.get("livechat_origins"):
            return vals
        lines = vals["livechat_origins"].splitlines()
        origins = dict.fromkeys(self._origin_of_line(line) for line in lines if line.strip())
        if len(origins) > MOST_ORIGINS:
            raise ValidationError(self.env._("List %s websites at most.", MOST_ORIGINS))
        return dict(vals, livechat_origins="\n".join(origins))

    @api.model
    def _origin_of_line(self, line):
        """The origin that an administrator wrote down.

        :raise ValidationError: it is none
        """
        line = line.strip()
        origin = origin_of(line)
        if not origin:
            raise ValidationError(
                self.env._(
                    "“%s” is not the address of a website. Write it with https:// and without *, "
                    "e.g. https://shop.example, each website on a line of its own.",
                    line[:200],
                )
            )
        if not is_bare(line):
            raise ValidationError(
                self.env._(
                    "“%(line)s” is a page. The chat is allowed on whole websites: write %(origin)s.",
                    line=line[:200],
                    origin=origin,
                )
            )
        return origin

    def _livechat_allows(self, origin):
        """Whether the chat may be shown on pages of an origin that is none of Odoo's own."""
        self.ensure_one()
        return bool(origin) and origin in (self.sudo().livechat_origins or "").split("\n")
