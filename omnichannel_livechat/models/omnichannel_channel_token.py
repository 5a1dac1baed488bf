import hashlib
import logging
import secrets
import time
from dataclasses import replace

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from .. import wire

_logger = logging.getLogger(__name__)


class OmnichannelChannel(models.Model):
    """Who is logged in at a shop that runs elsewhere, by a token that it signs with the channel's secret."""

    _inherit = "omnichannel.channel"

    def action_renew_secret(self):
        """Believe nothing any more that was signed until now."""
        # The field's group decides who may.
        self.livechat_secret = secrets.token_urlsafe(32)

    def _read_token(self, token):
        """(key, ``wire.Person``) of whom a token names; (False, None) when it is not to be believed.

        :param token: as a visitor's browser sent it; it may be anything
        """
        if not self or not token:
            return False, None
        # The secret is the system's; it is used here, and leaves in no way.
        secret = self.sudo().livechat_secret
        try:
            person = wire.read(token, secret or "", self.livechat_channel_id.id, time.time())
        except wire.BadToken as error:
            _logger.info("Channel %s: a visitor's token is not believed: %s", self.id, error)
            return False, None
        person = replace(person, phone=self._e164(person.phone))
        return self._person_key(person), person

    def _e164(self, number):
        """A number in E.164, or nothing; one without a country is of the company's."""
        country = self.company_id.country_id
        return (number and self.env["res.partner"]._phone_format(number=number, country=country)) or ""

    def _partners_of(self, person):
        """Partners who may be whom a token names."""
        said = self.env["omnichannel.identity"].new(
            {
                "introduced_email": email_normalize(person.email),
                "introduced_phone": person.phone,
                "introduced_ref": person.ref,
            }
        )
        return self.env["res.partner"].search(
            said._introduced_domain() & Domain("company_id", "in", (False, self.company_id.id)), limit=20
        )

    def _person_key(self, person):
        """What somebody is called who is logged in at this channel's shop: the same in all their browsers."""
        subject = (
            f"ref:{person.ref}"
            if person.ref
            else f"email:{person.email.lower()}"
            if person.email
            else f"phone:{person.phone}"
        )
        digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
        return f"shop:{self.livechat_channel_id.id}:{digest}"

    def _journal_introduction(self, visitor, said):
        """Write down what is said of a visitor (a guest or a partner)."""
        item = {
            "kind": "introduction",
            "at": fields.Datetime.to_string(fields.Datetime.now()),
            "visitor": visitor._omnichannel_visitor_data(),
            **said,
        }
        raw = wire.body(self.livechat_channel_id.id, 0, [item])
        # Visitors may not write in our journal; what is said of them is written there.
        self.env["omnichannel.event"].sudo()._journal(self, raw)
