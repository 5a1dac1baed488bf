from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

NEVER_OPENED = fields.Datetime.to_datetime("1970-01-01")  # end of the window of who never wrote


class OmnichannelIdentity(models.Model):
    """One address of one person on one type of channel.

    It points to a customer once somebody (or an unambiguous match) is sure who it is.
    """

    _name = "omnichannel.identity"
    _description = "Customer Address"
    _order = "id DESC"
    _rec_names_search = ["name", "address"]

    channel_type = fields.Selection(
        selection=lambda self: (
            self.env["omnichannel.channel"]._fields["channel_type"]._description_selection(self.env)
        ),
        required=True,
        string="Type",
    )
    key = fields.Char(
        required=True, help="The address in the one form in which all its spellings are the same."
    )
    address = fields.Char(required=True, help="The form in which the customer wrote last; answers go there.")
    external_uid = fields.Char("Provider's Id", index="btree_not_null")
    name = fields.Char(help="What the customer calls themselves.")
    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one("res.partner", "Customer", index="btree_not_null", ondelete="set null")
    previous_partner_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    is_link_undoable = fields.Boolean(readonly=True)
    guest_id = fields.Many2one("mail.guest", readonly=True, index="btree_not_null", ondelete="set null")
    conversation_id = fields.Many2one(
        "omnichannel.conversation",
        "Current Conversation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Where the next message goes, unless it answers another one.",
    )
    conversation_ids = fields.Many2many(
        "omnichannel.conversation",
        "omnichannel_conversation_identity_rel",
        "identity_id",
        "conversation_id",
        string="Conversations",
        readonly=True,
    )
    last_inbound = fields.Json(
        readonly=True, help="When the customer last wrote to each channel (their own clock, UTC), by its id."
    )
    candidate_partner_ids = fields.Many2many(
        "res.partner", compute="_compute_candidate_partner_ids", string="Possible Customers"
    )

    _key_uniq = models.UniqueIndex("(channel_type, key, company_id)")
    _external_uid_uniq = models.UniqueIndex(
        "(channel_type, external_uid, company_id) WHERE external_uid IS NOT NULL"
    )

    @api.depends("address", "name")
    def _compute_display_name(self):
        for identity in self:
            identity.display_name = " · ".join(dict.fromkeys(filter(None, [identity.name, identity.address])))

    def _person_name(self):
        """What to call who writes from here."""
        self.ensure_one()
        return self.partner_id.name or self.name or self.address

    @api.depends("partner_id", "key", "channel_type")
    def _compute_candidate_partner_ids(self):
        for identity in self:
            identity.candidate_partner_ids = identity._matching_partners()

    def _matching_partners(self):
        """Partners that have this address, whoever of them it is."""
        self.ensure_one()
        return self.env["res.partner"].search(self._partner_domain(), limit=20)

    def _matching_partners_each(self):
        """The same for many addresses, in one query: {identity: partners}."""
        domains = {identity: identity._partner_domain() for identity in self}
        found = self.env["res.partner"].search(Domain.OR(domains.values()))
        return {identity: found.filtered_domain(domain) for identity, domain in domains.items()}

    def _partner_domain(self):
        domain = self.env["omnichannel.adapter"]._of_type(self.channel_type)._partner_domain(self)
        return Domain(domain) & Domain("company_id", "in", (False, self.company_id.id))

    @api.model
    def _get_or_create(self, channel, senders):
        """The identities of ``senders`` (wire), in their order, made where there is none.

        Race-free: the unique index decides; who comes second sees a serialization
        failure and starts again with the other's row.
        """
        by_key, by_uid = self._find(channel, senders)
        new = {}
        for sender in senders:
            known = by_key.get(sender.key) or (sender.uid and by_uid.get(sender.uid))
            if not known:
                new.setdefault(sender.key, sender)
        if new:
            for identity in self._create_from_senders(channel, list(new.values())):
                by_key[identity.key] = identity
        found = self.browse()
        result = []
        for sender in senders:
            identity = by_key.get(sender.key) or by_uid[sender.uid]
            identity._refresh(sender)
            result.append(identity)
            found |= identity
        return result

    @api.model
    def _find(self, channel, senders):
        """Known identities of senders, by key and by the provider's id."""
        known = self.search(
            [
                ("channel_type", "=", channel.channel_type),
                ("company_id", "=", channel.company_id.id),
                "|",
                ("key", "in", list({sender.key for sender in senders})),
                ("external_uid", "in", list({sender.uid for sender in senders if sender.uid})),
            ]
        )
        return {i.key: i for i in known}, {i.external_uid: i for i in known if i.external_uid}

    @api.model
    def _create_from_senders(self, channel, senders):
        identities = self._insert(
            [
                {
                    "channel_type": channel.channel_type,
                    "company_id": channel.company_id.id,
                    "key": sender.key,
                    "address": sender.address or sender.uid,
                    "external_uid": sender.uid,
                    "name": sender.name,
                }
                for sender in senders
            ]
        )
        for identity, partners in identities._matching_partners_each().items():
            if partners:
                identity.partner_id = partners._omnichannel_one_customer()
        identities._ensure_guests()
        return identities

    @api.model
    def _of_partner(self, channel, partner):
        """The address under which ``partner`` can be written to first on ``channel``, if any.

        It is made when there is none; one that somebody else has already is not taken.
        """
        recipients = channel._adapter()._recipients(channel, partner.email, partner.phone_sanitized)
        for values in recipients:
            own = {"channel_type": channel.channel_type, "company_id": channel.company_id.id}
            known = self.search([(name, "=", value) for name, value in {**own, "key": values["key"]}.items()])
            if not known:
                return self._insert([{**own, **values, "name": partner.name, "partner_id": partner.id}])
            if not known.partner_id or known.partner_id._omnichannel_is_same_customer(partner):
                return known
        return self.browse()

    @api.model
    def _insert(self, vals_list):
        """Make addresses that were looked for and not found; all of them have values for the same fields.

        Race-free: whoever makes the same one at the same moment and comes second starts again, and finds the
        first one's. By a statement of our own, as that is no error and must not be logged as one.
        """
        names = list(vals_list[0])
        now, uid = self.env.cr.now(), self.env.uid
        rows = [
            SQL("%s", (*(self._column(name, vals[name]) for name in names), uid, now, uid, now))
            for vals in vals_list
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO omnichannel_identity (%s, create_uid, create_date, write_uid, write_date)
                   VALUES %s ON CONFLICT (channel_type, key, company_id) DO NOTHING RETURNING id""",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(rows),
            ),
            log_exceptions=False,
        )
        identities = self.browse(identity_id for (identity_id,) in self.env.cr.fetchall())
        identities.modified(names)
        return identities

    @api.model
    def _column(self, name, value):
        return self._fields[name].convert_to_column_insert(value, self)

    def _refresh(self, sender):
        """Take over what a new message tells about its sender."""
        values = {
            "address": sender.address,
            "name": sender.name,
            "external_uid": sender.uid,
        }
        changed = {name: value for name, value in values.items() if value and self[name] != value}
        if sender.address and sender.key != self.key:
            # Known by the provider's id alone until now; the number is new.
            changed["key"] = sender.key
        if changed:
            self.write(changed)
        if "name" in changed and self.guest_id:
            # Somebody whom we wrote to first is nothing but an address until they tell their name.
            self.guest_id.sudo().name = sender.name[:100]

    def _ensure_guests(self):
        """An author for the messages of who has no partner yet."""
        guestless = self.filtered(lambda identity: not identity.partner_id and not identity.guest_id)
        if guestless:
            guests = (
                self.env["mail.guest"]
                .sudo()
                .create([{"name": (identity.name or identity.address)[:100]} for identity in guestless])
            )
            for identity, guest in zip(guestless, guests):
                identity.guest_id = guest

    def action_link(self, partner_id):
        """Say that this address is ``partner_id``'s; undone by :meth:`action_undo_link`."""
        self.ensure_one()
        self.check_access("read")
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        self._relink(partner)

    def action_unlink(self):
        """Say that this address is not this customer's."""
        self.ensure_one()
        self.check_access("read")
        self._relink(self.env["res.partner"])

    def action_undo_link(self):
        """Take the last link, correction or unlink back."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_link_undoable:
            raise UserError(_("There is no change of the customer to take back."))
        self._relink(self.previous_partner_id)
        # Whether the user may was checked by the change itself; addresses are the system's to write.
        self.sudo().is_link_undoable = False

    def action_create_partner(self):
        """Make a customer of this address.

        :return: id of the new customer
        """
        self.ensure_one()
        if self.partner_id:
            raise UserError(_("%s is linked to this address already.", self.partner_id.display_name))
        values = self.env["omnichannel.adapter"]._of_type(self.channel_type)._partner_values(self)
        self._relink(self.env["res.partner"].create(values))
        return self.partner_id.id

    def _relink(self, partner):
        """Move this address and the conversations it leads to another customer (or none).

        Conversations follow when nobody else's address takes part in them; orders
        that are not the new customer's are untied, for they would show a stranger's.
        """
        self._check_may_relink()
        # An agent may correct who wrote although identities are written by the worker alone.
        identity = self.sudo()
        old = identity.partner_id
        identity.write({"partner_id": partner.id, "previous_partner_id": old.id, "is_link_undoable": True})
        identity._ensure_guests()
        conversations = identity.env["omnichannel.conversation"].search(
            [("identity_ids", "in", identity.ids)]
        )
        for conversation in conversations:
            if all(other._is_of(partner) for other in conversation.identity_ids - identity):
                conversation._change_customer(partner)

    def _is_of(self, partner):
        """Whether this is an address of a customer; of none, if nobody is given."""
        self.ensure_one()
        return bool(partner) and self.partner_id._omnichannel_is_same_customer(partner)

    def _check_may_relink(self):
        """Whoever may answer in one of its conversations may say whose address it is."""
        self.check_access("read")
        may_answer = self.conversation_ids._filtered_access("write")
        if not may_answer and not self.has_access("write"):
            raise AccessError(_("You may read these conversations, but not change whose they are."))

    @api.model
    def _lock_current(self, current):
        """Make conversations the current ones of identities.

        Two workers that both open one for the same customer write the same rows here,
        so that the second starts again and finds the first one's conversation.

        :param dict current: {identity: conversation}
        """
        if not current:
            return
        pairs = [(identity.id, conversation.id) for identity, conversation in current.items()]
        self.env.cr.execute(
            SQL(
                """UPDATE omnichannel_identity SET conversation_id = pair.conversation_id
                     FROM (VALUES %s) AS pair (id, conversation_id)
                    WHERE omnichannel_identity.id = pair.id""",
                SQL(", ").join(SQL("%s", pair) for pair in pairs),
            ),
            log_exceptions=False,
        )
        self.union(*current).invalidate_recordset(["conversation_id"], flush=False)

    def _customer_keys(self):
        """What is the same for addresses of one customer alone: {identity: key}."""
        partners = self.partner_id._omnichannel_same_customers() if self.partner_id else {}
        return {
            identity: frozenset(partners[identity.partner_id].ids) if identity.partner_id else identity
            for identity in self
        }

    def _same_customer(self):
        """These addresses and the others that lead to the same customers: {identity: identities}."""
        keys = self._customer_keys()
        partner_ids = {
            partner_id for key in keys.values() if isinstance(key, frozenset) for partner_id in key
        }
        others = self.search([("partner_id", "in", list(partner_ids))]) if partner_ids else self.browse()
        return {
            identity: identity
            | others.filtered(
                lambda other, one=identity, key=key: (
                    one.partner_id and other.partner_id.id in key and other.company_id == one.company_id
                )
            )
            for identity, key in keys.items()
        }

    # -- reply window ------------------------------------------------------

    def _note_inbound(self, channel, moment):
        """Remember when the customer last wrote to a channel; older news change nothing."""
        moments = dict(self.last_inbound or {})
        text = fields.Datetime.to_string(moment)
        if moments.get(str(channel.id), "") < text:
            moments[str(channel.id)] = text
            self.last_inbound = moments

    def _window_end(self, channel):
        """Until when free text may be sent to this address on ``channel``; None is always."""
        self.ensure_one()
        hours = channel._capabilities()["window_hours"]
        if hours is None:
            return None
        last = (self.last_inbound or {}).get(str(channel.id))
        if not last:
            return NEVER_OPENED
        return fields.Datetime.to_datetime(last) + timedelta(hours=hours)
