"""Events as every channel tells them, whatever its provider calls them.

``account`` is the provider's id of the account that received (or sent) the event;
``key`` chooses the worker's lane, so that one person's events stay in order.
Times are naive UTC, as Odoo stores them.
"""

from dataclasses import dataclass
from datetime import datetime


class MalformedBody(ValueError):
    """The body is not what the provider documents at all: not JSON, or no object."""


class SendError(Exception):
    """The provider did not take a message.

    ``kind`` says what to do about it:

    * ``temporary``: try again, not before ``retry_after`` seconds if that is set
    * ``permanent``: this message will never be taken
    * ``channel``: the account itself is refused, everything queued has to wait
    * ``uncertain``: the request may have been taken, so it must not be repeated unseen
    """

    KINDS = ("temporary", "permanent", "channel", "uncertain")

    def __init__(self, code, text, kind="permanent", retry_after=None):
        if kind not in self.KINDS:
            raise ValueError(f"unknown kind of send error: {kind}")
        super().__init__(text)
        self.code = code
        self.text = text
        self.kind = kind
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class SendResult:
    """The provider took a message and calls it ``uid``."""

    uid: str


@dataclass(frozen=True, slots=True)
class Sender:
    """A person on the other side.

    ``address`` is the form in which they wrote (E.164 with ``+`` for numbers), ``key``
    the one in which all spellings are the same, ``uid`` the provider's own id of them.
    """

    key: str
    address: str | None = None
    uid: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A file of a message; ``kind`` is image, video, audio, document or sticker.

    It is fetched by ``provider_ref``, unless it came along as ``content``. ``content_id`` is how the
    message's HTML shows it.
    """

    kind: str
    provider_ref: str = ""
    mimetype: str = ""
    filename: str = ""
    sha256: str = ""
    voice: bool = False
    caption: str = ""
    content: bytes | None = None
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A colleague handed a customer's message on to us.

    ``by`` is the colleague's address, ``uid`` the provider's id of what they sent, ``words`` and ``media``
    what they added themselves.
    """

    by: str
    uid: str
    words: str = ""
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Somebody wrote to us. ``kind`` is text, a kind of media, or a name of the provider's.

    ``reply_to`` is the id of the message it answers, ``references`` further ones, nearest first. ``html``
    is what is shown where a channel has more than text. ``copies`` are the addresses of others whom it
    went to as well. ``silent`` says that it is shown and asks for nobody's attention: an out-of-office
    notice, spam. ``from_program`` says that no person wrote it, or that nobody reads what is answered: no
    automatic text answers it. ``passed_on`` says that it was not the sender who brought it to us, but a
    colleague.
    """

    account: str
    uid: str
    sender: Sender
    timestamp: datetime
    kind: str = "text"
    text: str = ""
    media: tuple[Media, ...] = ()
    reply_to: str | None = None
    forwarded: bool = False
    referral: str = ""
    subject: str = ""
    html: str = ""
    references: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    silent: bool = False
    passed_on: PassedOn | None = None
    from_program: bool = False

    @property
    def key(self):
        """Lane: the sender's."""
        return self.sender.key

    @property
    def answered_uids(self):
        """Ids of the messages it may answer, nearest first."""
        return tuple(dict.fromkeys(filter(None, (self.reply_to, *self.references))))


@dataclass(frozen=True, slots=True)
class MessageEcho:
    """The business wrote from elsewhere, such as its own phone.

    ``by`` is who of us wrote, as the channel calls them, where it tells.
    """

    account: str
    uid: str
    recipient: Sender
    timestamp: datetime
    kind: str = "text"
    text: str = ""
    media: tuple[Media, ...] = ()
    reply_to: str | None = None
    subject: str = ""
    silent: bool = False
    html: str = ""
    by: str = ""

    @property
    def key(self):
        """Lane: the recipient's."""
        return self.recipient.key

    @property
    def answered_uids(self):
        """Ids of the messages it may answer, nearest first."""
        return (self.reply_to,) if self.reply_to else ()


@dataclass(frozen=True, slots=True)
class ColleagueAnswer:
    """A colleague answered the notice of a customer's message; their words go to the customer.

    ``notice`` is the id of that notice, ``sender`` the colleague, whose address the customer must not see.
    ``silent`` says that a program answered for them.
    """

    account: str
    uid: str
    sender: Sender
    notice: str
    timestamp: datetime
    text: str = ""
    media: tuple[Media, ...] = ()
    silent: bool = False

    @property
    def key(self):
        """Lane: the colleague's."""
        return self.sender.key


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """What became of a message we sent; ``reference`` is our own id that travelled with it.

    ``status`` is sent, delivered, read or failed.
    """

    account: str
    uid: str
    status: str
    timestamp: datetime
    recipient: Sender | None = None
    reference: str | None = None
    error_code: str | None = None
    error_text: str = ""

    @property
    def key(self):
        """Lane: the recipient's."""
        return self.recipient.key if self.recipient else self.account


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The provider says that something sent to an address came back, and not which message it was."""

    account: str
    recipient: Sender
    timestamp: datetime
    error_code: str | None = None
    error_text: str = ""

    @property
    def key(self):
        """Lane: the recipient's."""
        return self.recipient.key


