"""Mails of all kinds, each with what docs/email.md says about it.

Before each of them Karin has written, was answered, and the conversation waits for her: ``OURS`` is the id
of that answer, ``FIRST`` that of her mail. Hers was forwarded to a carrier, too: ``ASIDE`` is the id of that.
"""

import base64
from dataclasses import dataclass
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

SHOP = "support@shop.example"
SALES = "sales@shop.example"
KARIN = "karin@example.com"
ANNA = "anna@shop.example"
STRANGER = "eve@evil.example"
COPIED = "partner@example.com"
CARRIER = "parcels@carrier.example"
FIRST = "<first@example.com>"
NUMBER = "NUMBER"  # stands for the reference of her conversation
OURS = "<omnichannel-0123456789abcdef0123456789abcdef@shop.example>"
ASIDE = "<omnichannel-fedcba9876543210fedcba9876543210@shop.example>"
FORWARDED = (
    "---------- Forwarded message ----------\nFrom: Carrier\nDate: today\nSubject: Parcel\n\nIt is lost."
)
ENCRYPTED = "This mail is encrypted. Ask the customer to send it unencrypted."
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Case:
    """A mail and the five columns of the table.

    ``conversation`` is same, new or none; ``author`` customer, carrier, unknown or none; ``state`` that of
    the conversation afterwards; ``notified`` team or nobody; ``answer_to`` the address an answer goes to.
    ``preview`` is what the card shows, ``files`` the names of the files, ``sent`` the state of our answer,
    ``claimed`` whether Karin's conversation is offered as the one that is answered, ``unreachable`` whether
    her address is marked as one from which mails come back, ``aside`` whether it is a note by a third party.
    """

    name: str
    raw: bytes
    conversation: str = "same"
    author: str = "customer"
    state: str = "open"
    notified: str = "team"
    answer_to: str | None = KARIN
    preview: str | None = None
    files: tuple = ()
    sent: str = "sent"
    claimed: bool = False
    unreachable: bool = False
    aside: bool = False


CASES = []


def case(name, raw, **expected):
    raw = raw.as_bytes() if not isinstance(raw, bytes) else raw
    CASES.append(Case(name, raw, **expected))


def stranger(name, raw, **expected):
    case(name, raw, **{"conversation": "new", "author": "unknown", "answer_to": STRANGER} | expected)


def silent(name, raw, **expected):
    case(name, raw, **{"state": "pending", "notified": "nobody"} | expected)


def nothing(name, raw, **expected):
    """No message comes of it, and nothing changes but the state of our own answer."""
    silent(name, raw, **{"conversation": "none", "author": "none"} | expected)


def headers(message, name, **values):
    """The headers that every mail has; ``None`` leaves one out."""
    usual = {
        "From": f"Karin <{KARIN}>",
        "To": SHOP,
        "Subject": "My order",
        "Message-Id": f"<{name}@example.com>",
        "Date": "Mon, 24 Nov 2025 10:00:00 +0100",
    }
    for header, value in {**usual, **{key.replace("_", "-"): value for key, value in values.items()}}.items():
        if value is not None:
            message[header] = value
    return message


def text(name, body="Where is my order?", **values):
    message = headers(EmailMessage(), name, **values)
    message.set_content(body)
    return message


def html(name, body, **values):
    message = headers(EmailMessage(), name, **values)
    message.set_content(body, subtype="html")
    return message


def both(name, plain, rich, **values):
    message = text(name, plain, **values)
    message.add_alternative(rich, subtype="html")
    return message


def raw(name, body, *lines, sender=KARIN):
    """A mail written by hand, for what no library would write."""
    top = [f"From: Karin <{sender}>", f"To: {SHOP}", "Subject: My order", f"Message-Id: <{name}@example.com>"]
    return "\n".join([*top, *lines, "", ""]).encode() + (body if isinstance(body, bytes) else body.encode())


# -- usual mails ---------------------------------------------------------------

