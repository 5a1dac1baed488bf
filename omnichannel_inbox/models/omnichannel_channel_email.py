from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import email_normalize, format_datetime, formataddr

from .mail_sign_in import open_sign_in

ROUND_LIMIT = timedelta(minutes=5)  # after which a test mail counts as lost
LOOK_OFTEN = timedelta(minutes=1)  # after a test; then Odoo's job comes by itself each minute
FETCH_JOB = "mail.ir_cron_mail_gateway_action"

ARRIVALS = [
    ("untested", "Not Tested"),
    ("waiting", "Test Mail Under Way"),
    ("arriving", "Mails Arrive"),
    ("failing", "No Mails Arrive"),
]


class OmnichannelChannel(models.Model):
    """An address: whether mails to it arrive is another question than whether it can send.

    It may have an alias, an address at which Odoo itself receives: a provider forwards mails there.
    """

    _name = "omnichannel.channel"
    _inherit = ["omnichannel.channel", "mail.alias.mixin.optional"]

    mail_road = fields.Selection(
        [("mailbox", "Odoo reads the mailbox"), ("forward", "They are forwarded to Odoo")],
        "How Mails Come In",
        compute="_compute_mail_road",
        store=True,
        readonly=False,
    )
    mail_arrival = fields.Selection(
        ARRIVALS,
        "Test of Receiving",
        required=True,
        default="untested",
        readonly=True,
        copy=False,
    )
    mail_arrival_reason = fields.Text("Why No Mails Arrive", readonly=True, copy=False)
    mail_test_sent = fields.Datetime("Test Mail Sent", readonly=True, copy=False)
    mail_test_returned = fields.Datetime("Test Mail Came Back", readonly=True, copy=False)
    mail_test_user_id = fields.Many2one("res.users", "Tested By", readonly=True, copy=False)
    receiving = fields.Selection(ARRIVALS, compute="_compute_receiving", compute_sudo=True)
    # Read from the servers, which are the system administrators': what is said here has no secret in it.
    receiving_words = fields.Text("Receiving Mails", compute="_compute_receiving", compute_sudo=True)

    is_mailbox_signed_out = fields.Boolean(compute="_compute_signed_out", groups="base.group_system")
    is_sending_signed_out = fields.Boolean(compute="_compute_signed_out", groups="base.group_system")

    @api.model
    def _sender_of(self, company):
        """From whom a company's mails leave that answer nobody: values of ``mail.mail``."""
        channel = self.search(
            [("channel_type", "=", "email"), ("company_id", "=", company.id), ("state", "=", "connected")],
            limit=1,
        )
        own = formataddr((channel.name, email_normalize(channel.address))) if channel else False
        return {
            "email_from": own or company.email_formatted or self.env.user.email_formatted,
            "mail_server_id": channel.mail_server_id.id,
        }

    @api.depends("fetchmail_server_id", "mail_server_id")
    def _compute_signed_out(self):
        for channel in self:
            mailbox, outgoing = channel.fetchmail_server_id, channel.mail_server_id
            channel.is_mailbox_signed_out = bool(mailbox and mailbox._omnichannel_sign_in())
            channel.is_sending_signed_out = bool(outgoing and outgoing._omnichannel_sign_in())

    def action_sign_in_mailbox(self):
        """To the provider's page, to let Odoo read the mailbox."""
        return open_sign_in(self.fetchmail_server_id, self.fetchmail_server_id._omnichannel_sign_in())

    def action_sign_in_sending(self):
        """To the provider's page, to let Odoo send."""
        return open_sign_in(self.mail_server_id, self.mail_server_id._omnichannel_sign_in())

    @api.depends("fetchmail_server_id")
    def _compute_mail_road(self):
        """What is saved without a mailbox is forwarded; a new one is asked for its mailbox first."""
        for channel in self:
            if channel.fetchmail_server_id or not channel._origin:
                channel.mail_road = "mailbox"
            else:
                channel.mail_road = channel.mail_road or "forward"

    @api.onchange("mail_road")
    def _onchange_mail_road(self):
        if self.mail_road == "forward":
            self.fetchmail_server_id = False
            self.alias_name = self.alias_name or self._free_alias_name()
            self.alias_domain_id = self.alias_domain_id or self.env.company.alias_domain_id

    def _free_alias_name(self):
        """The address' own name, unless another document's alias has it; one that needs no explaining."""
        name = (email_normalize(self.address or "") or "").partition("@")[0]
        domain = self.env.company.alias_domain_id
        taken = self.env["mail.alias"].search_count(
            [("alias_name", "=", name), ("alias_domain_id", "=", domain.id)], limit=1
        )
        is_odoos = name in (domain.bounce_alias, domain.catchall_alias)
        return name if name and not taken and not is_odoos else False

    # -- the alias -----------------------------------------------------------------

    def _alias_get_creation_values(self):
        """What comes to it is journalled; Odoo's list of aliases says that it makes conversations."""
        target = self.env["ir.model"]._get_id("omnichannel.conversation")
        return super()._alias_get_creation_values() | {"alias_model_id": target}

    @api.model
    def _by_alias(self):
        """Channel by the address of its alias.

        Nothing that comes to one goes Odoo's own way, which would make something of it at once: what comes
        to an archived channel is kept as well.
        """
        channels = self.with_context(active_test=False).search([("alias_id", "!=", False)])
        return {
            email_normalize(channel.alias_email): channel
            for channel in channels.with_context(active_test=True)
            if channel.alias_email
        }

    # -- whether mails arrive --------------------------------------------------------

    @api.depends(
        "channel_type",
        "mail_arrival",
        "mail_arrival_reason",
        "mail_test_sent",
        "mail_test_returned",
        "fetchmail_server_id.state",
        "fetchmail_server_id.error_message",
    )
    @api.depends_context("lang", "tz")
    def _compute_receiving(self):
        for channel in self:
            trouble = channel._mailbox_trouble()
            channel.receiving = "failing" if trouble else channel.mail_arrival
            channel.receiving_words = trouble or channel._arrival_words()

    def _mailbox_trouble(self):
        """Why Odoo's job has stopped to read the mailbox, in words, or False."""
        mailbox = self.fetchmail_server_id
        if self.mail_arrival != "arriving" or not mailbox:
            return False
        if mailbox.state != "done":
            return _("Odoo does not read this mailbox at present. Press Test Connection.")
        if mailbox.error_date:
            return _(
                "Odoo cannot read this mailbox since %(date)s: %(said)s. Press Test Connection to see "
                "what helps.",
                date=format_datetime(self.env, mailbox.error_date),
                said=(mailbox.error_message or "").rstrip("."),
            )
        return False

    def _arrival_words(self):
        if self.mail_arrival == "failing":
            return self.mail_arrival_reason
        if self.mail_arrival == "waiting":
            return _(
                "A test mail left at %s. As soon as it comes back, it says so here.",
                format_datetime(self.env, self.mail_test_sent),
            )
        if self.mail_arrival == "untested":
            return _("Whether mails arrive is not known yet: press Test Connection.")
        if not self.mail_test_returned:
            return _("Customers' mails arrive.")
        return _(
            "The test mail of %(date)s came back %(when)s.",
            date=format_datetime(self.env, self.mail_test_sent),
            when=self._when_it_came_back(),
        )

    def _when_it_came_back(self):
        seconds = round((self.mail_test_returned - self.mail_test_sent).total_seconds())
        return self.env._("after %s seconds", seconds) if seconds > 1 else self.env._("at once")

    # -- what becomes of a test --------------------------------------------------

    def _set_under_way(self):
        """A test mail has left; Odoo's job looks for it at once."""
        self.write(
            {
                "mail_arrival": "waiting",
                "mail_arrival_reason": False,
                "mail_test_sent": fields.Datetime.now(),
                "mail_test_returned": False,
                "mail_test_user_id": self.env.uid,
            }
        )
        self.env["omnichannel.worker"]._wake_after_commit(FETCH_JOB)

    def _set_not_arriving(self, reason):
        self.write({"mail_arrival": "failing", "mail_arrival_reason": reason})

    def look_for_test_mail(self):
        """Let Odoo's job look for a test mail again, while its form is open; returns whether it is missing.

        A mail needs some seconds, and the job's next look would be a minute later.
        """
        self.ensure_one()
        self.check_access("write")
        if self.mail_arrival != "waiting":
            return False
        if self.mail_test_sent > fields.Datetime.now() - LOOK_OFTEN:
            self.env["omnichannel.worker"]._wake_after_commit(FETCH_JOB)
        return True

    def _test_mail_came_back(self, asked_by, sent):
        """It may come by two roads, or be an older one: told is what is new."""
        self.ensure_one()
        if self.mail_arrival == "arriving" and self.mail_test_returned:
            return
        self.write(
            {
                "mail_arrival": "arriving",
                "mail_arrival_reason": False,
                "mail_test_sent": sent,
                "mail_test_returned": fields.Datetime.now(),
            }
        )
        channel = self._for(asked_by)
        channel._tell(
            asked_by,
            "success",
            channel.env._("Mails arrive"),
            channel.env._(
                "The test mail to %(address)s came back %(when)s.",
                address=self.address,
                when=channel._when_it_came_back(),
            ),
        )

    def _test_mail_was_refused(self, asked_by, said):
        """A mail system sent it back."""
        channel = self._for(asked_by)
        channel._test_failed(
            asked_by,
            channel.env._(
                "The test mail to %(address)s could not be delivered: %(said)s. Check whether the "
                "address exists and its mailbox has room.",
                address=self.address,
                said=said.rstrip("."),
            ),
        )

    def _test_mail_went_astray(self, asked_by, other):
        """It came in as a mail to another channel, and so would those of customers."""
        channel = self._for(asked_by)
        channel._test_failed(
            asked_by,
            channel.env._(
                "The test mail to %(address)s came in by the mailbox of the channel %(other)s: so would "
                "mails of customers. Choose the mailbox of this address here, or forward the address "
                "to Odoo.",
                address=self.address,
                other=other.name,
            ),
        )

    @api.model
    def _give_up_test_mails(self):
        """Cron: say that a test mail has not come back, and what to look at."""
        late = self.search(
            [("mail_arrival", "=", "waiting"), ("mail_test_sent", "<", fields.Datetime.now() - ROUND_LIMIT)]
        )
        for channel in late:
            asked_by = channel.mail_test_user_id
            channel._test_failed(asked_by, channel._for(asked_by)._missing_words())

    def _missing_words(self):
        said = self.fetchmail_server_id.error_message
        if said:
            return self.env._(
                "Odoo cannot read the mailbox: %(said)s. Check it, and press Test Connection again.",
                said=said.rstrip("."),
            )
        minutes = int(ROUND_LIMIT.total_seconds() // 60)
        if self.alias_email and not self.fetchmail_server_id:
            return self.env._(
                "The test mail did not come back within %(minutes)s minutes. Check whether your provider "
                "forwards mails to %(address)s to %(alias)s, whether one lies in the spam folder there, and "
                "whether Odoo receives mails to %(domain)s at all.",
                minutes=minutes,
                address=self.address,
                alias=self.alias_email,
                domain=self.alias_domain,
            )
        if self.fetchmail_server_id:
            return self.env._(
                "The test mail did not come back within %(minutes)s minutes. Look into the mailbox of "
                "%(login)s with another program. If the mail is there, it is probably in the spam folder, "
                "which Odoo does not read. If it is not, mails to %(address)s go to another mailbox.",
                minutes=minutes,
                login=self.fetchmail_server_id.user,
                address=self.address,
            )
        return self.env._(
            "The test mail did not come back within %(minutes)s minutes. Check whether mails to "
            "%(address)s are forwarded to Odoo, and whether one lies in the spam folder there.",
            minutes=minutes,
            address=self.address,
        )

    def _test_failed(self, asked_by, reason):
        self.ensure_one()
        self._set_not_arriving(reason)
        self._tell(asked_by, "danger", self._for(asked_by).env._("No mails arrive"), reason)

    def _for(self, user):
        """This channel, in whose environment texts are in the language of a user."""
        return self.with_context(lang=user.lang or self.env.lang)

    def _tell(self, user, level, title, message):
        """Say something to a user, on whatever page they are."""
        if user:
            user._bus_send(
                "simple_notification",
                {"type": level, "title": title, "message": message, "sticky": level != "success"},
            )
