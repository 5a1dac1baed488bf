from odoo import fields, models


class MailGuest(models.Model):
    """A visitor's browser, and who a shop elsewhere says is logged in there.

    A browser that was one customer's is no other's: when they log out, or another one logs in, it becomes a
    new guest, who sees nothing of what the first one wrote.
    """

    _inherit = "mail.guest"

    # What a shop signed is the system's; nobody reads or writes it as a field.
    omnichannel_key = fields.Char(index="btree_not_null", readonly=True, groups=fields.NO_ACCESS)
    omnichannel_person = fields.Json(readonly=True, groups=fields.NO_ACCESS)

    def _omnichannel_visitor_data(self):
        """The visitor as the journal calls them."""
        guest = self.sudo()
        if not guest.omnichannel_person:
            return {"key": f"guest:{guest.id}", "name": guest.name}
        said = guest.omnichannel_person
        address = said["email"] or said["phone"] or said["ref"]
        return {"key": guest.omnichannel_key, "name": guest.name, "address": address}

    def _omnichannel_is_of(self, channel, key, partners):
        """Whether this browser may go on as the person with this key (nobody, if it is empty).

        :param partners: whom that person may be
        """
        own = self.sudo().omnichannel_key
        if own or not key or not self:
            return not own or own == key
        # By a code, or by an agent, a guest may have become known as somebody else.
        known = channel.env["omnichannel.identity"].search(
            [
                ("channel_type", "=", channel.channel_type),
                ("company_id", "=", channel.company_id.id),
                ("key", "=", f"guest:{self.id}"),
                ("partner_id", "!=", False),
            ]
        )
        return not known or any(known.partner_id._omnichannel_is_same_customer(one) for one in partners)

    def _omnichannel_become(self, channel, key, person):
        """This browser is a person's from now on; what was said in it before was said by them.

        :param channel: the channel of the inbox whose secret signed it
        :param key: what this person is called there
        :param person: ``wire.Person``
        """
        guest = self.sudo()
        said = {"email": person.email, "phone": person.phone, "ref": person.ref}
        if guest.omnichannel_person == said and guest.omnichannel_key == key:
            return
        former = None if guest.omnichannel_key else f"guest:{guest.id}"
        guest.write({"omnichannel_key": key, "omnichannel_person": said})
        if person.name and guest.name != person.name:
            guest._update_name(person.name)
        channel._journal_introduction(guest, {**said, "proven": True, "former": former})

    def _omnichannel_log_in(self, channel, partner):
        """This browser's visitor has logged in here: what was said in it before was said by them."""
        guest = self.sudo()
        sessions = guest.channel_ids.filtered_domain(
            [("livechat_channel_id", "=", channel.livechat_channel_id.id)]
        )
        if sessions and not guest.omnichannel_key:
            guest.omnichannel_key = f"partner:{partner.id}"
            channel._journal_introduction(partner, {"proven": True, "former": f"guest:{guest.id}"})