@dataclass(frozen=True, slots=True)
class Reaction:
    """Somebody reacted to a message: ``emojis`` are all that they leave at it, none of them takes it back.

    ``by`` is who of us it was, as the channel calls them; empty for ``sender`` on the other side.
    """

    account: str
    uid: str
    sender: Sender
    target_uid: str
    emojis: tuple
    timestamp: datetime
    by: str = ""

    @property
    def key(self):
        """Lane: the sender's."""
        return self.sender.key


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """The text of an earlier message was changed, by ``sender`` or by one of us (see ``Reaction``)."""

    account: str
    uid: str
    target_uid: str
    sender: Sender
    text: str
    timestamp: datetime
    by: str = ""

    @property
    def key(self):
        """Lane: the sender's."""
        return self.sender.key


@dataclass(frozen=True, slots=True)
class MessageRevoke:
    """An earlier message was taken back, by ``sender`` or by one of us (see ``Reaction``)."""

    account: str
    uid: str
    target_uid: str
    sender: Sender
    timestamp: datetime
    by: str = ""

    @property
    def key(self):
        """Lane: the sender's."""
        return self.sender.key


@dataclass(frozen=True, slots=True)
class Rating:
    """A customer says how content they are: ``value`` is from 1 (not at all) to 5.

    ``target_uid`` is the newest message of theirs in what they rate. ``by`` is who of us they dealt with, as
    the channel calls them, where it tells.
    """

    account: str
    sender: Sender
    value: float
    timestamp: datetime
    target_uid: str | None = None
    comment: str = ""
    by: str = ""

    @property
    def key(self):
        """Lane: the sender's."""
        return self.sender.key


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """The same person has another address or another id now."""

    account: str
    old: Sender
    new: Sender
    timestamp: datetime

    @property
    def key(self):
        """Lane: that of the address known so far."""
        return self.old.key


@dataclass(frozen=True, slots=True)
class Introduction:
    """A sender says who they are, besides what they write.

    ``is_proven`` says that somebody whom we trust vouches for it; otherwise it is what they claim.
    ``former`` is the address under which the same person was known until now. ``ref`` is what the
    customer is called where they have an account, ``order`` the number of an order they write about.
    """

    account: str
    sender: Sender
    timestamp: datetime
    email: str = ""
    phone: str = ""
    ref: str = ""
    order: str = ""
    is_proven: bool = False
    former: Sender | None = None

    @property
    def key(self):
        """Lane: the sender's."""
        return self.sender.key


@dataclass(frozen=True, slots=True)
class TemplateUpdate:
    """The provider decided something about a message template; empty fields did not change."""

    account: str
    name: str
    language: str = ""
    status: str = ""
    reason: str = ""
    quality: str = ""
    category: str = ""

    @property
    def key(self):
        """Lane: the account's."""
        return self.account


@dataclass(frozen=True, slots=True)
class AccountError:
    """The provider complains about the account, not about one message."""

    account: str
    code: str
    text: str

    @property
    def key(self):
        """Lane: the account's."""
        return self.account


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something valid that nobody here knows.

    ``what`` says what it is, in words or in the provider's own names; ``detail`` is the provider's alone.
    """

    account: str
    what: str
    detail: str = ""

    @property
    def key(self):
        """Lane: the account's."""
        return self.account


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A message that we sent to ourselves came back: what we send arrives.

    ``token`` is what we put into it. With an ``error_text`` a provider says that it will not arrive.
    """

    account: str
    token: str
    error_text: str = ""

    @property
    def key(self):
        """Lane: the account's."""
        return self.account


Item = (
    InboundMessage
    | MessageEcho
    | ColleagueAnswer
    | MessageStatus
    | Unreachable
    | Reaction
    | MessageEdit
    | MessageRevoke
    | Rating
    | IdentityChange
    | Introduction
    | TemplateUpdate
    | AccountError
    | RoundTrip
    | Unknown
)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message to send; ``media.provider_ref`` is the id under which the file was uploaded.

    ``template_components`` is in the provider's own form, filled in by its add-on.
    """

    recipient_address: str | None
    recipient_uid: str | None
    kind: str = "text"
    text: str = ""
    media: Media | None = None
    reply_to: str | None = None
    reference: str | None = None
    template_name: str = ""
    template_language: str = ""
    template_components: tuple = ()


@dataclass(frozen=True, slots=True)
class Card:
    """Something to look at that is sent to a customer, with the address where there is more of it."""

    title: str
    url: str
    button: str
    subtitle: str = ""
    image: str = ""

    @property
    def text(self):
        """The card where only text can be shown."""
        return "\n".join(filter(None, (self.title, self.subtitle, self.url)))
