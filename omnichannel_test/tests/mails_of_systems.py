"""More mails of the corpus: as particular mail systems and programs write them."""

import base64
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.text import MIMEText

from .mails import (
    KARIN,
    OURS,
    PNG,
    SALES,
    SHOP,
    STRANGER,
    both,
    case,
    html,
    multipart,
    nothing,
    raw,
    report,
    silent,
    stranger,
    text,
)

# -- bounces ---------------------------------------------------------------------

# The whole mail comes back with the report; Microsoft says 5.1.10 where others say 5.1.1.
nothing(
    "bounce of Exchange",
    f"""From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@shop.example>
To: {SHOP}
Subject: Undeliverable: Re: My order
Message-ID: <ndr@prod.outlook.example>
In-Reply-To: {OURS}
References: {OURS}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="X"

--X
Content-Type: multipart/alternative; boundary="Y"

--Y
Content-Type: text/plain; charset="us-ascii"

Your message to {KARIN} couldn't be delivered. karin wasn't found at example.com.

--Y
Content-Type: text/html; charset="us-ascii"

<html><body><p>Your message to {KARIN} couldn't be delivered.</p></body></html>

--Y--

--X
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB0001.prod.outlook.example

Final-Recipient: rfc822;{KARIN}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--X
Content-Type: message/rfc822

From: Shop <{SHOP}>
To: {KARIN}
Subject: Re: My order
Message-ID: {OURS}
Content-Type: text/plain

Our answer

--X--
""".encode(),
    sent="failed",
    state="open",
    unreachable=True,
)
nothing(
    "bounce of Gmail",
    report(
        "gmail-bounce",
        "delivery-status",
        "Reporting-MTA: dns; googlemail.com\nArrival-Date: Mon, 24 Nov 2025 01:00:00 -0800 (PST)\n\n"
        f"Final-Recipient: rfc822; {KARIN}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Try\n"
        " 550-5.1.1 double-checking the recipient's email address for typos or unnecessary spaces.\n",
        From="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        X_Failed_Recipients=KARIN,
        Auto_Submitted="auto-replied",
        In_Reply_To=OURS,
    ),
    sent="failed",
    state="open",
    unreachable=True,
)
nothing(
    "bounce of one of several recipients",
    report(
        "several",
        "delivery-status",
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; boss@example.com\nAction: relayed\n"
        f"Status: 2.0.0\n\nFinal-Recipient: rfc822; {KARIN}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown\n",
    ),
    sent="failed",
    state="open",
    unreachable=True,
)
nothing(
    "bounce, no such domain",
    report(
        "domain",
        "delivery-status",
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {KARIN}\nAction: failed\nStatus: 5.4.4\n"
        "Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error\n",
    ),
    sent="failed",
    state="open",
    unreachable=True,
)
nothing(
    "bounce, too large",
    report(
        "large",
        "delivery-status",
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {KARIN}\nAction: failed\nStatus: 5.3.4\n"
        "Diagnostic-Code: smtp; 552 5.3.4 Message size exceeds fixed limit\n",
    ),
    sent="failed",
    state="open",
)
stranger(
    "a complaint about spam (ARF)",
    report(
        "arf",
        "feedback-report",
        f"Feedback-Type: abuse\nUser-Agent: Provider/1.0\nVersion: 1\nOriginal-Rcpt-To: {KARIN}\n",
        From=STRANGER,
    ),
    files=("message-feedback-report", "text-rfc822-headers"),
)

# -- loops -----------------------------------------------------------------------

nothing("from another of our addresses", text("own-other", From=f"Sales <{SALES}>"))
nothing(
    "our own answer comes back by a list",
    text("own-list", From="list@else.example", Message_Id=OURS, List_Id="<list.else.example>"),
)
silent(
    "an auto-reply to an auto-reply",
    text("loop", "Re: Re: away", In_Reply_To=OURS, Auto_Submitted="auto-replied", Precedence="bulk"),
)

# -- signed and encrypted --------------------------------------------------------


def der(tag, *parts):
    """An element of ASN.1 with its length (X.690)."""
    content = b"".join(parts)
    return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content


