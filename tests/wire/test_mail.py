"""Mails as customers' programs write them, and as nobody should."""

import random
import string
from datetime import datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire import MalformedBody, mail, mail_body

RAW = b"""From: =?utf-8?q?Ad=C3=A9=2C_Jan?= <Ada@Example.com>
To: Support <support@shop.example>, sales@shop.example
Delivered-To: inbox@shop.example
Subject: =?utf-8?b?VnJhYWc=?= about
 my order
Message-ID: <a1@example.com>
In-Reply-To: <b1@shop.example>
References: <c0@shop.example> <b1@shop.example>
Date: Mon, 24 Nov 2025 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=X

--X
Content-Type: multipart/alternative; boundary=Y

--Y
Content-Type: text/plain; charset=utf-8

Waar is mijn bestelling?
--Y
Content-Type: text/html; charset=utf-8

<p>Waar is mijn <b>bestelling</b>?</p><img src="cid:i1">
--Y--
--X
Content-Type: image/png; name="../../etc/a.png"
Content-Id: <i1>
Content-Transfer-Encoding: base64

aGFsbG8=
--X--
"""


def test_a_usual_mail():
    found = mail.parse(RAW)
    assert found.sender == mail.Address("ada@example.com", "Adé, Jan")
    assert found.recipients == ("inbox@shop.example", "support@shop.example", "sales@shop.example")
    assert found.subject == "Vraag about my order"
    assert found.references == ("<b1@shop.example>", "<c0@shop.example>")
    assert found.date == datetime(2025, 11, 24, 9, 0)
    assert found.text == "Waar is mijn bestelling?"
    assert "bestelling" in found.html
    assert found.files == (mail.File("a.png", "image/png", b"hallo", "i1"),)
    assert not found.is_auto_reply


def with_headers(**headers):
    message = EmailMessage()
    message["From"] = "karin@example.com"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Hello")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Auto_Submitted": "auto-replied"}, True),
        ({"Auto_Submitted": "auto-generated; owner-email=x", "In_Reply_To": "<b1@shop.example>"}, True),
        ({"Precedence": "auto_reply"}, True),
        ({"X_Autoreply": "yes"}, True),
        ({"Auto_Submitted": "no"}, False),
        ({"Auto_Submitted": "auto-generated"}, False),
        ({"List_Id": "<news.shop.example>", "Precedence": "bulk"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_auto_replies(headers, expected):
    assert mail.parse(with_headers(**headers)).is_auto_reply is expected


def test_without_an_id_the_same_bytes_have_the_same_one():
    raw = b"From: a@b.example\n\nHello"
    assert mail.parse(raw).message_id == mail.parse(raw).message_id != mail.parse(raw + b"!").message_id


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"Subject: no sender\n\nHello", b"From: nobody\n\n"])
def test_nobody_could_say_who_it_is_from(raw):
    with pytest.raises(MalformedBody):
        mail.parse(raw)


@pytest.mark.parametrize("charset", ["latin-1", "windows-1252", "utf-16", "koi8-r", "iso-2022-jp", "no-such"])
def test_charsets(charset):
    encoding = "utf-8" if charset == "no-such" else charset
    text = {"koi8-r": "привет", "iso-2022-jp": "こんにちは"}.get(charset, "één")
    raw = (
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/plain; charset=" + charset.encode()
        + b"\nContent-Transfer-Encoding: 8bit\n\n" + text.encode(encoding)
    )  # fmt: skip
    assert text in mail.parse(raw).text or charset == "utf-16"


DSN = b"""From: MAILER-DAEMON@mx.example
To: support@shop.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=R

--R
Content-Type: text/plain

Sorry.
--R
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; Karin@Example.com
Action: ACTION
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user
--R
Content-Type: message/rfc822

Message-ID: <ours@shop.example>
From: support@shop.example
Subject: Re: My order

Hello
--R--
"""


@pytest.mark.parametrize(
    ("action", "outcome"), [("failed", "failed"), ("delayed", "delayed"), ("relayed", "delivered")]
)
def test_delivery_reports(action, outcome):
    report = mail.parse(DSN.replace(b"ACTION", action.encode())).report
    assert report == mail.Report(
        outcome, "<ours@shop.example>", "karin@example.com", "5.1.1", "550 5.1.1 no such user"
    )


def test_of_several_recipients_the_worst_is_told():
    other = b"Final-Recipient: rfc822; boss@example.com\nAction: relayed\nStatus: 2.0.0\n\n"
    raw = DSN.replace(b"ACTION", b"failed").replace(b"Final-Recipient", other + b"Final-Recipient", 1)
    report = mail.parse(raw).report
    assert (report.outcome, report.recipient, report.code) == ("failed", "karin@example.com", "5.1.1")