case("plain", text("plain"), preview="Where is my order?")
case("html", html("html", "<p>Where is <b>my order</b>?</p>"), preview="Where is my order?")
case("both", both("both", "Where is my order?", "<p>Where is my order?</p>"), preview="Where is my order?")
case("answer", text("answer", In_Reply_To=OURS, References=f"{FIRST} {OURS}"))
case("references alone", text("references", References=f"{FIRST} {OURS}"))
case("no reference at all", text("noreference", Subject="Re: My order"))
case("other subject", text("subject", Subject="Something else altogether"))
case("no subject", text("nosubject", Subject=None))
case("address in capitals", text("capitals", From="KARIN <Karin@EXAMPLE.com>"))
case("name with a comma", text("comma", From='"Klant, Karin" <karin@example.com>'))
case("name in another script", text("script", From="Карин <karin@example.com>"))
case("several senders", raw("senders", "Hello", f"Reply-To: {KARIN}"))
case("wants the answer elsewhere", text("replyto", Reply_To="karin.private@example.org"))
stranger("unknown sender", text("stranger", From=STRANGER))
stranger("unknown sender, no name, spaces", text("spaces", From=f"  <{STRANGER}> "))

# -- quotations ----------------------------------------------------------------

NEW = "Thank you!"
_GMAIL = (
    '<div dir="ltr">{new}</div><br><div class="gmail_quote">'
    '<div class="gmail_attr">{line}<br></div><blockquote>{old}</blockquote></div>'
)
_OUTLOOK = (
    '<div>{new}</div><hr><div id="divRplyFwdMsg"><b>{line}</b> Shop &lt;support@shop.example&gt;</div>'
    "<div>{old}</div>"
)
_APPLE = '<div>{new}</div><div><blockquote type="cite"><div>{line}</div><div>{old}</div></blockquote></div>'
for language, wrote in (
    ("nl", "Op ma 24 nov. 2025 om 09:00 schreef Shop <support@shop.example>:"),
    ("en", "On Mon, 24 Nov 2025 at 09:00, Shop <support@shop.example> wrote:"),
    ("de", "Am Mo., 24. Nov. 2025 um 09:00 Uhr schrieb Shop <support@shop.example>:"),
    ("fr", "Le lun. 24 nov. 2025 à 09:00, Shop <support@shop.example> a écrit :"),
):
    shown = wrote.replace("<", "&lt;").replace(">", "&gt;")
    plain = f"{NEW}\n\n{wrote}\n\n> It left today.\n"
    case(
        f"gmail {language}",
        both(
            f"gmail-{language}",
            plain,
            _GMAIL.format(new=NEW, line=shown, old="It left today."),
            In_Reply_To=OURS,
        ),
        preview=NEW,
    )
    case(
        f"apple {language}",
        both(
            f"apple-{language}",
            plain,
            _APPLE.format(new=NEW, line=shown, old="It left today."),
            In_Reply_To=OURS,
        ),
        preview=NEW,
    )
    case(f"plain quotation {language}", text(f"quote-{language}", plain, In_Reply_To=OURS), preview=NEW)
for language, fields in (
    ("nl", ("Van", "Verzonden", "Aan", "Onderwerp")),
    ("en", ("From", "Sent", "To", "Subject")),
    ("de", ("Von", "Gesendet", "An", "Betreff")),
    ("fr", ("De ", "Envoyé ", "À ", "Objet ")),
):
    block = "\n".join(
        f"{field}: {value}"
        for field, value in zip(
            fields, ("Shop <support@shop.example>", "24 nov 2025 09:00", "Karin", "My order")
        )
    )
    case(
        f"outlook {language}",
        both(
            f"outlook-{language}",
            f"{NEW}\n\n________________________________\n{block}\n\nIt left today.",
            _OUTLOOK.format(new=NEW, line=fields[0], old="It left today."),
            In_Reply_To=OURS,
        ),
        preview=NEW,
    )
case(
    "between the lines",
    text("between", "> Which colour?\n\nBlue.\n\n> Which size?\n\nSmall.\n", In_Reply_To=OURS),
    preview="> Which colour? Blue. > Which size? Small.",
)
case("signature", text("signature", f"{NEW}\n\n-- \nKarin\nTel. 06", In_Reply_To=OURS), preview=NEW)
case(
    "sent from a phone", text("phone", f"{NEW}\n\nVerzonden vanaf mijn iPhone", In_Reply_To=OURS), preview=NEW
)

