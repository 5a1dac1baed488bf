from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, formataddr

from .omnichannel_verification import MAX_ATTEMPTS


class OmnichannelMessage(models.Model):
    """What a customer is told of a code."""

    _inherit = "omnichannel.message"

    automatic = fields.Selection(selection_add=[("code", "Code")])


class OmnichannelConversation(models.Model):
    """Orders that a sender claims are shown to be theirs by a code that goes to the order's own address.

    Never to an address that the sender gave. Whoever writes the code is the order's customer from then on, as
    somebody is who writes from that address.
    """

    _inherit = "omnichannel.conversation"

    # -- asking ------------------------------------------------------------------

    def action_send_code(self, reference):
        """Send a code to the address of an order that is claimed here."""
        self.ensure_one()
        self.check_access("write")
        # The agent need not be allowed to read the order: all they learn is the address without its middle.
        conversation = self.sudo()
        order = isinstance(reference, str) and conversation._claimed_orders().get(reference)
        address = order and conversation._code_address(order)
        if not order or not conversation.identity_id:
            raise UserError(self.env._("Nobody claims this order here."))
        if not address:
            raise UserError(self.env._("No e-mail address is known for this order."))
        destination = masked(address)
        verification, code = (
            self.env["omnichannel.verification"].sudo()._begin(conversation, order, destination)
        )
        if not verification:
            raise UserError(
                self.env._("Three codes were sent within an hour. Wait a while before you send another one.")
            )
        conversation._mail_code(order, address, code)
        note = self.env._(
            "A code for order %(order)s was sent to %(address)s.", order=order.name, address=destination
        )
        conversation._note_verification(note)
        conversation._tell_of_code(
            lambda env: env._(
                "We have sent a code of six digits to the e-mail address of your order."
                " Please write it here within 10 minutes."
            )
        )

    def _claimed_orders(self):
        """{number: order} of those that are claimed here and exist once."""
        self.ensure_one()
        references = self.claimed_order_refs.split(", ") if self.claimed_order_refs else []
        found = self._orders_by_name(references)
        orders = {reference: found[self.company_id, reference] for reference in references}
        return {reference: order for reference, order in orders.items() if len(order) == 1}

    @api.model
    def _code_address(self, order):
        return email_normalize(order.partner_id.email)

    def _mail_code(self, order, address, code):
        """Mail a code, in the language of the order's customer. The mail is deleted once it is sent."""
        company = self.company_id
        env = self.with_context(lang=order.partner_id.lang or company.partner_id.lang).env
        lines = (
            env._("%s is your code.", code),
            env._(
                "Somebody who writes to us says that order %s is theirs. If that is you, write this code"
                " there within 10 minutes.",
                order.name,
            ),
            env._("If it is not you, do nothing: without the code nobody learns anything about your order."),
            company.name,
        )
        channel = self.env["omnichannel.channel"].search(
            [("channel_type", "=", "email"), ("company_id", "=", company.id), ("state", "=", "connected")],
            limit=1,
        )
        sender = (
            formataddr((channel.name, email_normalize(channel.address)))
            if channel
            else company.email_formatted
        )
        self.env["mail.mail"].create(
            {
                "subject": env._("Your code for order %s", order.name),
                "body_html": Markup("").join(Markup("<p>%s</p>") % line for line in lines),
                "email_from": sender or self.env.user.email_formatted,
                "email_to": address,
                "mail_server_id": channel.mail_server_id.id,
                "auto_delete": True,
            }
        )
        self.env["omnichannel.worker"]._wake_after_commit("mail.ir_cron_mail_scheduler_action")

    # -- hearing -----------------------------------------------------------------

    def _hear_code(self, verification, code):
        """Somebody wrote a code here.

        :param verification: what their address was asked for
        """
        self.ensure_one()
        outcome = verification._try(code)
        if outcome == "right":
            self._verified(verification)
        left = MAX_ATTEMPTS - verification.attempts
        self._tell_of_code(
            {
                "right": lambda env: env._("Thank you, the code is right."),
                "wrong": lambda env: env._("That is not the code we sent. Attempts left: %s.", left),
                "failed": lambda env: env._("That is not the code we sent. Please ask us for a new one."),
                "late": lambda env: env._("The code is not valid any more. Please ask us for a new one."),
            }[outcome]
        )
        self._announce()

    def _verified(self, verification):
        """The order is its sender's: they are its customer, and this conversation is about it."""
        identity, order = verification.identity_id, verification.order_id
        if not identity.partner_id:
            identity._relink(order.partner_id)
        self._link_orders({self: order})
        claims = self.claimed_order_refs.split(", ") if self.claimed_order_refs else []
        self.claimed_order_refs = ", ".join(claim for claim in claims if claim != order.name) or False
        speaking = self.channel_id._speaking().env
        self._note_verification(speaking._("Order %s is verified: its code was written here.", order.name))

    def _note_verification(self, line):
        author = self.env.user.partner_id if self.env.user._is_internal() else self.company_id.partner_id
        message = self._message_log(body=line, author_id=author.id)
        self._announce(messages={self.id: message.ids})

    def _tell_of_code(self, text_of):
        """Tell who asked, where they write, in their language."""
        self._try_automatic(
            "code",
            lambda lang: text_of(self.with_context(lang=lang).env),
            (self.channel_id, self.identity_id),
        )

    # -- showing -----------------------------------------------------------------

    def get_customer_panel(self):
        return super().get_customer_panel() | {"claims": self._panel_claims()}

    def _panel_claims(self):
        """Orders that are claimed here: where a code would go, and what became of the last one."""
        # See action_send_code.
        conversation = self.sudo()
        orders = conversation._claimed_orders()
        sent = (
            self.env["omnichannel.verification"]
            .sudo()
            .search([("conversation_id", "=", self.id), ("state", "in", ("sent", "failed"))])
        )
        return [
            {
                "reference": reference,
                "destination": masked(conversation._code_address(order)),
                "sent": self._panel_code(sent.filtered(lambda one, order=order: one.order_id == order)[:1]),
            }
            for reference, order in orders.items()
        ]

    @api.model
    def _panel_code(self, verification):
        return verification and {
            "date": fields.Datetime.to_string(verification.create_date),
            "attempts": verification.attempts,
            "is_over": verification.state == "failed" or verification.valid_until <= fields.Datetime.now(),
        }


def masked(address):
    """An address that says no more than who knows it needs to recognise it: k***@e***.com."""
    if not address:
        return False
    name, _at, domain = address.rpartition("@")
    host, _dot, top = domain.rpartition(".")
    return f"{name[:1]}***@{host[:1]}***.{top}"