@pytest.mark.parametrize(
    ("body", "text", "is_encrypted", "files"),
    [
        (
            (
                "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- -- \nKarin\n\n"
                "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
            ),
            "Hello\n-- \nKarin",
            False,
            [],
        ),
        (
            "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n",
            "",
            True,
            ["encrypted.asc"],
        ),
        ("See -----BEGIN PGP MESSAGE-----", "See -----BEGIN PGP MESSAGE-----", False, []),
        ("-----BEGIN PGP SIGNED MESSAGE-----", "", False, []),
    ],
)
def test_pgp_without_mime(body, text, is_encrypted, files):
    found = mail.parse(b"From: karin@example.com\n\n" + body.encode())
    assert (found.text.strip(), found.is_encrypted) == (text, is_encrypted)
    assert [file.name for file in found.files] == files


def test_a_read_receipt():
    raw = DSN.replace(b"delivery-status", b"disposition-notification").replace(
        b"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; Karin@Example.com\nAction: ACTION\n",
        b"Original-Message-ID: <ours@shop.example>\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\n",
    )
    assert mail.parse(raw).report == mail.Report("read", "<ours@shop.example>")


def test_a_bounce_without_any_form():
    raw = b"""From: postmaster@old.example
Subject: failure notice

Hi. This is the qmail-send program.
<karin@example.com>:
550 no mailbox here

--- Below this line is a copy of the message.
Message-Id: <ours@shop.example>
"""
    assert mail.parse(raw).report == mail.Report(
        "failed", "<ours@shop.example>", "karin@example.com", "", "550 no mailbox here"
    )


NEW = "Thank you!\n\nGreetings, Karin"


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 24 Nov 2025 at 09:00, Shop <support@shop.example> wrote:\n> Hello",
        "Op ma 24 nov. 2025 om 09:00 schreef Shop <support@shop.example>:\n> Hallo",
        "Op 24 nov. 2025, om 09:00 heeft Shop <support@shop.example> het volgende\ngeschreven:\n\n> Hallo",
        "Am 24.11.2025 um 09:00 schrieb Shop:\n> Hallo",
        "Le lun. 24 nov. 2025 à 09:00, Shop <support@shop.example> a écrit :\n> Bonjour",
        "-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: Karin\n\nHello",
        "-----Oorspronkelijk bericht-----\nVan: Shop\n\nHallo",
        (
            "________________________________\nVan: Shop <support@shop.example>\n"
            "Verzonden: maandag 24 november\nAan: Karin\nOnderwerp: Bestelling\n\nHallo"
        ),
        "Von: Shop\nGesendet: Montag\nAn: Karin\nBetreff: Bestellung\n\nHallo",
        "De : Shop\nEnvoyé : lundi\nÀ : Karin\nObjet : Commande\n\nBonjour",
        "> Hello\n> there",
    ],
    ids=lambda quoted: quoted[:20],
)
def test_quotations_are_told_apart(quoted):
    assert mail_body.split(f"{NEW}\n\n{quoted}") == mail_body.Parts(NEW, "", quoted)


def test_answers_between_the_lines_stay():
    text = "> Which colour?\n\nBlue.\n\n> Which size?\n\nSmall."
    assert mail_body.split(text).new == text


def test_what_only_looks_like_a_quotation_stays():
    text = "On Monday I wrote:\nplease send it back.\nFrom: the heart"
    assert mail_body.split(text).new == text


def test_a_forwarded_mail_is_all_new():
    text = "---------- Forwarded message ----------\nFrom: Bob\nDate: today\nSubject: x\n\nHello"
    assert mail_body.split(text).new == text


@pytest.mark.parametrize(
    "sign", ["-- \nKarin\nShop owner", "Verzonden vanaf mijn iPhone", "Sent from my Galaxy"]
)
def test_signatures(sign):
    assert mail_body.split(f"Hello\n\n{sign}") == mail_body.Parts("Hello", sign.strip(), "")


def test_remote_images_are_held_back():
    held = mail_body.hold_back_images(
        '<p background="http://t.example/b">Hi'
        '<img src="https://t.example/1.gif" srcset="https://t.example/2 2x">'
        '<img src="//t.example/3"><img src="cid:i1"><img src="data:image/png;base64,aGE="></p>'
    )
    assert 'data-original-src="https://t.example/1.gif"' in held
    assert ' src="https' not in held
    assert ' src="//' not in held
    assert "srcset" not in held
    assert "background" not in held
    assert 'src="cid:i1"' in held
    assert 'src="data:' in held


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color: red; background: URL(https://t.example/1)", "color: red"),
        ("background-image: u\\72l(https://t.example/1)", ""),
        ("background: image-set('https://t.example/1' 1x)", ""),
        ("color: rgb(1, 2, 3)", "color: rgb(1, 2, 3)"),
    ],
)
def test_styles_load_nothing(style, kept):
    assert mail_body.hold_back_images(f'<p style="{style}">Hi</p>') == f'<p style="{kept}">Hi</p>'