# -- who takes part ------------------------------------------------------------

case("reference number", text("number", Subject=f"Something else [{NUMBER}]"))
stranger(
    "forged reference",
    text("forged", From=STRANGER, In_Reply_To=OURS, References=f"{FIRST} {OURS}"),
    claimed=True,
)
stranger(
    "forged reference number",
    text("forged-number", From=STRANGER, Subject=f"Re: My order [{NUMBER}]"),
    claimed=True,
)
stranger("a reference number of nothing", text("no-number", From=STRANGER, Subject="Re: [OC99999999]"))
stranger(
    "a colleague of hers answers",
    text("colleague", From=STRANGER, Cc=KARIN, In_Reply_To=OURS),
    claimed=True,
)
case(
    "who was in copy answers",
    text("copied", From=COPIED, In_Reply_To=FIRST),
    author="unknown",
    answer_to=COPIED,
)
case("we are in copy", text("copy", To="supplier@else.example", Cc=SHOP))
case("we are in blind copy", text("blind", To="supplier@else.example", Delivered_To=SHOP))
case("others in copy", text("others", Cc="partner@example.com, boss@example.com"))
case("two of our addresses", text("two", To=f"{SHOP}, {SALES}"))
case("undisclosed recipients", text("undisclosed", To="undisclosed-recipients:;", X_Original_To=SHOP))
case(
    "forwarded by the customer",
    text(
        "forward",
        f"FYI\n\n{FORWARDED}",
        Subject="Fwd: Parcel",
    ),
    preview="FYI",
)
case(
    "forwarded without a word",
    text(
        "forward-bare",
        FORWARDED,
        Subject="Fwd: Parcel",
    ),
)

# -- passed on by a colleague ----------------------------------------------------


def passed_on(name, body, **values):
    """A mail of Anna's, who has one of Karin's in it."""
    return text(name, body, **{"From": f"Anna <{ANNA}>", "Subject": "Fwd: My order"} | values)


PARCEL = "Where is my parcel?"
for language, start, names in (
    ("nl", "Begin doorgestuurd bericht:", ("Van", "Onderwerp", "Datum", "Aan", "Verzonden")),
    ("en", "Begin forwarded message:", ("From", "Subject", "Date", "To", "Sent")),
    ("de", "Anfang der weitergeleiteten Nachricht:", ("Von", "Betreff", "Datum", "An", "Gesendet")),
    ("fr", "Début du message réexpédié :", ("De", "Objet", "Date", "À", "Envoyé")),
):
    sender, subject, date, to, sent = names
    case(
        f"passed on, gmail {language}",
        passed_on(
            f"on-gmail-{language}",
            f"Please\n\n---------- Forwarded message ---------\n{sender}: *Karin* <{KARIN}>\n"
            f"Date: ma 24 nov 2025\nSubject: Parcel\nTo: <{ANNA}>\n\n\n{PARCEL}",
        ),
        preview=PARCEL,
    )
    case(
        f"passed on, outlook {language}",
        passed_on(
            f"on-outlook-{language}",
            f"{'_' * 32}\n{sender}: Karin <{KARIN}>\n{sent}: 24 nov 2025\n{to}: Anna <{ANNA}>\n"
            f"{subject}: Parcel\n\n{PARCEL}",
        ),
        preview=PARCEL,
    )
    case(
        f"passed on, apple {language}",
        passed_on(
            f"on-apple-{language}",
            f"{start}\n\n> {sender}: Karin <{KARIN}>\n> {subject}: Parcel\n> {date}: 24 nov 2025\n"
            f"> {to}: {ANNA}\n> \n> {PARCEL}",
        ),
        preview=PARCEL,
    )
