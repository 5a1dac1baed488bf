import secrets
from datetime import timedelta

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..wire import MalformedBody, mail

BREAKER_LIMIT = 5  # failures in a row after which sending pauses
BREAKER_PAUSE = timedelta(seconds=30)


class OmnichannelChannel(models.Model):
    """A connected account or address: "+31 6 …", "support@…"."""

    _name = "omnichannel.channel"
    _description = "Omnichannel Channel"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    channel_type = fields.Selection([("email", "E-mail")], required=True, string="Type")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    team_id = fields.Many2one(
        "omnichannel.team",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('company_id', '=', company_id)]",
        default=lambda self: self.env["omnichannel.team"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
        help="New conversations of this channel are this team's.",
    )
    address = fields.Char(help="The number or address as customers know it.")
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        default=lambda self: self.env.company.partner_id.lang or self.env.lang,
        help="In this language Odoo writes by itself into the conversations of this channel.",
    )
    reopen_days = fields.Integer(
        "Reopen Within (Days)",
        default=7,
        help="A customer who writes again within these days after a conversation was closed reopens it; "
        "later a new conversation begins.",
    )
    is_split_by_subject = fields.Boolean(
        "One Conversation for Each Subject",
        help="A mail with another subject opens another conversation. Otherwise a customer has one "
        "conversation at a time, whatever they write about.",
    )
    fetchmail_server_id = fields.Many2one(
        "fetchmail.server",
        "Incoming Mail Server",
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        help="The mailbox (IMAP or POP) that is read. Leave it empty if mails to this address are forwarded "
        "to Odoo.",
    )
    mail_server_id = fields.Many2one(
        "ir.mail_server",
        "Outgoing Mail Server",
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        help="The server that sends. Leave it empty to use the one Odoo uses for this address.",
    )
    state = fields.Selection(
        [
            ("draft", "Not Connected"),
            ("connected", "Connected"),
            ("degraded", "Degraded"),
            ("broken", "Broken"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    state_reason = fields.Char("What the Provider Said", readonly=True, copy=False)
    state_words = fields.Char("What Is Wrong", compute="_compute_state_words")
    neutralized = fields.Boolean(
        readonly=True, copy=False, help="This is a copy of a production database: nothing is sent."
    )
    webhook_token = fields.Char(
        copy=False, groups="base.group_system", default=lambda self: secrets.token_urlsafe(24)
    )
    webhook_url = fields.Char("Callback URL", compute="_compute_webhook_url", groups="base.group_system")
    breaker_failures = fields.Integer(readonly=True, copy=False)
    breaker_until = fields.Datetime("Sending Paused Until", readonly=True, copy=False)

    _webhook_token_uniq = models.UniqueIndex("(webhook_token)")

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        for channel in self:
            channel.webhook_url = f"{channel.get_base_url()}/omnichannel/webhook/{channel.webhook_token}"

    @api.depends("state_reason", "channel_type")
    @api.depends_context("lang")
    def _compute_state_words(self):
        for channel in self:
            reason = channel.state_reason
            channel.state_words = reason and channel._adapter()._in_words(reason)

    def _speaking(self, customer=None):
        """This channel, in whose environment texts are in the customer's language or, without one, its own.

        Jobs run as nobody who could have a language: what they write down for good is written in this one.
        """
        self.ensure_one()
        # A language may have been switched off since it was chosen.
        active = self.env["res.lang"]._get_code
        return self.with_context(lang=(customer and active(customer.lang)) or active(self.lang) or None)

    @api.model
    def _of_mail(self, raw):
        """The channel that a mail is for, or none.

        The mailbox it was fetched from decides, then the address it was delivered to, then what it answers.
        """
        channels = self.search([("channel_type", "=", "email")])
        server_id = self.env.context.get("default_fetchmail_server_id")
        fetched = channels.filtered(lambda c: server_id and c.fetchmail_server_id.id == server_id)
        try:
            received = mail.parse(raw)
        except MalformedBody:
            return fetched[:1]
        by_address = {email_normalize(c.address): c for c in reversed(channels) if c.address}
        by_address |= self._by_alias()
        addressed = [by_address[address] for address in received.recipients if address in by_address]
        for candidates in ([c for c in addressed if c in fetched], fetched, addressed):
            if candidates:
                return candidates[0]
        return channels._of_answer(received) or channels._of_record(received)

    def _of_answer(self, received):
        """The channel by which the mail that this one answers, or reports about, was sent."""
        uids = [*received.references, *filter(None, [received.report and received.report.message_id])]
        sent = self.env["omnichannel.message"].search(
            [("channel_id", "in", self.ids), ("provider_uid", "in", uids), ("direction", "=", "out")], limit=1
        )
        return sent.channel_id

    def _of_record(self, received):
        """The channel for an answer to a mail of Odoo's own about an order or an invoice.

        What a colleague answers by mail is Odoo's.
        """
        if not self or not received.references or not received.sender:
            return self.browse()
        if self.env["mail.thread"]._mail_find_user_for_gateway(received.sender.email):
            return self.browse()
        found = self.env["omnichannel.conversation"]._answered_records(received.references)
        for _message, record, _orders in found.values():
            company = record.company_id or self.env.company
            return self.filtered(lambda channel, company=company: channel.company_id == company)[:1]
        return self.browse()

    # -- the address that providers call ------------------------------------

    @api.model
    def _of_webhook_token(self, token):
        """The channel whose address a provider called, or none.

        Each webhook asks for it, so it is remembered; its other fields are read one by one, as they
        are needed: fetching them all costs more than writing the body down.
        """
        try:
            channel_id, channel_type = self._by_webhook_token(token)
        except LookupError:
            return self.browse()
        channel = self.browse(channel_id).with_context(prefetch_fields=False)
        self._fields["channel_type"]._insert_cache(channel, [channel_type])
        return channel

    @api.model
    @tools.ormcache("token")
    def _by_webhook_token(self, token):
        """(id, type) of a channel. Unknown tokens raise, and so are not remembered: strangers can
        make up any number of them.
        """
        channel = self.search([("webhook_token", "=", token)], limit=1)
        if not channel:
            raise LookupError(token)
        return channel.id, channel.channel_type

    @api.model
    @tools.ormcache("company_id")
    def _forwarding_ids(self, company_id):
        """Ids of a company's channels by which messages can be forwarded to others, in their order.

        Each conversation that is opened asks for them, so they are remembered.
        """
        # Of a channel nothing is told but whether there is one.
        channels = self.sudo().search([("company_id", "=", company_id)])
        return tuple(channel.id for channel in channels if channel._capabilities()["forward"])

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        self.env.registry.clear_cache()
        if any(vals.get("fetchmail_server_id") for vals in vals_list):
            self.env["fetchmail.server"]._read_each_minute()
        return channels

    def write(self, vals):
        result = super().write(vals)
        if {"webhook_token", "channel_type", "active", "company_id", "sequence"} & vals.keys():
            self.env.registry.clear_cache()
        if vals.get("fetchmail_server_id"):
            self.env["fetchmail.server"]._read_each_minute()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _adapter(self):
        """The adapter of this channel's type."""
        self.ensure_one()
        return self.env["omnichannel.adapter"]._of_type(self.channel_type)

    def _capabilities(self):
        """What this channel can do; see the adapter's method of that name."""
        self.ensure_one()
        return self._adapter()._capabilities(self)

    def action_test_connection(self):
        """Ask the provider and show in words what it says.

        :raise UserError: what is wrong and what to do
        """
        self.ensure_one()
        if self.neutralized:
            raise UserError(_("This is a copy of a production database: no provider is called from it."))
        found = self._adapter()._test_connection(self)
        self._set_connected()
        shown = {"type": "success", "title": _("Connected")}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": shown
            | (found if isinstance(found, dict) else {"message": found})
            | {"next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    def _set_connected(self):
        """The provider answered as it should: sending goes on."""
        for channel in self:
            if channel.state != "connected" or channel.breaker_failures:
                channel.write(
                    {
                        "state": "connected",
                        "state_reason": False,
                        "breaker_failures": 0,
                        "breaker_until": False,
                    }
                )

    def _set_broken(self, reason):
        """The provider refuses the account itself. What is queued waits until an
        administrator has mended it and pressed *Test Connection*.
        """
        self.write({"state": "broken", "state_reason": reason})

    def _count_failure(self, reason):
        """The provider did not answer; after some failures in a row sending pauses."""
        for channel in self:
            channel.breaker_failures += 1
            if channel.breaker_failures >= BREAKER_LIMIT:
                channel.write(
                    {
                        "state": "degraded",
                        "state_reason": reason,
                        "breaker_until": fields.Datetime.now() + BREAKER_PAUSE,
                    }
                )

    def _why_not_sending(self):
        """The reason in words why nothing can be sent on this channel, or False."""
        self.ensure_one()
        if self.neutralized:
            return _("This is a copy of a production database: nothing is sent.")
        if not self.active:
            return _("This channel is archived.")
        if self.state == "draft":
            return _("This channel is not connected yet.")
        return False