SIGNED = der(
    0x30,
    bytes.fromhex("06092a864886f70d010702"),
    der(
        0xA0,
        der(
            0x30,
            bytes.fromhex("020101"),
            der(0x31),
            der(
                0x30,
                bytes.fromhex("06092a864886f70d010701"),
                der(0xA0, der(0x04, b"Content-Type: text/plain\r\n\r\nWhere is my order?\r\n")),
            ),
            der(0x31),
        ),
    ),
)
case(
    "S/MIME signed in one piece",
    raw(
        "smime-opaque",
        base64.b64encode(SIGNED),
        "MIME-Version: 1.0",
        "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        "Content-Transfer-Encoding: base64",
    ),
    preview="Where is my order?",
)
case(
    "PGP signed, without MIME",
    text(
        "pgp-inline",
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWhere is my order?\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n",
    ),
    preview="Where is my order?",
)
case(
    "PGP encrypted, without MIME",
    text("pgp-inline-secret", "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n"),
    preview="This mail is encrypted. Ask the customer to send it unencrypted.",
    files=("encrypted.asc",),
)

# -- programs ----------------------------------------------------------------------

NEW = "Thank you!"
for name, language, wrote in (
    ("thunderbird nl", "nl", "Op 24-11-2025 om 09:00 schreef Shop:"),
    ("thunderbird en", "en", "On 24/11/2025 09:00, Shop wrote:"),
    ("thunderbird de", "de", "Am 24.11.2025 um 09:00 schrieb Shop:"),
    ("thunderbird fr", "fr", "Le 24/11/2025 à 09:00, Shop a écrit :"),
):
    case(name, text(f"tb-{language}", f"{NEW}\n\n{wrote}\n> It left today.\n", In_Reply_To=OURS), preview=NEW)
case(
    "outlook for iOS",
    text(
        "ios",
        f"{NEW}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n"
        f"________________________________\nFrom: Shop <{SHOP}>\nSent: Monday, November 24, 2025 9:00 AM\n"
        f"To: Karin <{KARIN}>\nSubject: Re: My order\n\nIt left today.\n",
        In_Reply_To=OURS,
    ),
    preview=NEW,
)
case(
    "several From",
    raw("several-from", "Hello").replace(
        f"From: Karin <{KARIN}>".encode(), f"From: Karin <{KARIN}>, Partner <two@example.com>".encode()
    ),
)
case(
    "an image alone, in HTML",
    multipart(
        "image-alone",
        "related",
        MIMEText('<img src="cid:photo">', "html"),
        MIMEImage(PNG, "png", name="photo.png"),
    ),
    files=("photo.png",),
    preview="photo.png",
)
case(
    "HTML as a file",
    multipart(
        "html-file",
        "mixed",
        MIMEText("See it"),
        MIMEApplication(b"<p>x</p>", "octet-stream", name="page.html"),
    ),
    preview="See it",
    files=("page.html",),
)
case(
    "text in two parts",
    multipart("two-parts", "mixed", MIMEText("One."), MIMEText("Two.")),
    preview="One. Two.",
)
case(
    "a name in pieces (RFC 2231)",
    raw(
        "rfc2231",
        base64.b64encode(b"x"),
        "MIME-Version: 1.0",
        "Content-Type: application/pdf",
        "Content-Disposition: attachment; filename*0*=utf-8''re%C3%A7; filename*1*=u%202025; filename*2=.pdf",
        "Content-Transfer-Encoding: base64",
    ),
    files=("reçu 2025.pdf",),
)
for name, charset, words in (
    ("Chinese", "gb18030", "你好"),
    ("Japanese, Windows", "shift_jis", "こんにちは"),
    ("Polish", "iso-8859-2", "dzień dobry"),
    ("UTF-16", "utf-16", "één"),
):
    case(
        name,
        raw(
            f"charset-{charset}",
            base64.b64encode(words.encode(charset)),
            "MIME-Version: 1.0",
            f"Content-Type: text/plain; charset={charset}",
            "Content-Transfer-Encoding: base64",
        ),
        preview=words,
    )
case(
    "broken quoted-printable",
    raw(
        "qp",
        "Where is my order=3F =XY=\n and=E9=\n",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    ),
)
case(
    "hundreds of parts",
    multipart("parts", "mixed", *[MIMEText(f"Part {number}") for number in range(300)]),
)
case("thousands of recipients", text("recipients", Cc=", ".join(f"c{n}@example.com" for n in range(3000))))
case(
    "deeply nested HTML",
    html("nested-html", "<div>" * 3000 + "Where is my order?" + "</div>" * 3000),
    preview="Where is my order?",
)
case(
    "only a quotation", text("only-quote", "> It left today.\n", In_Reply_To=OURS), preview="> It left today."
)
case(
    "text and HTML that differ",
    both("differ", "Where is my order?", "<p>Buy <b>more</b></p>"),
    preview="Where is my order?",
)
