import logging
from collections import defaultdict

from markupsafe import Markup, escape

from odoo import _, api, fields, models

from ..wire import (
    IdentityChange,
    InboundMessage,
    MessageEcho,
    MessageEdit,
    MessageRevoke,
    MessageStatus,
    Reaction,
    mail_body,
)
from .omnichannel_event import NotYet

_logger = logging.getLogger(__name__)


class OmnichannelInbound(models.AbstractModel):
    """Turns a batch of normalised items into messages of conversations.

    Works on whole batches: the number of queries hardly grows with their size.
    """

    _name = "omnichannel.inbound"
    _description = "Inbound Messages"

    @api.model
    def _receive(self, entries):
        """Take over items in their order.

        :param entries: [(event, channel, item)]
        :return: [(event, None; the reason why it was ignored; or NotYet: it is about a message
            that is not here yet)]
        """
        messages, statuses, others = [], [], []
        for entry in entries:
            if isinstance(entry[2], (InboundMessage, MessageEcho)):
                messages.append(entry)
            elif isinstance(entry[2], MessageStatus):
                statuses.append(entry)
            else:
                others.append(entry)
        outcome = self._receive_messages(messages) + self._receive_statuses(statuses)
        for event, channel, item in others:
            outcome.append((event, self._receive_other_item(event, channel, item)))
        return outcome

    @api.model
    def _receive_other_item(self, event, channel, item):
        try:
            return self._handler(item)(event, channel, item)
        except NotYet as not_yet:
            return not_yet

    @api.model
    def _handler(self, item):
        return {
            Reaction: self._receive_reaction,
            MessageEdit: self._receive_edit,
            MessageRevoke: self._receive_revoke,
            IdentityChange: self._receive_identity_change,
        }.get(type(item), self._receive_other)

    # -- messages ----------------------------------------------------------

    @api.model
    def _receive_messages(self, entries):
        if not entries:
            return []
        fresh, outcome = self._without_duplicates(entries)
        by_channel = defaultdict(list)
        for entry in fresh:
            by_channel[entry[1]].append(entry)
        for channel, channel_entries in by_channel.items():
            self._receive_on_channel(channel, channel_entries)
            outcome += [(event, None) for event, _channel, _item in channel_entries]
        return outcome

    @api.model
    def _without_duplicates(self, entries):
        """A provider's id enters the ledger once, whatever body it comes in."""
        scopes = {channel: channel._adapter()._uid_scope(channel).ids for _event, channel, _item in entries}
        known = self.env["omnichannel.message"]._known_uids(
            {(scope_id, item.uid) for _event, channel, item in entries for scope_id in scopes[channel]}
        )
        fresh, outcome = [], []
        for event, channel, item in entries:
            pairs = {(scope_id, item.uid) for scope_id in scopes[channel]}
            if pairs & known:
                outcome.append((event, _("A duplicate of a message that is here already.")))
            else:
                known |= pairs
                fresh.append((event, channel, item))
        return fresh, outcome

    @api.model
    def _receive_on_channel(self, channel, entries):
        senders = [self._person(item) for _event, _channel, item in entries]
        identities = self.env["omnichannel.identity"]._get_or_create(channel, senders)
        rows = [
            {"event": event, "item": item, "identity": identity, "channel": channel}
            for (event, _channel, item), identity in zip(entries, identities)
        ]
        self.env["omnichannel.conversation"]._assign_conversations(rows)
        self._create_messages(rows)
        self._create_ledger(rows)
        self.env["omnichannel.conversation"]._show_on_records(rows)
        self._update_conversations(rows)
        channel._adapter()._note_received(channel)

    @api.model
    def _person(self, item):
        return item.recipient if isinstance(item, MessageEcho) else item.sender

    @api.model
    def _create_messages(self, rows):
        """The messages of all rows, in one go."""
        subtype = self.env["ir.model.data"]._xmlid_to_res_id
        comment, note = subtype("mail.mt_comment"), subtype("mail.mt_note")
        self._create_files(rows)
        values = [self._message_values(row, note if row.get("aside") else comment) for row in rows]
        for row, message in zip(rows, self.env["omnichannel.conversation"]._message_create(values)):
            row["message"] = message

    @api.model
    def _create_files(self, rows):
        """The files that came along with their messages; others are fetched later."""
        wanted = [(row, media) for row in rows for media in row["item"].media if media.content is not None]
        files = self.env["ir.attachment"].create(
            [
                {
                    "name": media.filename or media.kind,
                    "raw": media.content,
                    "mimetype": media.mimetype,
                    "res_model": "omnichannel.conversation",
                    "res_id": row["conversation"].id,
                }
                for row, media in wanted
            ]
        )
        for row in rows:
            row["files"] = {}
        for (row, media), file in zip(wanted, files):
            row["files"][file] = media

    @api.model
    def _message_values(self, row, subtype_id):
        item, identity = row["item"], row["identity"]
        is_echo = isinstance(item, MessageEcho)
        colleague = row["channel"]._adapter()._colleague(item.by if is_echo else "")
        values = {
            "model": "omnichannel.conversation",
            "res_id": row["conversation"].id,
            "body": self._body(row["channel"], item),
            "attachment_ids": [(4, file.id) for file in row["files"]],
            "message_type": "comment",
            "subtype_id": subtype_id,
            "date": min(item.timestamp, fields.Datetime.now()),
            "author_id": colleague.id if is_echo else identity.partner_id.id,
            "author_guest_id": False if is_echo or identity.partner_id else identity.guest_id.id,
            "email_from": (colleague.name or row["channel"].name)
            if is_echo
            else identity.name or identity.address,
            "parent_id": row.get("parent_id", False),
            "reply_to": False,
            "record_company_id": row["channel"].company_id.id,
            "record_alias_domain_id": False,
            "partner_ids": [],
        }
        values |= row["channel"]._adapter()._message_values(row["channel"], item)
        return values | {"body": self._show_images(values["body"], row["files"])}

    @api.model
    def _show_images(self, body, files):
        """Let the body's own images show the files they became."""
        addresses = {
            media.content_id: f"/web/image/{file.id}" for file, media in files.items() if media.content_id
        }
        return mail_body.replace_images(body, addresses) if addresses else body

    @api.model
    def _body(self, channel, item):
        """What the customer wrote, escaped; what has no text says in words what it is."""
        if item.kind == "unsupported":
            text = self._describe_unsupported(channel, item)
        else:
            text = item.text or self._describe(item)
        return Markup("<p>%s</p>") % Markup("<br/>").join(escape(line) for line in text.split("\n"))

    @api.model
    def _describe(self, item):
        if item.media:
            return ""
        return _("(%s without text)", self.env["omnichannel.message"]._kind_label(item.kind))

    @api.model
    def _describe_unsupported(self, channel, item):
        text = _("The customer sent something that cannot be shown here; ask them to send it another way.")
        return f"{text} ({channel._adapter()._in_words(item.text)})" if item.text else text

    @api.model
    def _create_ledger(self, rows):
        values = []
        for row in rows:
            values += self._ledger_values(row)
        ledger = self.env["omnichannel.message"].create(values)
        if any(value["media_state"] == "pending" for value in values):
            self.env["omnichannel.worker"]._wake_after_commit("omnichannel_inbox.cron_media")
        return ledger

    @api.model
    def _ledger_values(self, row):
        """One row a message; each further file of it has one more, with no provider's id."""
        item = row["item"]
        is_echo = isinstance(item, MessageEcho)
        base = {
            "conversation_id": row["conversation"].id,
            "mail_message_id": row["message"].id,
            "channel_id": row["channel"].id,
            "identity_id": row["identity"].id,
            "direction": "out" if is_echo else "in",
            "state": "sent" if is_echo else "received",
            "kind": item.kind,
            "event_id": row["event"].id,
            "provider_date": item.timestamp,
            "join_reason": row["reason"],
            "claimed_conversation_id": row.get("claimed_id", False),
            "claimed_aside_id": row.get("claimed_aside_id", False),
            "aside_id": row["aside"].id if row.get("aside") else False,
            "media_state": "none",
            "payload": row["channel"]._adapter()._inbound_payload(row["channel"], item),
        }
        result = []
        for media in [media for media in item.media if media.content is None] or (None,):
            value = dict(base, provider_uid=False if result else item.uid)
            if media:
                value.update(
                    media_state="pending",
                    media_ref=media.provider_ref,
                    media_name=media.filename,
                    media_type=media.mimetype,
                    media_digest=media.sha256,
                )
            result.append(value)
        return result

    @api.model
    def _update_conversations(self, rows):
        by_conversation = defaultdict(list)
        for row in rows:
            by_conversation[row["conversation"]].append(row)
        for conversation, own_rows in by_conversation.items():
            conversation._note_inbound(own_rows)
        conversations = self.env["omnichannel.conversation"].union(*by_conversation)
        conversations._tie_orders(self._customers_texts(rows))
        conversations._announce(
            messages={
                conversation.id: [row["message"].id for row in own_rows]
                for conversation, own_rows in by_conversation.items()
            }
        )

    @api.model
    def _customers_texts(self, rows):
        """What customers wrote: {conversation: texts}. What others wrote says nothing about their orders."""
        texts = defaultdict(list)
        for row in rows:
            if not row.get("aside"):
                is_theirs = isinstance(row["item"], InboundMessage)
                texts[row["conversation"]] += [row["item"].text] if is_theirs else []
        return texts

    # -- what is about a message -------------------------------------------

    @api.model
    def _receive_statuses(self, entries):
        if not entries:
            return []
        messages = self.env["omnichannel.message"]._find_sent(
            [(channel, item) for _event, channel, item in entries]
        )
        outcome = []
        for (event, _channel, item), message in zip(entries, messages):
            if message:
                message._apply_status(item)
                outcome.append((event, None))
            else:
                outcome.append((event, NotYet(_("A delivery status of a message that is not here."))))
        return outcome

    @api.model
    def _target(self, channel, target_uid):
        # Not "uid": Odoo's _() takes a variable of that name for the user whose language it needs.
        message = self.env["omnichannel.message"].search(
            [("channel_id", "=", channel.id), ("provider_uid", "=", target_uid)], limit=1
        )
        if not message.mail_message_id:
            raise NotYet(_("It is about a message that is not here."))
        return message

    @api.model
    def _receive_reaction(self, _event, channel, item):
        target = self._target(channel, item.target_uid)
        author = channel._adapter()._colleague(item.by)
        if not author:
            [identity] = self.env["omnichannel.identity"]._get_or_create(channel, [item.sender])
            author = identity.partner_id or identity.guest_id
        target._set_reactions(author, item.emojis)
        return

    @api.model
    def _receive_edit(self, _event, channel, item):
        colleague = channel._adapter()._colleague(item.by)
        self._target(channel, item.target_uid)._edited(item.text, colleague)
        return

    @api.model
    def _receive_revoke(self, _event, channel, item):
        colleague = channel._adapter()._colleague(item.by)
        self._target(channel, item.target_uid)._revoked(colleague)
        return

    @api.model
    def _receive_identity_change(self, _event, channel, item):
        """The customer has a new number: the old address becomes the new one."""
        [identity] = self.env["omnichannel.identity"]._get_or_create(channel, [item.old])
        known, _by_uid = self.env["omnichannel.identity"]._find(channel, [item.new])
        if item.new.key in known:
            known[item.new.key].partner_id = known[item.new.key].partner_id or identity.partner_id
        else:
            identity._refresh(item.new)
        return

    @api.model
    def _receive_other(self, _event, channel, item):
        return channel._adapter()._handle_other(channel, item)