case(
    "passed on, html alone",
    html(
        "on-html",
        f"<p>Please</p><hr><div><b>Van:</b> Karin &lt;{KARIN}&gt;<br><b>Verzonden:</b> ma<br>"
        f"<b>Aan:</b> Anna<br><b>Onderwerp:</b> Parcel</div><p>{PARCEL}</p>",
        From=ANNA,
        Subject="FW: Parcel",
    ),
    preview=PARCEL,
)
COLLEAGUE = {"author": "unknown", "conversation": "new", "answer_to": ANNA}
case("a colleague's own mail", text("on-own", "The printer is broken", From=ANNA), **COLLEAGUE)
case(
    "passed on, no address",
    passed_on("on-nobody", FORWARDED),
    **COLLEAGUE,
)
case("a form of our website", text("form", From=SHOP, Reply_To=f"Karin <{KARIN}>"))
case(
    "a third party answers",
    text("aside", "It is in Utrecht.", From=f"Carrier BV <{CARRIER}>", In_Reply_To=ASIDE),
    author="carrier",
    preview="Carrier BV: It is in Utrecht.",
    aside=True,
)
silent(
    "out of office of a third party",
    text("aside-ooo", "Closed.", From=CARRIER, In_Reply_To=ASIDE, Auto_Submitted="auto-replied"),
    author="carrier",
    aside=True,
)
case(
    "a third party about another matter",
    text("aside-other", "Our prices", From=CARRIER),
    conversation="new",
    author="carrier",
    answer_to=CARRIER,
)
stranger(
    "somebody else answers for a third party",
    text("aside-stranger", "It is in Utrecht.", From=STRANGER, In_Reply_To=ASIDE),
    claimed=True,
)
case("the customer answers what was sent to a third party", text("aside-customer", In_Reply_To=ASIDE))
nothing("our own mail comes back", text("own", From=SHOP))
nothing("the same mail by two paths", text("first", Message_Id=FIRST, Received="from elsewhere"))

# -- automatic mails -----------------------------------------------------------

silent("out of office", text("ooo", "I am away.", In_Reply_To=OURS, Auto_Submitted="auto-replied"))
silent(
    "out of office, Exchange",
    text(
        "ooo-exchange",
        "I am away.",
        Subject="Automatic reply: My order",
        In_Reply_To=OURS,
        Auto_Submitted="auto-generated",
        X_Auto_Response_Suppress="All",
    ),
)
silent("out of office, old", text("ooo-old", "I am away.", Precedence="auto_reply", X_Autoreply="yes"))
silent("out of office without reference", text("ooo-bare", "I am away.", Auto_Submitted="auto-replied"))
silent(
    "we got your mail",
    text("got", "Your ticket is 12.", Auto_Submitted="auto-replied", In_Reply_To=OURS, X_Autorespond="yes"),
)
stranger(
    "auto-reply of a stranger",
    text("ooo-stranger", From=STRANGER, Auto_Submitted="auto-replied"),
    state="closed",
    notified="nobody",
)
stranger("spam", text("spam", From=STRANGER, X_Spam_Flag="YES"), state="closed", notified="nobody")
stranger(
    "spam by status",
    text("spam-status", From=STRANGER, X_Spam_Status="Yes, score=9.1"),
    state="closed",
    notified="nobody",
)
case("not spam", text("ham", X_Spam_Status="No, score=-1.0"))
stranger("mailing list", text("list", From=STRANGER, List_Id="<news.evil.example>", Precedence="list"))
stranger("a marketplace's notice", text("notice", From=STRANGER, Auto_Submitted="auto-generated"))
case("a person says no", text("no-auto", Auto_Submitted="no"))

# -- what became of our own mail -----------------------------------------------


def report(name, kind, block, returned=OURS, **values):
    message = MIMEMultipart("report", **{"report-type": kind})
    headers(message, name, **{"From": "MAILER-DAEMON@mx.example", "Subject": "Undelivered"} | values)
    message.attach(MIMEText("About your mail."))
    body = f"Content-Type: message/{kind}\n\n{block}\n".encode()
    boundary = message.get_boundary() or "=====report====="
    message.set_boundary(boundary)
    returned_part = (
        f"Content-Type: text/rfc822-headers\n\nMessage-Id: {returned}\nSubject: Re: My order\n".encode()
        if returned
        else b""
    )
    parts = message.as_bytes().removesuffix(f"--{boundary}--\n".encode())
    edge = f"--{boundary}\n".encode()
    return parts + edge + body + (edge + returned_part if returned else b"") + f"--{boundary}--\n".encode()


