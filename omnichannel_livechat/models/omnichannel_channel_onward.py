from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OmnichannelChannel(models.Model):
    """By which other channel visitors of a live chat can go on."""

    _inherit = "omnichannel.channel"

    livechat_onward_id = fields.Many2one(
        "omnichannel.channel",
        "Continue On",
        index="btree_not_null",
        ondelete="set null",
        domain="[('company_id', '=', company_id), ('id', '!=', id), ('channel_type', '!=', 'livechat')]",
        help="Visitors who have written see a button by which they go on in the same conversation on this "
        "channel: the website can be closed, and your answers reach them there. It shows once the channel is "
        "connected.",
    )

    @api.constrains("livechat_onward_id", "company_id")
    def _check_livechat_onward(self):
        for channel in self:
            onward = channel.livechat_onward_id
            if onward and onward.company_id != channel.company_id:
                raise ValidationError(self.env._("Visitors go on by a channel of the same company."))
            if onward and not onward._capabilities()["first_words"]:
                raise ValidationError(
                    self.env._(
                        "No link can begin a message on %s, so visitors cannot go on there.", onward.name
                    )
                )

    def _livechat_onward(self):
        """The way by which visitors can go on, as their window shows it.

        :return: dict ``kind``, ``name``; False if there is none now
        """
        self.ensure_one()
        onward = self.livechat_onward_id
        if not onward or not onward._can_go_on_by(self.company_id):
            return False
        link = onward._adapter()._public_link(onward)
        return {"kind": link["kind"], "name": link["name"]}
