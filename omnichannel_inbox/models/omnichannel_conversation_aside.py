import re
from itertools import groupby

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext, plaintext2html
from odoo.tools.misc import format_datetime

from ..wire import mail_body
from .omnichannel_conversation import PREVIEW_LENGTH, QUIET

WEB_IMAGE = re.compile(r"/web/image/(\d+)")


class OmnichannelConversation(models.Model):
    """Side threads: what is said about a customer's matter with a third party, a supplier or a carrier.

    They are notes of the conversation that cross a channel. The customer takes no part in them, and a third
    party none in the conversation: who the customer is and whom an answer goes to stay as they are.
    """

    _inherit = "omnichannel.conversation"

    # -- what an agent does --------------------------------------------------

    def get_forward_data(self, message_id=False):
        """What the dialog shows in which a message is forwarded, or a third party is answered.

        :param message_id: of a message that the customer wrote or got, or of a side thread; else the
            customer's newest
        :return: dict ``message`` (False when nothing was written yet), ``third_party`` (of a side thread),
            ``channels``, and ``values`` of the channel's own fields
        """
        self.ensure_one()
        self._check_may_forward()
        row = self._row_to_forward(message_id)
        channels = self._forward_channels(row)
        return {
            "message": self._forwarded_data(row),
            "third_party": row.identity_id._person_name() if row.aside_id else False,
            "channels": [
                {"id": channel.id, "name": channel.name, "type": channel.channel_type} for channel in channels
            ],
            "values": channels[0]._adapter()._forward_values(channels[0], self.sudo(), row),
        }

    @api.model
    def _forwarded_data(self, row):
        message = row.mail_message_id
        if not message:
            return False
        new, everything = (
            html2plaintext(
                self._body_to_forward(row, message.attachment_ids, whole), include_references=False
            )
            for whole in (False, True)
        )
        return {
            "id": message.id,
            "author": self._author_of(row),
            "date": fields.Datetime.to_string(message.date),
            "text": new.strip(),
            "text_with_quotation": everything.strip(),
            # A side thread's other end has these files already.
            "files": []
            if row.aside_id
            else [
                {"id": file.id, "name": file.name, "size": file.file_size} for file in message.attachment_ids
            ],
        }

    def action_forward(self, values):
        """Send a message of this conversation to a third party, or answer one; nothing in ``values`` is
        believed.

        :param dict values: ``message_id`` (see ``get_forward_data``), ``channel_id``, ``text`` (own words),
            ``file_ids`` (those of the message's files that go along), ``with_quotation`` (what the message
            quotes goes along), ``token`` (see ``_answer_token``), and the channel's own fields
        :return: id of the message
        """
        self.ensure_one()
        self._check_may_forward()
        self._lock_for_answer()
        token = self._answer_token({"omnichannel_token": values.get("token")})
        if already := self._posted_before(token):
            return already.id
        row = self._row_to_forward(values.get("message_id"))
        channel = self._chosen_forward_channel(row, values.get("channel_id"))
        senders, payload = channel._adapter()._forward(channel, self.sudo(), row, values)
        third_parties = self._third_parties(channel, senders)
        text = str(values.get("text") or "").strip()
        files = self._forwarded_files(row, values.get("file_ids"))
        if not text and not row:
            raise UserError(_("There is nothing to send: write something."))
        channel._adapter()._check_message(channel, text, files)
        quoted = self._quoted_for(third_parties[0], channel, row, files, bool(values.get("with_quotation")))
        message = self.message_post(
            body=plaintext2html(text) + " " + quoted,
            subject=payload.get("subject"),
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachment_ids=files.ids,
        )
        self._queue_aside(message, channel, third_parties[0], row, payload, token)
        if not self.user_id:
            # Whoever asks a third party has taken the matter on, as whoever answers the customer.
            self.sudo().with_context(**QUIET).user_id = self.env.uid
        return message.id

    def _check_may_forward(self):
        if not self.env.user._is_internal():
            raise AccessError(_("Only colleagues can forward messages."))
        if not self.has_access("read") or not self.has_access("write"):
            raise AccessError(_("You may add notes to this conversation, but not forward its messages."))

    def _row_to_forward(self, message_id):
        """The ledger's row of the message that goes to a third party, if there is any.

        Notes have none: they never leave.
        """
        domain = [("conversation_id", "=", self.id), ("mail_message_id", "!=", False)]
        if message_id:
            domain.append(("mail_message_id", "=", int(message_id)))
        else:
            domain += [("direction", "=", "in"), ("aside_id", "=", False)]
        # Whoever may answer in a conversation may read what crossed a channel in it.
        row = (
            self.env["omnichannel.message"]
            .sudo()
            .search(domain, order="mail_message_id.id DESC, id", limit=1)
        )
        if message_id and not row:
            raise UserError(_("Only what came from outside or was sent can be forwarded."))
        return row

    def _forward_channels(self, row):
        """The channels that can forward now, the conversation's own first; a side thread keeps to its own.

        :raise UserError: there is none, with the reason
        """
        Channel = self.env["omnichannel.channel"].sudo()
        if row.aside_id:
            channels = row.aside_id.channel_id
        else:
            own = self.sudo().channel_id
            channels = Channel.browse(Channel._forwarding_ids(self.company_id.id))
            channels = channels.sorted(lambda channel: channel != own)
        usable = channels.filtered(lambda channel: not channel._why_not_sending())
        if not usable:
            why_not = channels and channels[0]._why_not_sending()
            raise UserError(why_not or _("There is no channel by which messages can be forwarded."))
        return usable

    def _chosen_forward_channel(self, row, channel_id):
        channels = self._forward_channels(row)
        if not channel_id:
            return channels[0]
        if chosen := channels.filtered(lambda channel: channel.id == channel_id):
            return chosen
        raise UserError(_("Messages cannot be forwarded by the channel that was chosen."))

    def _third_parties(self, channel, senders):
        """The addresses of who gets a forwarded message, in their order.

        :raise UserError: one of them is the customer, who would take part in what is not meant for them
        """
        # Addresses are the system's to write; that the agent may write to them was checked before.
        Identity = self.env["omnichannel.identity"].sudo()
        # What an agent types is no news of what somebody calls themselves.
        known, _by_uid = Identity._find(channel, senders)
        made = Identity._get_or_create(channel, [sender for sender in senders if sender.key not in known])
        known |= {identity.key: identity for identity in made}
        identities = Identity.union(*(known[sender.key] for sender in senders))
        for identity in identities:
            if self.sudo()._is_customer(identity):
                raise UserError(
                    _("%s is the customer, or writes for them: answer them instead.", identity.address)
                )
        return identities

    def _is_customer(self, identity):
        """Whether an address takes part in this conversation, or is its customer's."""
        partners = identity.partner_id or identity._matching_partners()
        return identity in self.identity_ids or any(
            partner._omnichannel_is_same_customer(self.partner_id) for partner in partners
        )

    @api.model
    def _forwarded_files(self, row, file_ids):
        """Those of the message's own files that were chosen."""
        chosen = {file_id for file_id in file_ids or () if isinstance(file_id, int)}
        files = row.mail_message_id.attachment_ids
        if row.aside_id or chosen - set(files.ids):
            if chosen:
                raise UserError(_("Only files of the forwarded message can go along with it."))
            return files.browse()
        return files.filtered(lambda file: file.id in chosen)

    # -- what a third party gets ---------------------------------------------

    @api.model
    def _author_of(self, row):
        """Who wrote a message, by name: a customer's number and address are not a third party's business."""
        if row.direction == "out":
            return row.channel_id.name
        identity = row.identity_id
        return identity.partner_id.name or identity.name or row.channel_id._speaking().env._("Customer")

    def _quoted_for(self, identity, channel, row, files, with_quotation):
        """The message as it stands below the agent's own words."""
        message = row.mail_message_id
        if not message:
            return Markup()
        env = channel._speaking(identity.partner_id).with_context(tz=self.env.user.tz or "UTC").env
        body = self._body_to_forward(row, files, with_quotation)
        date, author = format_datetime(env, message.date), self._author_of(row)
        if row.aside_id:
            html = Markup("<p>%s</p><blockquote>%s</blockquote>") % (
                env._("On %(date)s, %(name)s wrote:", date=date, name=author),
                body,
            )
        else:
            lines = [(env._("From"), author), (env._("Date"), date), (env._("Subject"), message.subject)]
            html = Markup("<p>---------- %s ----------%s </p>%s") % (
                env._("Forwarded message"),
                Markup().join(Markup(" <br>%s: %s") % line for line in lines if line[1]),
                body,
            )
        # A constant of ours.
        return Markup(mail_body.QUOTED) + html + Markup("</div>")  # noqa: S704

    @api.model
    def _body_to_forward(self, row, files, with_quotation):
        """The message's text, with those images alone that go along."""

        def is_left_out(source):
            found = WEB_IMAGE.search(source)
            return bool(found) and int(found[1]) not in files.ids

        html = mail_body.to_forward(row.mail_message_id.body or "", is_left_out, with_quotation)
        # Odoo sanitised it when it came in, and does so again with the message that it becomes a part of.
        return Markup(html)  # noqa: S704

    def _queue_aside(self, message, channel, identity, row, payload, token):
        """The ledger's rows of a message to a third party; the first one ever names the side thread."""
        # The files are those of the message that is forwarded, which was checked; the ledger is the
        # system's to write.
        text = html2plaintext(message.body, include_references=False).strip()
        rows = channel._adapter()._ledger_rows(text, message.sudo().attachment_ids, payload)
        base = {
            "conversation_id": self.id,
            "mail_message_id": message.id,
            "channel_id": channel.id,
            "identity_id": identity.id,
            "aside_id": row.aside_id.id,
        }
        rows[0]["reference"] = token
        queued = self.env["omnichannel.message"].sudo()._queue([values | base for values in rows])
        if not row.aside_id:
            queued.aside_id = queued[0]

    # -- what comes back -------------------------------------------------------

    @api.model
    def _may_answer(self, row, target, customers):
        """In a side thread those take part whom we wrote to there, and nobody else."""
        if target.aside_id:
            return row["identity"].key in target.aside_id._aside_keys()
        return super()._may_answer(row, target, customers)

    @api.model
    def _join(self, rows):
        super()._join([row for row in rows if not row.get("aside")])

    def _note_inbound(self, rows):
        # In the order in which they came, which Odoo's own groupby does not keep.
        runs = groupby(rows, lambda row: bool(row.get("aside")))  # pylint: disable=bad-builtin-groupby
        for is_aside, group in runs:
            if is_aside:
                self._note_aside(list(group))
            else:
                super()._note_inbound(list(group))

    def _note_aside(self, rows):
        """A third party wrote: somebody has to look at it, and nothing changes about the customer."""
        loud = [row for row in rows if not row["item"].silent]
        if not loud:
            return
        newest = loud[-1]
        preview = f"{newest['identity']._person_name()}: {self._preview_of(newest['item'])}"
        values = {
            "last_message_id": max(self.last_message_id, *(row["message"].id for row in loud)),
            "last_message_date": fields.Datetime.now(),
            "last_direction": "aside",
            "preview": preview[:PREVIEW_LENGTH],
            "waiting_since": self.waiting_since or fields.Datetime.now(),
        }
        if self.state != "open":
            values.update(state="open", snooze_until=False)
        self.with_context(**QUIET).write(values)

    def _claimed_aside(self, rows):
        """The side thread of this conversation that a stranger's message says it answers, if any.

        What the customer answers to a third party's mail stays the customer's.
        """
        aside = rows.claimed_aside_id
        is_here = aside and aside.conversation_id == self and not self._is_customer(rows.identity_id)
        return aside if is_here else aside.browse()

    def _rows_of_aside(self, aside):
        """All of a side thread, which is moved here as one.

        :raise UserError: who takes part in it is this conversation's customer
        """
        # Whoever may write both conversations moves what is in them; the ledger is the system's to write.
        rows = self.env["omnichannel.message"].sudo().search([("aside_id", "=", aside.id)])
        for identity in rows.identity_id:
            if self.sudo()._is_customer(identity):
                raise UserError(_("%s is the customer there.", identity.address))
        return rows
