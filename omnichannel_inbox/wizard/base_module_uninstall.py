from odoo import api, fields, models


class BaseModuleUninstall(models.TransientModel):
    """Says before what will be deleted."""

    _inherit = "base.module.uninstall"

    omnichannel_channels = fields.Char(
        "Channels to Delete",
        compute="_compute_omnichannel_channels",
        # Who may uninstall need not be somebody of this app; they see names alone.
        compute_sudo=True,
        help="Channels of a type that goes, while the inbox stays.",
    )

    def _get_models(self):
        """Name our documents that have no thread, too: Odoo's mail leaves those out."""
        models = self.env["ir.model"].search(
            [("model", "=like", "omnichannel.%"), ("transient", "=", False), ("abstract", "=", False)]
        )
        # What nobody sees in a view of its own (who has read what, …) says nothing to those who ask.
        return super()._get_models() | models.filtered("view_ids")

    @api.depends("module_ids")
    def _compute_omnichannel_channels(self):
        for wizard in self:
            modules = set(wizard._get_modules().mapped("name"))
            channels = self.env["omnichannel.channel"]
            if "omnichannel_inbox" not in modules:
                domain = [("channel_type", "in", self._omnichannel_types_of(modules))]
                channels = channels.with_context(active_test=False).search(domain)
            wizard.omnichannel_channels = ", ".join(channels.mapped("name"))

    @api.model
    def _omnichannel_types_of(self, modules):
        """The types of channel that no other module than these brings."""
        types = self.env["ir.model.fields"]._get("omnichannel.channel", "channel_type").selection_ids
        names = types._get_external_ids()
        return [
            each.value for each in types if {name.split(".")[0] for name in names[each.id]}.issubset(modules)
        ]
