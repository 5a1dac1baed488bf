from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import email_normalize, email_split, formataddr, plaintext2html

# No program is to answer it, and none that does is to be taken for a customer.
_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class OmnichannelRuleAction(models.Model):
    """Rules that mail somebody of ours, or a partner: never the customer."""

    _inherit = "omnichannel.rule.action"

    kind = fields.Selection(selection_add=[("mail", "E-mail to")], ondelete={"mail": "cascade"})
    mail_to = fields.Char("Addresses", help="With commas between them.")
    mail_subject = fields.Char("Subject", translate=True)
    mail_text = fields.Text(
        "Message",
        translate=True,
        help="{customer}, {agent} and {reference} are filled in. A link to the conversation follows.",
    )

    @api.depends("mail_to", "mail_subject")
    @api.depends_context("lang")
    def _compute_display_name(self):
        super()._compute_display_name()

    @api.constrains("mail_to", "mail_subject")
    def _check_mail(self):
        self.rule_id._check_can_run()

    def _mail_addresses(self):
        return email_split(self.mail_to or "")

    def _missing_mail(self):
        addresses = self._mail_addresses()
        if not addresses and not (self.user_id.active and self.user_id.email_normalized):
            return self.env._("The rule has nobody to mail: choose a person with an address, or enter one.")
        if (self.mail_to or "").count("@") != len(addresses):
            return self.env._("%s is no list of e-mail addresses.", self.mail_to)
        ours = {email_normalize(channel.address or "") for channel in self._mailboxes()}
        for address in addresses:
            if email_normalize(address) in ours:
                # It would come in as a customer's, and set off rules again.
                return self.env._("%s is an address of our own.", address)
        if not self.mail_subject:
            return self.env._("The rule's mail has no subject.")
        return False

    def _mailboxes(self):
        return self.env["omnichannel.channel"].search(
            [("channel_type", "=", "email"), ("company_id", "=", self.company_id.id)]
        )

    def _words_mail(self):
        whom = ", ".join(filter(None, [self.user_id.name, self.mail_to]))
        return self.env._("mailed %(whom)s: %(subject)s", whom=whom or "?", subject=self.mail_subject or "?")

    def _do_mail(self, conversation):
        customers = {conversation.partner_id.email_normalized, *conversation.identity_ids.mapped("key")}
        mails = [
            self._mail_values(conversation, formataddr((False, address)), self.env.lang)
            for address in self._mail_addresses()
            if email_normalize(address) not in customers
        ]
        if user := self.user_id.filtered("active"):
            mails.append(
                self._mail_values(conversation, formataddr((user.name, user.email_normalized)), user.lang)
            )
        self.env["omnichannel.notice"]._queue(mails)

    def _mail_values(self, conversation, address, lang):
        speaking = conversation.with_context(lang=lang)
        own = self.with_context(lang=lang)
        url = f"{conversation.get_base_url()}/odoo/{conversation._name}/{conversation.id}"
        subject, text = (
            speaking._fill_in(words or "", conversation.identity_id)
            for words in (own.mail_subject, own.mail_text)
        )
        return {
            "email_from": self.env["omnichannel.notice"]._company_address(conversation),
            "email_to": address,
            "author_id": False,
            "subject": " ".join(subject.split()),
            "body_html": plaintext2html(text)
            + Markup('<p><a href="%s">%s</a></p>') % (url, conversation.display_name),
            "headers": repr(_HEADERS),
            "auto_delete": True,
        }
