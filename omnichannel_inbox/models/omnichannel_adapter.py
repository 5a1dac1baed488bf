from odoo import api, models
from odoo.tools import plaintext2html


class OmnichannelAdapter(models.AbstractModel):
    """What the core asks of a channel type.

    An add-on that brings a channel type inherits this model as
    ``omnichannel.adapter.<channel_type>`` and nothing in the core changes.
    Adapters keep no state: the channel carries the configuration.
    """

    _name = "omnichannel.adapter"
    _description = "Channel adapter"

    @api.model
    def _of_type(self, channel_type):
        """The adapter of a channel type.

        Addresses outlive the add-on of their type, with the conversations that they took part in: of a
        type that is not there any more, this one tells that nothing is known and nothing can be sent.
        """
        return self.env.get(f"omnichannel.adapter.{channel_type}", self.env["omnichannel.adapter"])

    # -- webhook -----------------------------------------------------------

    @api.model
    def _webhook_get(self, channel, params):
        """Answer a provider's verification request.

        :return: the text to answer, or None to refuse with 403
        """
        return

    @api.model
    def _verify(self, channel, raw, headers):
        """Whether ``raw`` (the body's bytes) was signed by the provider.

        :return: True; False when the signature is wrong or no secret is set; None when
            the request carries no signature at all
        """
        return False

    @api.model
    def _parse(self, channel, raw):
        """Turn a body into items of ``omnichannel_inbox.wire``, in order.

        :raise MalformedBody: the bytes are not what the provider documents
        """
        raise NotImplementedError

    @api.model
    def _route(self, channel, account):
        """The channel that ``account`` (the provider's id of the receiver) belongs to.

        ``channel`` is the one whose secret verified the body. Only a channel with the
        same credentials may be returned; an empty recordset ignores the item, visibly.
        """
        return channel

    @api.model
    def _uid_scope(self, channel):
        """The channels among which a provider's message id is the same message."""
        return channel

    @api.model
    def _message_values(self, channel, item):
        """Values of the ``mail.message`` for what a channel has besides text and files.

        HTML given as ``body`` is sanitised by Odoo.
        """
        return {}

    @api.model
    def _reference_in(self, provider_uid):
        """Our own id of a message, where the provider's id of it holds that; None where it does not."""
        return

    @api.model
    def _inbound_payload(self, channel, item):
        """What the ledger keeps of an inbound message besides its text and files, as JSON."""
        return False

    @api.model
    def _copies(self, message):
        """Addresses of others whom a message of the ledger went to besides its recipient.

        They take part in the conversation as soon as they answer.

        :return: dict of lists: ``cc``, and ``bcc`` for those of whom the others know nothing
        """
        return {}

    @api.model
    def _colleague(self, by):
        """The partner of whoever of us did something on the channel itself.

        :param by: what the channel calls them (see ``MessageEcho``); empty where nobody of us did it
        """
        return self.env["res.partner"]

    # -- identity ----------------------------------------------------------

    @api.model
    def _partner_domain(self, identity):
        """Domain of the partners whose address this identity is."""
        return [(0, "=", 1)]

    @api.model
    def _partner_values(self, identity):
        """Values of a customer made from this identity."""
        return {"name": identity.name or identity.address}

    @api.model
    def _recipients(self, channel, email, phone):
        """Values of identities (``key``, ``address``), best first, under which somebody with these can be
        written to first.

        :param phone: in E.164, or False
        """
        return []

    @api.model
    def _code_address(self, channel, partner):
        """The customer's own address to which a code can be sent on this channel now; None if it cannot.

        Never what somebody merely said: whoever reads the code is taken for the customer.
        """
        return

    @api.model
    def _code_message(self, channel, identity, text):
        """A code as it can be sent to an address now: as this text, or in a form of the channel's own.

        What stands for the code in ``text`` stands for it in the payload, too; :meth:`_prepare_send` takes
        both from the row's ``_to_send``, which knows the code.

        :return: (text, JSON payload for the ledger)
        :raise UserError: it cannot be sent, in words
        """
        raise NotImplementedError

    @api.model
    def _why_not_to(self, channel, identity):
        """In words why nothing can be sent to an address now although the channel works, or False."""
        return False

    @api.model
    def _away(self, channel, identity):
        """In words that what is sent to an address is read later only, or False.

        Another way by which the customer can be reached is better then.
        """
        return False

    @api.model
    def _is_read_by_somebody(self, identity):
        """Whether a person may read what is sent to an address; else no automatic text goes there."""
        return True

    @api.model
    def _handed_over(self, conversation, identity, channel):
        """Whoever wrote from an address of this type goes on in their conversation by another channel.

        Called by the job that takes in what they wrote there.

        :param identity: the address from which they wrote before
        :param channel: the channel by which they write now
        """

    # -- words -------------------------------------------------------------

    @api.model
    def _in_words(self, text):
        """A text of the wire's in the language of the environment; the provider's own words as they are.

        An add-on with a wire of its own looks its texts up in its own translations, as
        ``self.env._`` does for the add-on it is called in, and calls ``super()`` for what it does not find.
        """
        return self.env._(text)

    # -- sending -----------------------------------------------------------

    @api.model
    def _capabilities(self, channel):
        """What the channel can do.

        :return: dict of ``max_text`` (characters), ``window_hours`` (hours after the
            customer's last message in which free text may be sent; None is always),
            ``templates`` (whether approved templates can be sent), ``forward`` (whether messages can
            be forwarded to somebody who is not the customer), ``edit``, ``reactions``,
            ``formatting`` (whether text may be bold, a list, a link), ``first_words`` (whether
            :meth:`_public_link` can say what the first message is), ``max_sizes`` (bytes by kind of file)
        """
        return {
            "max_text": 4096,
            "window_hours": None,
            "templates": False,
            "forward": False,
            "edit": False,
            "reactions": False,
            "formatting": False,
            "first_words": False,
            "max_sizes": {},
        }

    @api.model
    def _check_message(self, channel, text, attachments):
        """Refuse in plain words, before anything is queued, what the provider would refuse.

        :raise UserError: the text is too long, a file too large or of a wrong kind
        """

    @api.model
    def _composer_values(self, channel, conversation, identity):
        """What the channel's own fields above the composer know of an answer to ``identity``.

        :return: dict; what is in its ``defaults`` is sent unless the agent changes it
        """
        return {}

    @api.model
    def _answer_payload(self, channel, options):
        """What the ledger keeps of the choices that a channel's composer offers besides text and files.

        :param dict options: as the client sent them; nothing in them is believed
        :raise UserError: a choice cannot be meant, in words
        """
        return {}

    @api.model
    def _card_body(self, channel, card):
        """How a card (``wire.Card``) looks where the customer reads it, as HTML; as text and link by default.

        What is sent as text is ``card.text``, always.
        """
        return plaintext2html(card.text)

    @api.model
    def _ledger_rows(self, text, attachments, payload):
        """How an answer crosses the channel: values of one ledger row for each message it becomes there.

        :return: list of dict, in the order of sending; empty when there is nothing to send
        """
        rows = []
        if text or payload:
            rows.append(
                {"body": text, "payload": payload or False, "kind": "template" if payload else "text"}
            )
        return rows + [{"kind": "file", "attachment_id": file.id} for file in attachments]

    @api.model
    def _forward_values(self, channel, conversation, row):
        """What the channel's own fields of the dialog show in which a message is forwarded to a third party.

        :param row: the ledger's row of that message, perhaps none; of a side thread when it is answered
        """
        return {}

    @api.model
    def _forward(self, channel, conversation, row, options):
        """Who gets a forwarded message, and what the ledger keeps of the choices made for it.

        :param dict options: as the client sent them; nothing in them is believed
        :return: (list of ``Sender``, the recipient first; payload)
        :raise UserError: a choice cannot be meant, in words
        """
        raise NotImplementedError

    @api.model
    def _template_message(self, channel, template_id, values):
        """Render an approved template.

        :param template_id: id of the template in the adapter's own model
        :param values: what the agent filled in, as the adapter's own dialog sends it
        :return: (text as the customer will read it, JSON payload for the ledger)
        :raise UserError: the template cannot be sent or a variable is missing
        """
        raise NotImplementedError

    @api.model
    def _prepare_send(self, message):
        """Make everything ready to send a ledger row.

        The returned function is called outside any transaction, in another thread: it
        touches no record, keeps to a time-out of 10 s, returns a ``SendResult`` and
        raises ``SendError``.

        A channel that lives in this very database sends at once instead, and returns the ``SendResult``:
        both are committed together, so that nobody can be uncertain.
        """
        raise NotImplementedError

    # -- what is not a message ---------------------------------------------
    # Called in the transaction of the user who does it: an adapter whose provider is elsewhere makes
    # a job of it.

    @api.model
    def _edit(self, message):
        """Show at the customer's what a message of ours says now, or that it is gone.

        Asked for only where the ``edit`` of :meth:`_capabilities` is true.

        :param message: the ledger's row; its ``mail_message_id`` is changed already
        """
        raise NotImplementedError

    @api.model
    def _react(self, message, partner, emojis):
        """Show at the customer's what a colleague leaves at a message.

        Asked for only where the ``reactions`` of :meth:`_capabilities` is true.

        :param message: the ledger's row
        :param partner: the colleague's
        :param emojis: list of all that they leave; empty when they took it back
        """
        raise NotImplementedError

    @api.model
    def _show_writing(self, conversation, user, is_writing):
        """Show the customer of a conversation that a colleague is writing to them, or stopped."""

    @api.model
    def _show_read(self, conversations, user):
        """Show the customers of these conversations that a colleague has read what they wrote."""

    @api.model
    def _is_unreachable(self, code, text):
        """Whether an error means that nothing will ever arrive at the address, whatever is sent.

        :param code: the provider's code of the error, if it gave one
        :param text: its words
        """
        return False

    @api.model
    def _prepare_fetch(self, message):
        """Make ready to download an inbound file; same rules as :meth:`_prepare_send`.

        :return: function that returns (bytes, mimetype, file name) or raises ``SendError``
        """
        raise NotImplementedError

    @api.model
    def _handle_other(self, channel, item):
        """Deal with an item that is about the account and not about a conversation.

        :return: reason to ignore it, or None when it was dealt with
        """
        return self.env._("There is nothing to do about it.")

    @api.model
    def _public_link(self, channel, words=""):
        """Where customers can begin to write to the channel by themselves; it is shown to anybody.

        :param str words: what they find written there, to be sent by them; only where the ``first_words``
            of :meth:`_capabilities` is true
        :return: dict ``kind`` (the channel's type), ``name`` (what people call it), ``url``; None if there is
            no such address
        """
        return

    @api.model
    def _note_received(self, channel):
        """Messages have come in on a channel; called once for each batch of them."""

    @api.model
    def _test_connection(self, channel):
        """Ask the provider whether the channel works.

        :return: a sentence that says what was found, or the parameters of the notification that says it
        :raise UserError: what is wrong and what to do, in words
        """
        raise NotImplementedError
