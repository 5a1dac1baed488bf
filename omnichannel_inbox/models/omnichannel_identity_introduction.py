from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..wire import variants
from .omnichannel_conversation import OPEN_STATES


class OmnichannelIdentity(models.Model):
    """What people say of themselves besides the address from which they write.

    Somebody whom we trust may vouch for it: then it tells whose address this is. Merely claimed, it helps
    agents to find the customer and does nothing by itself.
    """

    _inherit = "omnichannel.identity"

    introduced_email = fields.Char("E-mail Given", readonly=True, copy=False)
    introduced_phone = fields.Char("Number Given", readonly=True, copy=False)
    introduced_ref = fields.Char("Customer Reference Given", readonly=True, copy=False)
    introduced_order = fields.Char("Order Given", readonly=True, copy=False)
    is_introduction_proven = fields.Boolean(
        "Introduction Is Proven", readonly=True, copy=False, help="Somebody whom we trust has vouched for it."
    )

    @api.model
    def _introduce(self, channel, item):
        """Take over what a sender says of themselves.

        :param item: ``wire.Introduction``
        """
        identity = self._known_before(channel, item)
        identity._note_introduction(item)
        conversation = identity.conversation_id
        if item.order and conversation.state in OPEN_STATES:
            conversation._tie_orders({conversation: [item.order]})
            conversation._announce()

    @api.model
    def _known_before(self, channel, item):
        """The address of who introduces themselves, with what was said from their former one."""
        former = self.browse()
        if item.former:
            known, _by_uid = self._find(channel, [item.former])
            former = known.get(item.former.key, former)
            if former.partner_id:
                # It is somebody's: if that is the same person, they are found by that.
                former = self.browse()
        known, _by_uid = self._find(channel, [item.sender])
        if former and item.sender.key not in known:
            former._refresh(item.sender)
            return former
        [identity] = self._get_or_create(channel, [item.sender])
        if former and former != identity:
            identity._take_over(former)
        return identity

    def _take_over(self, former):
        """Go on where the same person was known by another address."""
        conversation = former.conversation_id
        if conversation.state in OPEN_STATES:
            conversation._link("identity_ids", [(conversation, self)])
            self._lock_current({self: conversation})
        if self.partner_id:
            former._relink(self.partner_id)

    def _note_introduction(self, item):
        """Remember what is said; a mere claim takes nothing back that is proven."""
        values = {"introduced_order": item.order} if item.order else {}
        if item.is_proven or not self.is_introduction_proven:
            said = {
                "introduced_email": email_normalize(item.email) or False,
                "introduced_phone": item.phone,
                "introduced_ref": item.is_proven and item.ref,
                "is_introduction_proven": item.is_proven,
            }
            values |= {name: value for name, value in said.items() if value}
        self.write(values)
        if item.is_proven and not self.partner_id:
            partner = self._matching_partners()._omnichannel_one_customer()
            if partner:
                self._relink(partner)

    def _introduced_domain(self):
        """Partners who are what was said, whoever said it; none when nothing was."""
        self.ensure_one()
        said = {
            "email_normalized": [self.introduced_email],
            "phone_sanitized": sorted(variants(self.introduced_phone or "")),
            "ref": [self.introduced_ref],
        }
        return Domain.OR(Domain(name, "in", values) for name, values in said.items() if any(values))

    @api.depends("introduced_email", "introduced_phone", "introduced_ref")
    def _compute_candidate_partner_ids(self):
        """Those, too, who are merely claimed: agents decide."""
        super()._compute_candidate_partner_ids()
        Partner = self.env["res.partner"]
        for identity in self:
            domain = identity._introduced_domain() & Domain(
                "company_id", "in", (False, identity.company_id.id)
            )
            identity.candidate_partner_ids |= Partner.search(domain, limit=20)

    def _introduced_on(self, channel):
        """The address on another channel that is said to be theirs, made when there is none; nobody's at all
        if nothing was said.

        That of a customer whom we know is not taken on somebody's word.
        """
        self.ensure_one()
        own = {"channel_type": channel.channel_type, "company_id": channel.company_id.id}
        found = channel._adapter()._recipients(channel, self.introduced_email, self.introduced_phone)
        for values in found[:1]:
            domain = [(name, "=", value) for name, value in {**own, "key": values["key"]}.items()]
            known = self.search(domain) or self._insert([{**own, **values, "name": self.name}])
            whose = known.partner_id
            is_free = self.is_introduction_proven or not whose
            return known if is_free or whose._omnichannel_is_same_customer(self.partner_id) else self.browse()
        return self.browse()

    def _introduction_data(self):
        """What the panel shows of it, or False."""
        self.ensure_one()
        said = [
            self.introduced_email,
            self.introduced_phone,
            self.introduced_ref,
            not self.is_introduction_proven and self.introduced_order,
        ]
        said = [value for value in said if value]
        # Not the empty list, which the client takes for something.
        return {"said": said, "is_proven": self.is_introduction_proven} if said else False
