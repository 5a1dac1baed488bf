"""What an invitation says in a line of its message."""

from odoo.tests import tagged

from .mails import calendar, invitation
from .test_email import EmailCase


@tagged("post_install", "-at_install")
class TestEmailInvitation(EmailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("nl_NL")
        cls.company.resource_calendar_id.tz = "Europe/Amsterdam"
        cls.mailbox.lang = "nl_NL"

    def line(self, content):
        """The first line of the message."""
        mail = invitation(f"{self.id()}-{hash(content)}", content)
        body = self.deliver(mail).mail_message_id.body
        return str(body).partition("<strong>")[2].partition("</strong>")[0].replace("\u202f", " ")

    def event(self, *lines):
        top = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        return (top + "\r\n".join(lines) + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").encode()

    def test_in_the_channels_language_and_the_companys_time(self):
        for method, words in (("REQUEST", "Uitnodiging"), ("CANCEL", "Geannuleerd")):
            self.assertEqual(self.line(calendar(method)), f"{words}: Fitting, 3 dec 2025 14:00 – 14:30, Shop")

    def test_answers(self):
        for answer, words in (
            ("ACCEPTED", "Geaccepteerd"),
            ("DECLINED", "Afgewezen"),
            ("TENTATIVE", "Onder voorbehoud geaccepteerd"),
        ):
            content = calendar("REPLY", f"ATTENDEE;PARTSTAT={answer}:mailto:karin@example.com")
            self.assertTrue(self.line(content).startswith(f"{words}: Fitting"), answer)

    def test_zones(self):
        """Those of Windows, too; times without a zone, or in one that nobody knows, stand as they are."""
        for start, shown in (
            ("DTSTART;TZID=America/New_York:20251203T080000", "14:00"),
            ('DTSTART;TZID="Eastern Standard Time":20251203T080000', "14:00"),
            ("DTSTART;TZID=Customized Time Zone:20251203T080000", "08:00"),
            ("DTSTART;TZID=../../etc/passwd:20251203T080000", "08:00"),
            ("DTSTART:20251203T080000", "08:00"),
            ("DTSTART:99991231T235959Z", "23:59"),
        ):
            self.assertTrue(self.line(self.event(start)).endswith(f" {shown}"), start)

    def test_days(self):
        for lines, shown in (
            (("DTSTART;VALUE=DATE:20251203",), "3 dec 2025"),
            (("DTSTART;VALUE=DATE:20251203", "DTEND;VALUE=DATE:20251204"), "3 dec 2025"),
            (("DTSTART;VALUE=DATE:20251203", "DTEND;VALUE=DATE:20251206"), "3 dec 2025 – 5 dec 2025"),
            (("DTSTART;VALUE=DATE:20251203", "DTEND:20251205T100000Z"), "3 dec 2025 – 4 dec 2025"),
            (("DTSTART:20251203T130000Z", "DTEND:20251204T090000Z"), "3 dec 2025 14:00 – 4 dec 2025 10:00"),
            (("DTSTART:20251203T130000Z", "DTEND:20251201T090000Z"), "3 dec 2025 14:00"),
            ((), "zonder onderwerp"),
        ):
            self.assertEqual(self.line(self.event("CLASS:PUBLIC", *lines)), f"Uitnodiging: {shown}")

    def test_repeated(self):
        found = self.line(self.event("SUMMARY:Yoga", "RRULE:FREQ=WEEKLY"))
        self.assertEqual(found, "Uitnodiging: Yoga, herhaald")

    def test_it_is_text(self):
        body = self.deliver(invitation(self.id(), self.event("SUMMARY:<img src=x onerror=x()>")))
        self.assertIn("&lt;img", body.mail_message_id.body)

    def test_the_calendar_is_a_file_once(self):
        row = self.deliver(invitation(self.id(), calendar("REQUEST")))
        self.assertEqual(row.mail_message_id.attachment_ids.mapped("name"), ["invitation.ics"])
