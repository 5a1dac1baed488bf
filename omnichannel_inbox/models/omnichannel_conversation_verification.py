from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..tools import selection_label
from .omnichannel_message_verification import HIDDEN
from .omnichannel_verification import MAX_ATTEMPTS


class OmnichannelConversation(models.Model):
    """Orders that a sender claims are shown to be theirs by a code that goes to the order's own address.

    Never to an address that the sender gave. Whoever writes the code is the order's customer from then on, as
    somebody is who writes from that address.
    """

    _inherit = "omnichannel.conversation"

    # -- asking ------------------------------------------------------------------

    def action_send_code(self, reference, way=False):
        """Send a code to an address of an order that is claimed here.

        :param str way: the ``key`` of one of the ways that the panel shows; the first one unless given
        """
        self.ensure_one()
        self.check_access("write")
        # The agent need not be allowed to read the order: all they learn is the address without its middle.
        conversation = self.sudo()
        order = isinstance(reference, str) and conversation._claimed_orders().get(reference)
        if not order or not conversation.identity_id:
            raise UserError(self.env._("Nobody claims this order here."))
        chosen = conversation._chosen_way(order, way)
        verification = (
            self.env["omnichannel.verification"].sudo()._begin(conversation, order, chosen["destination"])
        )
        if not verification:
            raise UserError(
                self.env._("Three codes were sent within an hour. Wait a while before you send another one.")
            )
        if chosen["channel"]:
            conversation._queue_code(verification, chosen["channel"])
        else:
            conversation._mail_code(verification)
        note = self.env._(
            "A code for order %(order)s was sent to %(address)s.",
            order=order.name,
            address=chosen["destination"],
        )
        conversation._note_verification(note)
        conversation._tell_of_code(lambda env: self._code_is_on_its_way(env, chosen["channel"]))

    @api.model
    def _code_is_on_its_way(self, env, channel):
        if not channel:
            return env._(
                "We have sent a code of six digits to the e-mail address of your order."
                " Please write it here within 10 minutes."
            )
        return env._(
            "We have sent a code of six digits by %s to the number of your order."
            " Please write it here within 10 minutes.",
            selection_label(channel.with_env(env), "channel_type"),
        )

    # -- ways ----------------------------------------------------------------------

    def _code_ways(self, order):
        """The ways by which a code can be sent to an order's customer now, best first.

        :return: list of dict ``key``, ``name`` (what agents call it), ``destination`` (without what would
            tell the address), ``channel`` (none for a mail)
        """
        ways = []
        nothing = self.env["omnichannel.channel"]
        if address := self._code_address(order):
            name = self.env._("e-mail")
            ways.append({"key": "email", "name": name, "destination": masked(address), "channel": nothing})
        for channel in nothing.search([("company_id", "=", self.company_id.id), ("state", "=", "connected")]):
            address = channel._adapter()._code_address(channel, order.partner_id)
            if address and not channel._why_not_sending():
                ways.append(
                    {
                        "key": str(channel.id),
                        "name": channel.name,
                        "destination": masked(address),
                        "channel": channel,
                    }
                )
        return ways

    def _chosen_way(self, order, key):
        """The way that an agent chose.

        :raise UserError: there is none, or not this one
        """
        ways = self._code_ways(order)
        if not ways:
            raise UserError(
                self.env._(
                    "No e-mail address is known for this order, nor a number that a code can be sent to."
                )
            )
        chosen = next((way for way in ways if not key or way["key"] == key), None)
        if not chosen:
            raise UserError(self.env._("A code cannot be sent this way any more."))
        return chosen

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

    def _code_lines(self, order, lang, code):
        """What is written to an order's customer with a code, line by line."""
        company = self.company_id
        env = self.with_context(lang=lang or company.partner_id.lang).env
        return [
            env._("%s is your code.", code),
            env._(
                "Somebody who writes to us says that order %s is theirs. If that is you, write this code"
                " there within 10 minutes.",
                order.name,
            ),
            env._("If it is not you, do nothing: without the code nobody learns anything about your order."),
            company.name,
        ]

    def _queue_code(self, verification, channel):
        """Send a code by a channel. It crosses the ledger, and is a message of no conversation: agents read
        no more than that it was sent.

        :raise UserError: in words why it cannot be sent
        """
        order = verification.order_id
        if self.company_id._omnichannel_stopped():
            raise UserError(self.env._("All automatic texts are stopped."))
        identity = self.env["omnichannel.identity"]._of_partner(channel, order.partner_id)
        if not identity:
            raise UserError(self.env._("The number of this order is somebody else's."))
        lines = self._code_lines(order, order.partner_id.lang, HIDDEN)
        text, payload = channel._adapter()._code_message(channel, identity, "\n\n".join(lines))
        [row] = channel._adapter()._ledger_rows(text, self.env["ir.attachment"], payload)
        self.env["omnichannel.message"]._queue(
            [
                {
                    **row,
                    "conversation_id": self.id,
                    "channel_id": channel.id,
                    "identity_id": identity.id,
                    "automatic": "code_itself",
                    "verification_id": verification.id,
                    "valid_until": verification.valid_until,
                }
            ]
        )

    def _mail_code(self, verification):
        """Mail a code, in the language of the order's customer. The mail is deleted once it is sent."""
        order, company = verification.order_id, self.company_id
        lang = order.partner_id.lang or company.partner_id.lang
        env = self.with_context(lang=lang).env
        lines = self._code_lines(order, lang, verification._code())
        self.env["mail.mail"].create(
            {
                "subject": env._("Your code for order %s", order.name),
                "body_html": Markup("").join(Markup("<p>%s</p>") % line for line in lines),
                "email_to": self._code_address(order),
                "auto_delete": True,
                **self.env["omnichannel.channel"]._sender_of(company),
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
                "ways": [
                    {name: way[name] for name in ("key", "name", "destination")}
                    for way in conversation._code_ways(order)
                ],
                "sent": self._panel_code(sent.filtered(lambda one, order=order: one.order_id == order)[:1]),
            }
            for reference, order in orders.items()
        ]

    @api.model
    def _panel_code(self, verification):
        if not verification:
            # Not the empty recordset, which the client takes for something.
            return False
        return {
            "date": fields.Datetime.to_string(verification.create_date),
            "attempts": verification.attempts,
            "is_over": verification.state == "failed" or verification.valid_until <= fields.Datetime.now(),
        }


def masked(address):
    """An address or a number that says no more than who knows it needs to recognise it: k***@e***.com."""
    if not address:
        return False
    if "@" not in address:
        return f"{address[:3]}***{address[-2:]}"
    name, _at, domain = address.rpartition("@")
    host, _dot, top = domain.rpartition(".")
    return f"{name[:1]}***@{host[:1]}***.{top}"
