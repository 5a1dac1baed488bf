import logging
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, plaintext2html

from .omnichannel_worker import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)

# How long a text is worth sending that could not leave at once: it answers what was written just now. What
# a rule says of an order is still news the day after.
WORTH_SENDING = timedelta(hours=1)
RULE_WORTH_SENDING = timedelta(days=1)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Where a placeholder had nothing to say, with what stood between it and the text before or after it.
_NOTHING = re.compile(r" \0|^\0[ \n]*|\0", re.MULTILINE)


class OmnichannelConversation(models.Model):
    """Texts that customers get by themselves.

    They cross the channel as an answer does, and are none: the conversation waits on, as if nothing had been
    said. All of it runs as the system, in workers.
    """

    _inherit = "omnichannel.conversation"

    automatic_date = fields.Datetime("Automatic Text Sent", readonly=True, copy=False)

    def _send_automatic(self, kind, text_of, route=None, channel=None, action=None):
        """Send the customer a text that nobody wrote just now.

        :param str kind: see ``automatic`` of the ledger; the same one is not sent twice before the customer
            wrote again
        :param text_of: function that gives the text in a language; its placeholders are filled in
        :param tuple route: (channel, identity) that it has to take; by default the best that can send now
        :param channel: the channel that it has to take, to whatever address
        :param action: the action of a rule that sends it
        :return: (message, False), or (no message, in words why nothing was sent)
        """
        self.ensure_one()
        nothing = self.env["mail.message"]
        if self.company_id._omnichannel_stopped():
            return nothing, self.env._("All automatic texts are stopped.")
        self._take_turn()
        if not action and self._has_been_told(kind):
            return nothing, self.env._("The customer has been told the same and has not written since.")
        option, why_not = self._automatic_option(route, channel, action)
        why_not = why_not or self._why_limited(option["identity"], action)
        if why_not:
            return nothing, why_not
        try:
            text, payload = self._automatic_words(option, text_of, action)
            return self._post_automatic(kind, option, text, payload, action), False
        except UserError as error:
            return nothing, str(error.args[0])

    def _automatic_words(self, option, text_of, action):
        """(text, payload of the ledger) as the customer gets it: free text, else the action's template."""
        speaking = self._speaking_to(option["channel"], option["identity"])
        if not option["can_send"]:
            return action._fill_template(speaking, option)
        text = speaking._fill_in(text_of(speaking.env.lang) or "", option["identity"])
        if not text:
            raise UserError(self.env._("The text is empty."))
        option["channel"]._adapter()._check_message(option["channel"], text, self.env["ir.attachment"])
        return text, {}

    def _why_limited(self, identity, action):
        """In words why a customer gets no more of such texts for now, or False."""
        return False

    def _speaking_to(self, channel, identity):
        """This conversation, whose environment speaks the customer's language, else the channel's."""
        customer = self.partner_id or identity.partner_id
        return self.with_env(channel._speaking(customer).env)

    def _take_turn(self):
        """One automatic text at a time: a worker that comes second starts again and sees the first one's.

        A lock alone would let it go on with what it saw before.
        """
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE omnichannel_conversation SET automatic_date = %s WHERE id = %s",
                fields.Datetime.now(),
                self.id,
            ),
            # Who comes second is no error.
            log_exceptions=False,
        )
        self.invalidate_recordset(["automatic_date"], flush=False)

    def _has_been_told(self, kind):
        """Whether a text of this kind was the last thing of its kind before the customer wrote again.

        What a program of theirs sent meanwhile does not count.
        """
        self.env["omnichannel.message"].flush_model()
        [(is_told,)] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (
                   SELECT FROM omnichannel_message told
                    WHERE told.conversation_id = %(id)s AND told.automatic = %(kind)s
                      AND told.state <> 'cancelled'
                      AND NOT EXISTS (SELECT FROM omnichannel_message heard
                                       WHERE heard.conversation_id = %(id)s AND heard.id > told.id
                                         AND heard.direction = 'in' AND heard.aside_id IS NULL
                                         AND heard.from_program IS NOT TRUE))""",
                id=self.id,
                kind=kind,
            )
        )
        return is_told

    # -- which way ---------------------------------------------------------------

    def _automatic_option(self, route, channel, action):
        """(the way a text takes, see ``_answer_options``; False), or (nothing, in words why there is none)"""
        if route:
            options = [self._answer_option(*route)] if all(route) else []
        else:
            options = [o for o in self._answer_options() if not channel or o["channel"] == channel]
        obstacles = []
        for option in options:
            obstacle = self._automatic_obstacle(option, action)
            if not obstacle:
                return option, False
            obstacles.append(obstacle)
        return {"identity": None}, (
            obstacles[0]
            if obstacles
            else self.env._("There is no channel by which this customer can be reached.")
        )

    def _automatic_obstacle(self, option, action):
        """In words why an automatic text may not go this way, or False."""
        channel, identity = option["channel"], option["identity"]
        has_template = option["templates"] and action and action._has_template_for(channel)
        if not option["can_send"] and not has_template:
            return option["reason"]
        if channel.state == "broken":
            # It would wait for somebody to mend it, and be given up in the end.
            return self.env._("The channel does not work at the moment.")
        if identity.unreachable_date:
            return self.env._("What is sent to this address comes back.")
        if not channel._adapter()._is_read_by_somebody(identity):
            return self.env._("Nobody reads what is sent to this address.")
        if not (action and action.rule_id._opens_tickets()) and self._is_from_program(identity):
            # Programs must not answer each other; what an order asks for answers nothing.
            return self.env._("What came last from this address was written by a program.")
        return False

    def _is_from_program(self, identity):
        """Whether the newest thing from an address here was not written by a person."""
        newest = self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", self.id),
                ("identity_id", "=", identity.id),
                ("direction", "=", "in"),
                ("aside_id", "=", False),
            ],
            order="id DESC",
            limit=1,
        )
        return newest.from_program

    # -- the words ---------------------------------------------------------------

    def _fill_in(self, text, identity):
        """A text with its placeholders filled in; what is none of them stays as it is.

        One that has nothing to say leaves no gap.
        """

        def value(found):
            filler = getattr(self, f"_placeholder_{found[1]}", None)
            return (filler(identity) or "\0") if filler else found[0]

        return _NOTHING.sub("", _PLACEHOLDER.sub(value, text)).strip()

    def _placeholder_customer(self, identity):
        return self.partner_id.name or identity.partner_id.name or identity.name or self.env._("customer")

    def _placeholder_agent(self, identity):
        return self.user_id.name or self.team_id.name

    def _placeholder_reference(self, identity):
        return self.name

    def _placeholder_opening(self, identity):
        return self._opening_words()

    def _placeholder_position(self, identity):
        """Where the customer stands among those whom the team has to answer."""
        if not self.waiting_since:
            return "1"
        before = self.search_count(
            [
                ("team_id", "=", self.team_id.id),
                ("state", "=", "open"),
                "|",
                ("waiting_since", "<", self.waiting_since),
                "&",
                ("waiting_since", "=", self.waiting_since),
                ("id", "<", self.id),
            ]
        )
        return str(before + 1)

    # -- leaving -----------------------------------------------------------------

    def _post_automatic(self, kind, option, text, payload, action):
        """Put a text into the thread and the ledger; return its message.

        Nothing of the conversation changes: it has not been answered by this.
        """
        channel, identity = option["channel"], option["identity"]
        message = self._message_create([self._automatic_values(text)])
        rows = self._answer_rows(channel, message, text, payload)
        common = {
            "channel_id": channel.id,
            "identity_id": identity.id,
            "valid_until": self._valid_until(kind),
        }
        common |= self._ledger_of(kind, action)
        self.env["omnichannel.message"]._queue([row | common for row in rows])
        if identity not in self.identity_ids:
            # What is answered to it belongs here.
            self._link("identity_ids", [(self, identity)])
        self._announce(messages={self.id: message.ids})
        return message

    def _valid_until(self, kind):
        """Until when a text is worth sending: after that, silence is better."""
        return fields.Datetime.now() + (RULE_WORTH_SENDING if kind == "rule" else WORTH_SENDING)

    @api.model
    def _ledger_of(self, kind, action):
        """What the ledger keeps of where an automatic text came from."""
        return {"automatic": kind}

    def _automatic_values(self, text):
        """The message in the thread: the company speaks, for no colleague wrote it."""
        company = self.company_id
        return {
            "model": self._name,
            "res_id": self.id,
            "body": plaintext2html(text),
            "message_type": "auto_comment",
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
            "author_id": company.partner_id.id,
            "email_from": company.partner_id.email_formatted or company.name,
            "reply_to": False,
            "record_company_id": company.id,
            "record_alias_domain_id": False,
            "partner_ids": [],
        }

    def _try_automatic(self, kind, text_of, route):
        """Send a text by which nothing else may be held up: what fails is logged and not tried again."""
        try:
            with self.env.cr.savepoint():
                _message, why_not = self._send_automatic(kind, text_of, route)
        except TRANSIENT_ERRORS:
            raise
        except Exception:
            _logger.exception("Conversation %s: the automatic text %s failed", self.id, kind)
        else:
            if why_not:
                _logger.info("Conversation %s: no %s is sent: %s", self.id, kind, why_not)
