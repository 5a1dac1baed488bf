from urllib.parse import urlsplit

from odoo import fields, models


class OmnichannelRuleAction(models.Model):
    """Tell another system what happened."""

    _inherit = "omnichannel.rule.action"

    kind = fields.Selection(
        selection_add=[("webhook", "Call another system (webhook)")], ondelete={"webhook": "cascade"}
    )
    webhook_url = fields.Char("Address", help="Gets the conversation as JSON, by POST.")
    webhook_secret = fields.Char(
        "Secret",
        groups="base.group_system",
        copy=False,
        help="If set, each call is signed with it: its header X-Omnichannel-Signature is sha256= and the "
        "HMAC of the body.",
    )

    def _missing_webhook(self):
        parts = urlsplit(self.webhook_url or "")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return self.env._("Enter the whole address to call, with https:// before it.")
        return False

    def _do_webhook(self, conversation):
        # A rule runs as the system; whoever sees the calls is decided by their own rights.
        self.env["omnichannel.rule.call"].sudo().create(
            {
                "action_id": self.id,
                "rule_id": self.rule_id.id,
                "company_id": conversation.company_id.id,
                "conversation_id": conversation.id,
                "url": self.webhook_url,
                "payload": self._webhook_payload(conversation),
            }
        )

    def _webhook_payload(self, conversation):
        """What another system is told: what happened, and the conversation as it is now."""
        customer, base = conversation.partner_id, conversation.get_base_url()
        return {
            "event": self.rule_id.trigger,
            "rule": self.rule_id.name,
            "date": fields.Datetime.now().isoformat(timespec="seconds") + "Z",
            "conversation": {
                "id": conversation.id,
                "reference": conversation.name,
                "subject": conversation.subject or None,
                "state": conversation.state,
                "priority": conversation.priority,
                "channel": conversation.channel_id.name or None,
                "team": conversation.team_id.name or None,
                "assigned_to": conversation.user_id.name or None,
                "tags": conversation.tag_ids.mapped("name"),
                "orders": conversation.order_ids.mapped("name"),
                "url": f"{base}/odoo/{conversation._name}/{conversation.id}",
            },
            "customer": {
                "id": customer.id or None,
                "name": customer.name or conversation.identity_id.name or None,
                "email": customer.email or None,
                "phone": customer.phone or None,
            },
        }

    def _words_webhook(self):
        return self.env._("told %s", urlsplit(self.webhook_url or "").hostname or "?")
