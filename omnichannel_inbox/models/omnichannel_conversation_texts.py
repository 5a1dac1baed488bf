from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .omnichannel_conversation import QUIET

BATCH = 50
FORGOTTEN = timedelta(days=30)  # old conversations are cleaned up without a word
TOLD_FOR = timedelta(days=1)  # that we are closed, although it could not be said at once
TIME_TO_UNDO = timedelta(seconds=20)  # who closed by mistake can take it back before the customer hears of it


class OmnichannelConversation(models.Model):
    """When a channel's or a team's texts are sent: greeting, out of office, waiting notice, closing text.

    The first two go out with the message that they answer. The others are due at a time, which is looked at
    again when it has come.
    """

    _inherit = "omnichannel.conversation"

    text_due = fields.Datetime("Automatic Text Due", readonly=True, copy=False)
    text_due_kind = fields.Selection(
        [("waiting", "Waiting Notice"), ("closing", "Closing Text")], readonly=True, copy=False
    )

    _text_due_idx = models.Index("(text_due) WHERE text_due IS NOT NULL")

    # -- whose text ----------------------------------------------------------------

    @api.model
    def _has_texts(self):
        """Whether any channel or team has a text switched on; asks the database nothing."""
        return bool(self.env["omnichannel.channel"]._kinds_on() or self.env["omnichannel.team"]._kinds_on())

    def _text_source(self, kind):
        """The channel or team whose text of a kind is sent here, or nothing."""
        self.ensure_one()
        channel, team = self.channel_id, self.team_id
        if kind in channel._kinds_on().get(channel.id, ()):
            return channel
        if not channel.is_without_team_texts and kind in team._kinds_on().get(team.id, ()):
            return team
        return None

    def _send_text(self, kind):
        """Send the text of a kind to where the customer wrote last, if there is one."""
        if source := self._text_source(kind):
            self._try_automatic(
                kind,
                lambda lang: source.with_context(lang=lang)[f"{kind}_text"],
                (self.channel_id, self.identity_id),
            )

    # -- with a message ------------------------------------------------------------

    def _answer_by_itself(self, is_new, began_to_wait):
        """A customer has written: greet them, or say that nobody is there.

        :param is_new: whether the conversation begins with it
        :param began_to_wait: whether they were waiting for nothing before
        """
        self.ensure_one()
        source = began_to_wait and self._text_source("waiting")
        if source:
            self._plan_text("waiting", self.waiting_since + timedelta(minutes=source.waiting_minutes))
        if self._text_source("out_of_office") and not self._is_within_hours():
            if not self._knows_of_closing():
                self._send_text("out_of_office")
        elif is_new:
            self._send_text("greeting")

    def _knows_of_closing(self):
        """Whether the customer was told since the doors closed, so that each message needs no answer."""
        told = self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", self.id),
                ("automatic", "=", "out_of_office"),
                ("state", "!=", "cancelled"),
            ],
            order="id DESC",
            limit=1,
        )
        since = told.mail_message_id.date
        return bool(since) and self._opening(since) == self._opening(fields.Datetime.now())

    def _valid_until(self, kind):
        """That we are closed, and when we open again, is true until then."""
        if kind != "out_of_office":
            return super()._valid_until(kind)
        now = fields.Datetime.now()
        return min(self._opening(now) or now + TOLD_FOR, now + TOLD_FOR)

    # -- at a time -----------------------------------------------------------------

    def write(self, vals):
        closed = self.browse()
        if vals.get("state") == "closed" and self._has_texts():
            closed = self.filtered(lambda conversation: conversation.state != "closed")
        result = super().write(vals)
        now = fields.Datetime.now()
        for conversation in closed.filtered(lambda conversation: conversation._is_fresh(now)):
            if conversation._text_source("closing"):
                conversation._plan_text("closing", now + TIME_TO_UNDO)
        return result

    def _is_fresh(self, now):
        """Whether the customer would know what it is that we have closed: they wrote, and not ages ago."""
        return bool(self.last_inbound_date) and self.last_message_date > now - FORGOTTEN

    def _plan_text(self, kind, moment):
        # When a text is due is the system's to say, whoever closed the conversation.
        self.sudo().with_context(**QUIET).write({"text_due": moment, "text_due_kind": kind})

    @api.model
    def _run_due_texts(self):
        """Cron: send the texts whose time has come."""
        self.env["omnichannel.worker"]._drain(self._send_due_texts, "omnichannel_inbox.cron_automatic_texts")

    @api.model
    def _send_due_texts(self):
        """Send some of the texts that are due and that no other worker holds; return how many there were."""
        self.flush_model(["text_due"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM omnichannel_conversation WHERE text_due <= %s
                 ORDER BY text_due LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                BATCH,
            )
        )
        conversations = self.browse(conversation_id for (conversation_id,) in rows).with_context(**QUIET)
        for conversation in conversations:
            conversation._send_due_text()
        return len(conversations)

    def _send_due_text(self):
        """Send what is due here, if it still is to be said."""
        kind = self.text_due_kind
        self.write({"text_due": False, "text_due_kind": False})
        source = self._text_source(kind)
        if not source or not self._is_still_to_be_said(kind):
            return
        if kind == "waiting":
            now = fields.Datetime.now()
            opening = self._opening(now)
            if opening != now:
                # Nobody is there: the time begins to count when somebody is.
                if opening:
                    self._plan_text(kind, opening + timedelta(minutes=source.waiting_minutes))
                return
        self._send_text(kind)

    def _is_still_to_be_said(self, kind):
        if kind == "closing":
            return self.state == "closed"
        return self.state == "open" and bool(self.waiting_since)
