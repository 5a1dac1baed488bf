import secrets

from odoo import api, fields, models, tools


class OmnichannelChannel(models.Model):
    """A website's live chat as a channel of the inbox."""

    _inherit = "omnichannel.channel"

    channel_type = fields.Selection(
        selection_add=[("livechat", "Live Chat")], ondelete={"livechat": "cascade"}
    )
    livechat_channel_id = fields.Many2one(
        "im_livechat.channel",
        "Live Chat",
        index="btree_not_null",
        ondelete="restrict",
        help="The live chat of Odoo's whose visitors are answered here.",
    )
    livechat_secret = fields.Char(
        "Secret",
        copy=False,
        groups="base.group_system",
        default=lambda self: secrets.token_urlsafe(32),
        help="With it a shop signs who is logged in there.",
    )

    _livechat_channel_uniq = models.UniqueIndex(
        "(livechat_channel_id) WHERE livechat_channel_id IS NOT NULL AND active",
        "This live chat is connected already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # There is no provider that would have to be asked.
        vals_list = [
            {"state": "connected", **vals} if vals.get("channel_type") == "livechat" else vals
            for vals in vals_list
        ]
        channels = super().create(vals_list)
        if channels.livechat_channel_id:
            self.env.registry.clear_cache()
        return channels

    def write(self, vals):
        result = super().write(vals)
        if not {"livechat_channel_id", "active"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _of_livechat(self, livechat_channel):
        """The channel that a live chat is connected as, or none."""
        return self.browse(self._id_of_livechat(livechat_channel.id) or ())

    @api.model
    @tools.ormcache("livechat_channel_id")
    def _id_of_livechat(self, livechat_channel_id):
        """Each message of each session asks for it, so it is remembered."""
        return self.sudo().search([("livechat_channel_id", "=", livechat_channel_id)], limit=1).id