def test_html_as_text():
    html = (
        "<html><head><title>x</title><style>y</style></head>"
        "<body><p>One\ntwo</p><div>three<br>four</div><script>z</script>"
    )
    assert mail_body.html_to_text(html) == "One two\n\nthree\nfour"


@pytest.mark.parametrize("depth", [10, 250, 300, 5000])
def test_html_nested_however_deeply_keeps_its_text(depth):
    html = "<div>" * depth + "<style>x</style>Where is<br>my &lt;order&gt;? <b>Now</b>" + "</div>" * depth
    assert mail_body.html_to_text(html) == "Where is\nmy <order>? Now"


@pytest.mark.parametrize("piece", ["<", "<a", "<script>", "</script>", "&lt;", "<p>x"])
def test_html_that_no_parser_takes_takes_time_in_proportion(piece):
    mail_body.html_to_text("<div>" * 300 + piece * 200_000)


def mutate(raw, seed):
    """Cut, repeat, swap and spoil pieces of a mail."""
    rand = random.Random(seed)
    data = bytearray(raw)
    for _change in range(rand.randint(1, 12)):
        at = rand.randrange(len(data) + 1)
        to = min(len(data), at + rand.randint(0, 80))
        piece = bytes(data[at:to])
        data[at:to] = rand.choice(
            [
                b"", piece * 2, rand.randbytes(rand.randint(1, 20)), b"\n\n", b"--X\n", b"=?utf-8?b?!!?=",
                b"\0",
                b"Content-Type: multipart/mixed; boundary=X\n", b"\xed\xa0\x80", b"(" * 50, b"<" * 20, b'"',
            ]
        )  # fmt: skip
    return bytes(data)


@settings(max_examples=5000, deadline=None)
@given(st.sampled_from([RAW, DSN]), st.integers(0, 2**64))
def test_mutated_mails(raw, seed):
    """Whatever it is: a mail, or a clear word that it is none; and what comes out fits into a database."""
    try:
        found = mail.parse(mutate(raw, seed))
    except MalformedBody:
        return
    held = mail_body.hold_back_images(found.html)
    mail_body.replace_images(held, {"i1": "/web/image/1"})
    mail_body.split(found.text)
    for text in (found.subject, found.text, held, found.message_id, *(file.name for file in found.files)):
        assert "\0" not in text
        text.encode("utf-8")


@settings(max_examples=300, deadline=2000)
@given(st.text(string.printable, max_size=3000), st.integers(1, 400))
def test_bodies_take_time_in_proportion(text, times):
    mail_body.split(text * times)


def test_forwarded_are_new_words_and_chosen_images():
    html = (
        '<p>New <img src="/web/image/1"> <img src="/web/image/12"></p>tail'
        '<div data-o-mail-quote="1">old <b data-o-mail-quote="1">older</b></div> end'
    )
    forwarded = mail_body.to_forward(html, lambda source: source == "/web/image/1", with_quotation=False)
    assert forwarded == '<p>New <span></span> <img src="/web/image/12"></p>tail<span></span> end'
    whole = mail_body.to_forward(html, lambda source: False, with_quotation=True)
    assert "older" in whole
    assert "/web/image/1" in whole


def test_where_all_is_a_quotation_all_is_forwarded():
    html = '<blockquote data-o-mail-quote="1">What was asked</blockquote>'
    assert "What was asked" in mail_body.to_forward(html, lambda source: False, with_quotation=False)
    assert mail_body.to_forward("", lambda source: False, with_quotation=False) == ""


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"Auto-Submitted": "no"}, False),
        ({"X-Auto-Response-Suppress": "DR, RN"}, False),
        ({"Reply-To": "karin@example.com"}, False),
        ({"Auto-Submitted": "auto-generated"}, True),
        ({"Precedence": "list"}, True),
        ({"List-Unsubscribe": "<mailto:out@example.com>"}, True),
        ({"List-Id": "Bells <bells.example.com>"}, True),
        ({"X-Auto-Response-Suppress": "DR, OOF"}, True),
        ({"X-Auto-Response-Suppress": "All"}, True),
        ({"Reply-To": "no-reply@example.com"}, True),
        ({"X-Spam-Flag": "YES"}, True),
    ],
)
def test_what_no_program_should_answer(headers, expected):
    raw = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
    raw += b"From: ada@example.com\r\nMessage-Id: <a@example.com>\r\n\r\nHello"
    assert mail.parse(raw).is_impersonal == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("no-reply@example.com", True),
        ("noreply@example.com", True),
        ("no_reply+1234@example.com", True),
        ("do-not-reply@example.com", True),
        ("mailer-daemon@example.com", True),
        ("bounces-12@example.com", True),
        ("norbert@example.com", False),
        ("noreplyer.jones@example.com", False),
        ("ada@noreply.example.com", False),
        ("", False),
    ],
)
def test_addresses_that_nobody_reads(address, expected):
    assert mail.is_nobody(address) == expected