def dsn(action, status="5.1.1", words="550 5.1.1 no such user"):
    return (
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {KARIN}\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: smtp; {words}\n"
    )


nothing(
    "bounce",
    report("bounce", "delivery-status", dsn("failed")),
    sent="failed",
    state="open",
    unreachable=True,
)
nothing(
    "bounce, taken for spam",
    report("policy", "delivery-status", dsn("failed", "5.7.1", "554 5.7.1 message refused as spam")),
    sent="failed",
    state="open",
)
nothing(
    "bounce, mailbox full",
    report("full", "delivery-status", dsn("failed", "4.2.2", "452 mailbox full")),
    sent="failed",
    state="open",
)
nothing(
    "bounce of what was forwarded", report("bounced", "delivery-status", dsn("failed"), ASIDE), state="open"
)
nothing("delayed", report("delayed", "delivery-status", dsn("delayed", "4.4.1", "connection timed out")))
nothing(
    "delivered", report("delivered", "delivery-status", dsn("delivered", "2.0.0", "250 ok")), sent="delivered"
)
nothing("relayed", report("relayed", "delivery-status", dsn("relayed", "2.0.0", "250 ok")), sent="delivered")
nothing(
    "bounce of nothing of ours",
    report("foreign", "delivery-status", dsn("failed"), returned="<other@shop.example>"),
)
nothing(
    "bounce that names no mail",
    report("nameless", "delivery-status", dsn("failed"), returned=""),
    unreachable=True,
)
nothing(
    "bounce that names no mail, of an address nobody wrote to",
    report(
        "nameless-other",
        "delivery-status",
        dsn("failed").replace(KARIN, STRANGER),
        returned="",
    ),
)
nothing(
    "read receipt",
    report(
        "receipt",
        "disposition-notification",
        f"Original-Message-ID: {OURS}\nDisposition: manual-action/MDN-sent-manually; displayed\n",
        From=KARIN,
    ),
    sent="read",
)
nothing(
    "deleted unread",
    report(
        "unread",
        "disposition-notification",
        f"Original-Message-ID: {OURS}\nDisposition: automatic-action/MDN-sent-automatically; deleted\n",
        From=KARIN,
    ),
)
nothing(
    "bounce of qmail",
    text(
        "qmail",
        f"Hi. This is the qmail-send program.\n<{KARIN}>:\n550 no mailbox here\n\nMessage-Id: {OURS}\n",
        From="postmaster@old.example",
    ),
    sent="failed",
    state="open",
    unreachable=True,
)
nothing(
    "bounce of Exim",
    text(
        "exim",
        f"It could not be delivered:\n\n  {KARIN}\n    550 unknown\n\nMessage-Id: {OURS}\n",
        From="Mailer-Daemon@mx.example",
        X_Failed_Recipients=KARIN,
    ),
    sent="failed",
    state="open",
)

# -- signed and encrypted ------------------------------------------------------


def multipart(name, kind, *parts, **values):
    message = MIMEMultipart(kind)
    headers(message, name, **values)
    for part in parts:
        message.attach(part)
    return message


case(
    "S/MIME signed",
    multipart(
        "smime",
        "signed",
        MIMEText("Where is my order?"),
        MIMEApplication(b"0", "pkcs7-signature", name="smime.p7s"),
    ),
    preview="Where is my order?",
)
case(
    "PGP signed",
    multipart(
        "pgp",
        "signed",
        MIMEText("Where is my order?"),
        MIMEApplication(b"0", "pgp-signature", name="signature.asc"),
    ),
    preview="Where is my order?",
)
case(
    "S/MIME encrypted",
    raw(
        "smime-secret",
        base64.b64encode(b"secret"),
        "MIME-Version: 1.0",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        "Content-Transfer-Encoding: base64",
    ),
    files=("smime.p7m",),
)
case(
    "PGP encrypted",
    multipart(
        "pgp-secret",
        "encrypted",
        MIMEApplication(b"Version: 1", "pgp-encrypted"),
        MIMEApplication(b"-----BEGIN PGP MESSAGE-----", "octet-stream", name="encrypted.asc"),
    ),
    files=("application-pgp-encrypted", "encrypted.asc"),
)

