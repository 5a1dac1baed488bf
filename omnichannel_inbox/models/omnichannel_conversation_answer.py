import re

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, html2plaintext, plaintext2html

from ..exceptions import AnsweredMeanwhile
from .omnichannel_conversation import PREVIEW_LENGTH, QUIET
from .omnichannel_message import TROUBLE

TOKEN = re.compile(r"[0-9a-f]{32}")


class OmnichannelConversation(models.Model):
    """How colleagues answer the customer, and add notes.

    What Odoo would mail about a thread is for colleagues alone: an answer leaves by its channel."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _get_allowed_message_params(self):
        return super()._get_allowed_message_params() | {
            "omnichannel_card",
            "omnichannel_channel_id",
            "omnichannel_identity_id",
            "omnichannel_seen_id",
            "omnichannel_token",
            "omnichannel_template_id",
            "omnichannel_template_values",
            "omnichannel_send_at",
            "omnichannel_options",
        }

    def message_post(self, **kwargs):
        """Post a note, or answer the customer: a comment by an internal user leaves by the
        channel named (or the default one), and by that alone.

        :raise AnsweredMeanwhile: somebody answered since ``omnichannel_seen_id``
        :raise UserError: nothing can be sent, with the reason
        """
        self.ensure_one()
        params = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("omnichannel_")}
        self = self.with_context(mail_post_autofollow_author_skip=True, mail_post_autofollow=False)  # noqa: PLW0642
        if not self._is_answer(kwargs):
            message = super().message_post(**kwargs)
            self._remember_mentions(message)
            self._announce(messages={self.id: message.ids})
            return message
        return self._post_answer(params, kwargs)

    def _is_answer(self, kwargs):
        """Whether what is posted goes to the customer: a comment, and not a note."""
        if kwargs.get("message_type", "notification") != "comment":
            return False
        comment = "mail.mt_comment"
        return kwargs.get("subtype_xmlid") == comment or kwargs.get("subtype_id") == self.env[
            "ir.model.data"
        ]._xmlid_to_res_id(comment)

    def _post_answer(self, params, kwargs):
        if not self.env.user._is_internal():
            raise AccessError(_("Only colleagues can answer here."))
        if not self.with_user(self.env.user).has_access("write"):
            raise AccessError(_("You may add notes to this conversation, but not answer the customer."))
        token = self._answer_token(params)
        last_message_id = self._lock_for_answer()
        if already := self._posted_before(token):
            return already
        self._check_not_answered(params.get("omnichannel_seen_id"), last_message_id)
        channel, identity = self._answer_route(params)
        text, payload = self._answer_content(channel, identity, params, kwargs)
        kwargs.pop("partner_ids", None)
        # Nobody answers it by e-mail: Odoo need not look for the addresses of that.
        kwargs.update(reply_to=False, record_alias_domain_id=False, record_company_id=self.company_id.id)
        message = super().message_post(**kwargs)
        rows = self._answer_rows(channel, message, text, payload)
        rows[0].update(reply_to_uid=self._quoted_uid(channel, kwargs.get("parent_id")), reference=token)
        route = {
            "channel_id": channel.id,
            "identity_id": identity.id,
            "send_at": params.get("omnichannel_send_at"),
        }
        # The ledger is written by the system alone; the right to answer was checked before.
        self.env["omnichannel.message"].sudo()._queue([row | route for row in rows])
        self._note_answer(message, channel, identity, text)
        return message

    def _answer_content(self, channel, identity, params, kwargs):
        """(text, payload) of an answer; what it looks like here is in ``kwargs``."""
        adapter = channel._adapter()
        if params.get("omnichannel_template_id"):
            text, payload = adapter._template_message(
                channel, params["omnichannel_template_id"], params.get("omnichannel_template_values") or {}
            )
            kwargs["body"] = plaintext2html(text)
            return text, payload
        self._check_window(channel, identity)
        text = html2plaintext(kwargs.get("body") or "", include_references=False).strip()
        if params.get("omnichannel_card"):
            card = self._card(channel, identity, params["omnichannel_card"])
            text, kwargs["body"] = card.text, adapter._card_body(channel, card)
        attachments = self.env["ir.attachment"].browse(kwargs.get("attachment_ids") or ())
        # The reader's own rights were checked by the route that took the upload.
        adapter._check_message(channel, text, attachments.sudo())
        return text, adapter._answer_payload(channel, params.get("omnichannel_options") or {})

    @api.model
    def _answer_token(self, params):
        """What the client calls this answer, so that it is one answer however often it is asked for."""
        token = params.get("omnichannel_token")
        return token if isinstance(token, str) and TOKEN.fullmatch(token) else False

    def _posted_before(self, token):
        """The message of an answer whose client did not hear that it had been taken."""
        # Whoever may answer here may be told what was answered here.
        rows = token and self.env["omnichannel.message"].sudo().search([("reference", "=", token)])
        return rows and rows.filtered(lambda row: row.conversation_id == self).mail_message_id

    def _lock_for_answer(self):
        """One answer at a time: who comes second sees the first one's.

        :return: id of the newest message that came or went
        """
        self.env.cr.execute(
            SQL(
                "SELECT last_message_id FROM omnichannel_conversation WHERE id = %s FOR NO KEY UPDATE",
                self.id,
            ),
            # Odoo repeats the request of who comes second, which is no error.
            log_exceptions=False,
        )
        [(last_message_id,)] = self.env.cr.fetchall()
        return last_message_id or 0

    def _check_not_answered(self, seen_id, last_message_id):
        """Ask whoever has not seen a colleague's answer.

        :raise AnsweredMeanwhile: somebody answered after that message
        """
        if not seen_id or int(seen_id) >= last_message_id:
            return
        newer = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("id", ">", int(seen_id)),
                    (
                        "omnichannel_ledger_ids",
                        "any",
                        [("direction", "=", "out"), ("aside_id", "=", False), ("automatic", "=", False)],
                    ),
                    ("author_id", "!=", self.env.user.partner_id.id),
                ],
                order="id DESC",
                limit=1,
            )
        )
        if newer:
            raise AnsweredMeanwhile(
                _("%s has answered meanwhile. Send yours as well?", newer.author_id.name or newer.email_from),
                newer.id,
            )

    def _answer_route(self, params):
        """(channel, identity) that an answer takes: what the agent chose, else the default.

        :raise UserError: nothing can send, or what was chosen is not this customer's
        """
        wanted = (params.get("omnichannel_channel_id"), params.get("omnichannel_identity_id"))
        if usual := self._usual_route(wanted):
            return usual
        options = self._answer_options()
        if any(wanted):
            options = [
                option
                for option in options
                if option["channel"].id == wanted[0]
                and option["identity"].id == (wanted[1] or option["identity"].id)
            ]
            if not options:
                raise UserError(_("This customer cannot be reached by the channel that was chosen."))
            option = options[0]
        else:
            option = self._best_option(options)
        if not option:
            raise UserError(_("There is no channel by which this customer can be reached."))
        if why_not := option["channel"]._why_not_sending():
            raise UserError(why_not)
        return option["channel"], option["identity"]

    def _usual_route(self, wanted):
        """Where the customer wrote last, if that is what was chosen (or nothing was) and can send
        now; then there is no need to look for other ways.
        """
        # See _answer_options.
        conversation = self.sudo()
        channel, identity = conversation.channel_id, conversation.identity_id
        if not channel or channel.channel_type != identity.channel_type:
            return None
        if any(wanted) and (wanted[0] != channel.id or wanted[1] not in (identity.id, None, False)):
            return None
        option = self._answer_option(channel, identity)
        is_fine = option["can_send"] and (any(wanted) or not option["away"])
        return (channel, identity) if is_fine else None

    def _check_window(self, channel, identity):
        window_end = identity._window_end(channel)
        if window_end is not None and window_end <= fields.Datetime.now():
            raise UserError(
                _(
                    "The time in which free text may be sent to this customer is over."
                    " Send an approved template."
                )
            )

    def _answer_options(self):
        """Ways to reach the customer, where they wrote last first.

        :return: list of dict with channel, identity, can_send, reason, window_end
        """
        self.ensure_one()
        # Agents see the names of the channels that reach this customer, never their secrets.
        conversation = self.sudo()
        identities = conversation.identity_id | conversation.identity_ids.sorted("id", reverse=True)
        if conversation.partner_id:
            identities |= conversation.env["omnichannel.identity"].search(
                [
                    ("partner_id", "in", conversation.partner_id._omnichannel_same_customer().ids),
                    ("company_id", "=", conversation.company_id.id),
                ]
            )
        channels = conversation.channel_id | conversation.env["omnichannel.channel"].search(
            [("company_id", "=", conversation.company_id.id)]
        )
        known_types = set(identities.mapped("channel_type"))
        for channel in channels.filtered(lambda channel: channel.channel_type not in known_types):
            identities |= conversation._further_identities(channel)
        return [
            self._answer_option(channel, identity)
            for identity in identities
            for channel in channels
            if channel.channel_type == identity.channel_type
        ]

    def _further_identities(self, channel):
        """Addresses on a channel where the customer has not been heard of yet."""
        own = self.env["omnichannel.identity"]
        if self.partner_id:
            own = own._of_partner(channel, self.partner_id)
        for identity in self.identity_id | self.identity_ids:
            own = own or identity._introduced_on(channel)
        return own

    def _answer_option(self, channel, identity):
        window_end = identity._window_end(channel)
        adapter = channel._adapter()
        reason = channel._why_not_sending() or adapter._why_not_to(channel, identity)
        is_closed = window_end is not None and window_end <= fields.Datetime.now()
        has_templates = channel._capabilities()["templates"]
        if not reason and is_closed:
            reason = (
                _("The customer's last message is too long ago for free text. Send an approved template.")
                if has_templates
                else _("The customer's last message is too long ago to answer on this channel.")
            )
        return {
            "channel": channel,
            "identity": identity,
            "can_send": not reason,
            "reason": reason,
            "away": not reason and adapter._away(channel, identity),
            "window_end": window_end,
            "templates": has_templates and not channel._why_not_sending(),
        }

    @api.model
    def _best_option(self, options):
        """The way to take unless somebody chooses: if possible, one that can send now and is read now."""
        can_send = [option for option in options if option["can_send"]]
        there = [option for option in can_send if not option["away"]]
        with_templates = [option for option in options if option["templates"]]
        return next(iter(there or can_send or with_templates or options), None)

    def get_composer_data(self):
        """What the composer shows: the ways to reach the customer, and the default one.

        :return: dict ``options``, ``default`` (key of an option or False), ``cards``, ``last_message_id``
        """
        self.ensure_one()
        self.check_access("read")
        options = [self._composer_option(option) for option in self._answer_options()]
        best = self._best_option(options)
        return {
            "options": options,
            "default": best["key"] if best else False,
            "cards": [{"kind": kind, **shown} for kind, shown in self._card_kinds().items()],
            "last_message_id": self.last_message_id,
            "can_answer": self.has_access("write"),
            "can_forward": self.has_access("write")
            and bool(self.env["omnichannel.channel"]._forwarding_ids(self.company_id.id)),
        }

    def _composer_option(self, option):
        channel, identity = option["channel"], option["identity"]
        return {
            "key": f"{channel.id}-{identity.id}",
            "channel_id": channel.id,
            "identity_id": identity.id,
            "channel_type": channel.channel_type,
            "channel_name": channel.name,
            "recipient_name": identity.partner_id.name or identity.name or identity.address,
            "recipient_address": identity.address,
            "can_send": option["can_send"],
            "unreachable": identity._unreachable_data(),
            "reason": option["reason"],
            "away": option["away"],
            "window_end": fields.Datetime.to_string(option["window_end"]) if option["window_end"] else False,
            "templates": option["templates"],
            "formatting": channel._capabilities()["formatting"],
            # Names of orders and the like that the reader may see; secrets are not among them.
            **channel._adapter()._composer_values(channel, self.sudo(), identity),
        }

    def _answer_rows(self, channel, message, text, payload):
        """The ledger rows of an answer, in order.

        :raise UserError: there is nothing to send
        """
        base = {"conversation_id": self.id, "mail_message_id": message.id}
        # The files are those that the message was just posted with.
        rows = channel._adapter()._ledger_rows(text, message.sudo().attachment_ids, payload)
        if not rows:
            raise UserError(_("There is nothing to send: write something or attach a file."))
        return [base | row for row in rows]

    def _quoted_uid(self, channel, message_id):
        """The provider's id of the message that the agent chose to quote, if it has one there.

        Not the thread's own parent: Odoo gives every message one.
        """
        if not message_id:
            return False
        # Only an id of this conversation's own ledger is handed to the provider.
        quoted = (
            self.env["omnichannel.message"]
            .sudo()
            .search(
                [
                    ("mail_message_id", "=", message_id),
                    ("conversation_id", "=", self.id),
                    ("channel_id", "=", channel.id),
                    ("provider_uid", "!=", False),
                    ("aside_id", "=", False),
                ],
                limit=1,
            )
        )
        return quoted.provider_uid

    def _note_answer(self, message, channel, identity, text):
        """Take over into the conversation that the customer was answered."""
        now = fields.Datetime.now()
        values = {
            "last_message_id": message.id,
            "last_message_date": now,
            "last_direction": "out",
            "preview": " ".join((text or channel._speaking().env._("File")).split())[:PREVIEW_LENGTH],
            "waiting_since": False,
            "channel_id": channel.id,
            "identity_id": identity.id,
            "state": "pending",
            "snooze_until": False,
        }
        if not self.first_response_date and self.last_inbound_date:
            values["first_response_date"] = now
        if not self.user_id:
            values["user_id"] = self.env.uid
        # What an answer changes is not the agent's to choose; the right to answer was checked before.
        conversation = self.sudo().with_context(**QUIET)
        conversation.write(values)
        if identity not in conversation.identity_ids:
            conversation.identity_ids = [(4, identity.id)]
        conversation._set_read_position(message.id, self.env.uid)
        conversation._omnichannel_signal("message_sent")
        conversation._announce(messages={self.id: message.ids})

    def _note_undelivered(self):
        """An answer did not get through: its customer waits on, whatever was planned meanwhile."""
        for conversation in self:
            conversation.with_context(**QUIET).write(
                {
                    "is_undelivered": True,
                    "state": "open",
                    "snooze_until": False,
                    "waiting_since": conversation.waiting_since or fields.Datetime.now(),
                }
            )

    def _note_delivered(self):
        """Somebody saw to an answer that had not got through: again it is the customer's turn."""
        undelivered = self.filtered("is_undelivered")
        troubled = self.env["omnichannel.message"].search(
            [("conversation_id", "in", undelivered.ids), ("state", "in", TROUBLE), ("automatic", "=", False)]
        )
        for conversation in undelivered - troubled.conversation_id:
            values = {"is_undelivered": False}
            if conversation.state == "open" and conversation.last_direction == "out":
                values.update(state="pending", waiting_since=False)
            conversation.with_context(**QUIET).write(values)

    def _remember_mentions(self, message):
        """Whom a note mentions may read and note here from now on."""
        users = message.sudo().partner_ids.user_ids.filtered(lambda user: not user.share)
        if users:
            # Mentioning is what gives access; that is what the note's author means by it.
            self.sudo().mentioned_user_ids |= users

    # -- Odoo's own notifications: colleagues only ----------------------------

    def _message_get_suggested_recipients(self, *args, **kwargs):
        return []

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        return []

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """An answer leaves by its channel, and by that alone."""
        if self._is_answer(msg_vals or {}):
            return []
        return super()._notify_thread(message, msg_vals=msg_vals, **kwargs)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Odoo notifies whom a note mentions; a customer gets our message and nothing besides."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        mentioned = set((msg_vals or {}).get("partner_ids") or message.sudo().partner_ids.ids)
        return [r for r in recipients if r["id"] in mentioned and not r["share"]]
