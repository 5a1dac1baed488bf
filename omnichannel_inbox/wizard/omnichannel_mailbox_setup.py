import re

from odoo import api, fields, models
from odoo.tools import email_normalize

from ..models.mail_sign_in import SIGN_INS

PORTS = {("imap", True): 993, ("imap", False): 143, ("pop", True): 995, ("pop", False): 110}
SENDING_PORTS = {"starttls_strict": 587, "ssl_strict": 465, "none": 25}


class OmnichannelMailboxSetup(models.TransientModel):
    """Asks for a mailbox as its owner knows it, and makes Odoo's two servers of it: one reads, one sends."""

    _name = "omnichannel.mailbox.setup"
    _description = "Set Up a Mailbox"

    channel_id = fields.Many2one(
        "omnichannel.channel",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    server_type = fields.Selection("_selection_server_type", "Kind of Mailbox", required=True, default="imap")
    is_signed_in_elsewhere = fields.Boolean(compute="_compute_is_signed_in_elsewhere")
    login = fields.Char("User Name", compute="_compute_login", store=True, readonly=False)
    password = fields.Char()
    server = fields.Char("Incoming Server")
    is_ssl = fields.Boolean("SSL/TLS", default=True)
    port = fields.Integer(compute="_compute_port", store=True, readonly=False)
    is_sending = fields.Boolean("Send by the Same Account", default=True)
    smtp_host = fields.Char("Outgoing Server", compute="_compute_smtp_host", store=True, readonly=False)
    smtp_encryption = fields.Selection(
        [("starttls_strict", "STARTTLS"), ("ssl_strict", "SSL/TLS"), ("none", "None")],
        "Outgoing Encryption",
        required=True,
        default="starttls_strict",
    )
    smtp_port = fields.Integer("Outgoing Port", compute="_compute_smtp_port", store=True, readonly=False)

    @api.model
    def _selection_server_type(self):
        """What Odoo can read: Gmail and Outlook come with add-ons of its own."""
        names = {
            "imap": self.env._("IMAP (the usual one)"),
            "pop": self.env._("POP (mails are deleted there)"),
            "gmail": "Gmail",
            "outlook": "Outlook, Microsoft 365",
        }
        found = self.env["fetchmail.server"]._fields["server_type"]._description_selection(self.env)
        return [(kind, names.get(kind, label)) for kind, label in found if kind != "local"]

    @api.depends("server_type")
    def _compute_is_signed_in_elsewhere(self):
        for setup in self:
            setup.is_signed_in_elsewhere = setup.server_type in SIGN_INS

    @api.depends("channel_id")
    def _compute_login(self):
        for setup in self:
            setup.login = email_normalize(setup.channel_id.address or "")

    @api.depends("server_type", "is_ssl")
    def _compute_port(self):
        for setup in self:
            setup.port = PORTS.get((setup.server_type, setup.is_ssl), 993)

    @api.depends("server")
    def _compute_smtp_host(self):
        """By its name alone: nobody is asked over the network."""
        for setup in self:
            setup.smtp_host = re.sub(r"^(imap|pop3?)\.", "smtp.", (setup.server or "").strip())

    @api.depends("smtp_encryption")
    def _compute_smtp_port(self):
        for setup in self:
            setup.smtp_port = SENDING_PORTS[setup.smtp_encryption]

    def action_set_up(self):
        """Make the servers and give them to the channel; *Test Connection* says whether they work."""
        self.ensure_one()
        mailbox = self.env["fetchmail.server"].create(self._mailbox_values())
        values = {"mail_road": "mailbox", "fetchmail_server_id": mailbox.id}
        if self.is_sending:
            values["mail_server_id"] = self.env["ir.mail_server"].create(self._sending_values()).id
        self.channel_id.write(values)
        # It is the servers' now, and not kept here until Odoo cleans up.
        self.password = False
        return {"type": "ir.actions.act_window_close"}

    def _mailbox_values(self):
        values = {"name": self.channel_id.name, "server_type": self.server_type, "user": self.login}
        if self.is_signed_in_elsewhere:
            known = self.env["fetchmail.server"].new(values)
            known.onchange_server_type()
            return values | {"server": known.server, "port": known.port, "is_ssl": known.is_ssl}
        return values | {
            "password": self.password,
            "server": (self.server or "").strip(),
            "port": self.port,
            "is_ssl": self.is_ssl,
        }

    def _sending_values(self):
        """A server for this address alone: Odoo's other mails leave as they did."""
        address = email_normalize(self.channel_id.address or "")
        values = {"name": self.channel_id.name, "from_filter": address, "smtp_user": self.login}
        if self.is_signed_in_elsewhere:
            known = self.env["ir.mail_server"].new(values | {"smtp_authentication": self.server_type})
            getattr(known, f"_onchange_smtp_authentication_{self.server_type}")()
            return values | {
                "smtp_authentication": self.server_type,
                "smtp_host": known.smtp_host,
                "smtp_port": known.smtp_port,
                "smtp_encryption": known.smtp_encryption,
            }
        return values | {
            "smtp_pass": self.password,
            "smtp_host": (self.smtp_host or "").strip(),
            "smtp_port": self.smtp_port,
            "smtp_encryption": self.smtp_encryption,
        }