# -- files ---------------------------------------------------------------------


def attached(name, content, mimetype, filename, body="See the file", **parts):
    message = text(name, body)
    main, sub = mimetype.split("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=filename, **parts)
    return message


def inline_image(name):
    message = both(name, "See", '<p>See <img src="cid:pic"></p>')
    message.get_payload()[1].add_related(PNG, "image", "png", cid="<pic>", filename="pic.png")
    return message


def forwarded_as_file(name):
    message = text(name, "See the mail")
    message.add_attachment(text("inner", "Inner text", From=STRANGER))
    return message


def passed_on_as_file(name):
    message = text(name, "Please", From=ANNA, Subject="FW: My order")
    message.add_attachment(text("on-inner", PARCEL))
    return message


case("passed on as a file", passed_on_as_file("on-file"), preview=PARCEL)
case("a file", attached("file", b"%PDF-1.4", "application/pdf", "order.pdf"), files=("order.pdf",))
case(
    "a file's name with a path",
    attached("path", b"x", "application/octet-stream", "../../etc/passwd"),
    files=("passwd",),
)
case(
    "a file's name in another script",
    attached("name", b"x", "application/pdf", "счёт ①.pdf"),
    files=("счёт ①.pdf",),
)
case(
    "a file without a name",
    raw(
        "noname",
        base64.b64encode(b"x"),
        "MIME-Version: 1.0",
        "Content-Type: application/pdf",
        "Content-Transfer-Encoding: base64",
    ),
    files=("application-pdf",),
)
case("inline image", inline_image("inline"), files=("pic.png",))
# "ORDER.TXT" and "Invoice № 1.pdf", as Outlook wraps them; tests/wire/winmail.py wrote it.
WINMAIL = base64.b64decode(
    "eJ8+IgEAAQaQCAAEAAAAAAABAAEAAQeQBgAIAAAA5AQAAAAAAADoAAEIgAcAGAAAAElQTS5NaWNyb3NvZnQgTWFpbC5Ob3RlADEI"
    "AgKQBgAOAAAAAQAAAAAAAAAAAAAAAAABAAIQgAEACgAAAE9SREVSLlRYVACqAgIPgAYACAAAAEFuIG9yZGVy6wICApAGAA4AAAAB"
    "AAAAAAAAAAAAAAAAAAEAAhCAAQANAAAASU5WT0lDfjEuUERGAH8DAg+ABgAIAAAAJVBERi0xLjS/AQIFkAYAMAAAAAEAAAAfAAc3"
    "AQAAACAAAABJAG4AdgBvAGkAYwBlACAAFiEgADEALgBwAGQAZgAAAFwF"
)
case(
    "winmail.dat",
    attached("winmail", WINMAIL, "application/ms-tnef", "winmail.dat"),
    files=("ORDER.TXT", "Invoice № 1.pdf"),
)
case(
    "winmail.dat that cannot be read",
    attached("winmail-cut", WINMAIL[:-30], "application/ms-tnef", "winmail.dat"),
    files=("winmail.dat",),
)


def calendar(method, *lines):
    event = ("SUMMARY:Fitting", "DTSTART:20251203T130000Z", "DTEND:20251203T133000Z", "LOCATION:Shop", *lines)
    top = ("BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT")
    return "\r\n".join([*top, *event, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def invitation(name, content, **values):
    """As Outlook and Google send it: for programs that answer it, and once more as a file for the others."""
    message = text(name, "You are invited", **values)
    message.make_alternative()
    part = EmailMessage()
    part.set_content(content, "text", "calendar", disposition="inline", params={"method": "REQUEST"})
    message.attach(part)
    message.make_mixed()
    message.add_attachment(content, maintype="application", subtype="ics", filename="invite.ics")
    return message


FITTING = "Fitting, Dec 3, 2025 2:00 PM – 2:30 PM, Shop You are invited"
case(
    "an invitation",
    invitation("invite", calendar("REQUEST")),
    files=("invitation.ics",),
    preview=f"Invitation: {FITTING}",
)
case(
    "an invitation that is cancelled",
    invitation("invite-cancel", calendar("CANCEL")),
    files=("invitation.ics",),
    preview=f"Cancelled: {FITTING}",
)
case(
    "an invitation of ours that is accepted",
    invitation("invite-reply", calendar("REPLY", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{KARIN}")),
    files=("invitation.ics",),
    preview=f"Accepted: {FITTING}",
)
case(
    "a calendar as a file, without an event",
    attached("calendar", b"BEGIN:VCALENDAR\nEND:VCALENDAR", "text/calendar", "invite.ics"),
    files=("invite.ics",),
    preview="See the file",
)
case("a mail as a file", forwarded_as_file("nested"), files=("message-rfc822.eml",), preview="See the mail")
case(
    "files alone",
    attached("alone", b"%PDF-1.4", "application/pdf", "a.pdf", body=""),
    files=("a.pdf",),
    preview="a.pdf",
)
case("empty", text("empty", ""))
case("a big file", attached("big", b"x" * 3_000_000, "application/zip", "big.zip"), files=("big.zip",))

# -- broken and odd ------------------------------------------------------------

case("no id", raw("x", "Hello").replace(b"Message-Id: <x@example.com>\n", b""))
case("no date", text("nodate", Date=None))
case("a date that is none", text("baddate", Date="yesterday, at tea time"))
case("a date in the future", text("future", Date="Mon, 24 Nov 2098 10:00:00 +0100"))
case("cut in the middle", both("cut", "Where is my order?", "<p>Where is my order?</p>").as_bytes()[:-60])
case(
    "no boundary", raw("boundary", "Where is my order?", "MIME-Version: 1.0", "Content-Type: multipart/mixed")
)
case(
    "unknown charset",
    raw("charset", "één".encode(), "MIME-Version: 1.0", "Content-Type: text/plain; charset=klingon"),
    preview="één",
)
case(
    "wrong charset",
    raw("wrong", "één".encode("latin-1"), "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"),
    preview="één",
)
case(
    "Japanese",
    raw(
        "japanese",
        "こんにちは".encode("iso-2022-jp"),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=iso-2022-jp",
    ),
    preview="こんにちは",
)
case(
    "Russian",
    raw(
        "russian", "привет".encode("koi8-r"), "MIME-Version: 1.0", "Content-Type: text/plain; charset=koi8-r"
    ),
    preview="привет",
)
case(
    "base64 that is none",
    raw(
        "base64",
        "!!! Where is my order ???",
        "MIME-Version: 1.0",
        "Content-Type: text/plain",
        "Content-Transfer-Encoding: base64",
    ),
)
case("raw bytes in headers", raw("bytes", "Hello").replace(b"Subject: My order", "Subject: één".encode()))
case("NUL bytes", raw("nul", b"Hel\0lo"), preview="Hello")
case("a long line", text("long", "x" * 20_000))
case("a long subject", text("longsubject", Subject="My order " * 200))
case(
    "a script",
    html("script-tag", "<p>Hi</p><script>alert(1)</script><img src=x onerror=alert(1)>"),
    preview="Hi",
)
case("remote images", html("remote", '<p>Hi</p><img src="https://track.example/1.gif">'), preview="Hi")
case(
    "a remote background",
    html(
        "background",
        '<div style="background-image:url(https://track.example/1.gif);color:red">Hi</div>'
        '<table background="https://track.example/2.gif"><tr><td>there</td></tr></table>'
        "<style>p {background: url(https://track.example/3.gif)}</style>",
    ),
)
nothing("no sender", raw("nosender", "Hello").replace(f"From: Karin <{KARIN}>\n".encode(), b""))
