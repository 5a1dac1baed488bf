import base64
import hashlib

from odoo.tests import tagged

from .common import WhatsappCase

CONTENT = b"%PDF-1.4 a customer's file"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@tagged("post_install", "-at_install")
class TestMedia(WhatsappCase):
    """Files of customers: shown at once, downloaded apart."""

    def offer(self, content=CONTENT, **about):
        found = {"url": f"{self.graph.url}/file", "mime_type": "application/pdf", "file_size": len(content)}
        self.graph.answers["GET /77"] = (200, found | about)
        self.graph.answers["GET /file"] = (200, content)

    def receive_file(self, kind="document", **content):
        content = {"id": "77", "mime_type": "application/pdf", "filename": "invoice.pdf"} | content
        return self.receive_messages(self.message(kind, **{kind: content}))

    def fetch(self, row):
        call = row.channel_id._adapter()._prepare_fetch(row)
        row._record_file(self.env["omnichannel.message"]._call(call))

    def test_the_message_is_there_before_its_file(self):
        row = self.receive_file(caption="My invoice")
        self.assertEqual(row.media_state, "pending")
        self.assertIn("My invoice", row.mail_message_id.body)
        self.assertFalse(self.graph.requests, "receiving calls nobody")

    def test_the_file_follows(self):
        self.offer()
        for digest in (DIGEST, base64.b64encode(bytes.fromhex(DIGEST)).decode(), ""):
            row = self.receive_file(sha256=digest)
            self.fetch(row)
            self.assertEqual(row.media_state, "done")
            self.assertEqual(row.mail_message_id.attachment_ids.raw, CONTENT)
            self.assertEqual(row.attachment_id.name, "invoice.pdf")
        self.assertEqual({r["token"] for r in self.graph.requests}, {"Bearer the token"})

    def test_a_damaged_or_cut_file_is_tried_again(self):
        self.offer()
        row = self.receive_file(sha256="0" * 64)
        self.fetch(row)
        self.assertEqual((row.media_state, row.error_code), ("pending", "sha256"))
        self.offer(file_size=999)
        self.fetch(row)
        self.assertEqual((row.media_state, row.error_code), ("pending", "size"))

    def test_an_expired_address_is_asked_for_again(self):
        self.offer()
        self.graph.answers["GET /file"] = (404, b"gone")
        row = self.receive_file()
        self.fetch(row)
        self.assertEqual(row.media_state, "pending")
        self.offer()
        self.fetch(row)
        self.assertEqual(row.media_state, "done")

    def test_a_file_that_is_gone_leaves_its_message(self):
        row = self.receive_file(caption="My invoice")
        self.fetch(row)
        self.assertEqual(row.media_state, "failed")
        self.assertIn("My invoice", row.mail_message_id.body)

    def test_an_address_in_the_webhook_is_never_fetched(self):
        self.offer()
        row = self.receive_file(id="", url=f"{self.graph.url}/file", link=f"{self.graph.url}/file")
        self.fetch(row)
        self.assertEqual(row.media_state, "failed")
        self.assertFalse(self.graph.requests)

    def test_an_id_leads_nowhere_else(self):
        row = self.receive_file(id="../../me/accounts")
        self.fetch(row)
        self.assertFalse(self.graph.requests)

    def test_a_page_that_calls_itself_an_image_is_plain_text(self):
        page = b"<html><script>alert(1)</script></html>"
        self.offer(page, mime_type="image/png")
        row = self.receive_file("image", mime_type="image/png", filename="../../a.html")
        self.fetch(row)
        self.assertEqual(row.attachment_id.mimetype, "text/plain")
        self.assertNotIn("/", row.attachment_id.name)

    def test_a_voice_note(self):
        self.offer(b"OggS voice", mime_type="audio/ogg; codecs=opus")
        row = self.receive_file("audio", mime_type="audio/ogg; codecs=opus", filename="", voice=True)
        self.fetch(row)
        self.assertEqual(row.attachment_id.mimetype, "audio/ogg")
        self.assertTrue(row.attachment_id.name.startswith("audio"))
