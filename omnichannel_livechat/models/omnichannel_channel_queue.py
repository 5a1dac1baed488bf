import math
import time
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

FRESH = 5  # seconds for which a process remembers how long the queue is: everybody in it asks
RECENT = timedelta(hours=2)  # waits that say something about the next one
SAMPLE = 20
SMALLEST_SAMPLE = 3

_remembered = {}  # {(database, channel id): (when, queue)}


class OmnichannelChannel(models.Model):
    """How busy a live chat is, as its visitors are told."""

    _inherit = "omnichannel.channel"

    livechat_max_waiting = fields.Integer(
        "Most Waiting per Agent",
        help="When this many visitors wait for each available agent, newcomers are told so before "
        "they begin, and offered to leave a message or to write by WhatsApp. They may wait all the same. "
        "0 is no limit.",
    )

    _livechat_max_waiting_positive = models.Constraint(
        "CHECK(livechat_max_waiting >= 0)", "The most that may wait cannot be less than 0."
    )

    def _livechat_service_state(self):
        """How the service is doing now.

        :return: dict ``open``, ``next_opening`` (when closed, if known), ``waiting`` (visitors whom nobody
            has yet), ``expected_minutes`` (None: nobody knows), ``overloaded``, ``alternatives`` (list of
            dict ``kind``, ``url``)
        """
        self.ensure_one()
        opening = self._livechat_opening()
        is_open = bool(opening) and opening <= fields.Datetime.now()
        queue = self._livechat_queue()
        return {
            "open": is_open,
            "next_opening": None if is_open else opening,
            "waiting": len(queue["ids"]),
            "expected_minutes": queue["minutes"],
            "overloaded": queue["overloaded"],
            "alternatives": self._livechat_alternatives(),
        }

    def _livechat_alternatives(self):
        """Other ways to write to this company, which a visitor can open by themselves."""
        others = self.search(
            [("company_id", "=", self.company_id.id), ("id", "!=", self.id), ("state", "=", "connected")]
        )
        links = (channel._adapter()._public_link(channel) for channel in others)
        return [link for link in links if link]

    # -- the queue -------------------------------------------------------------------

    def _livechat_queue(self):
        """Who waits, remembered for a moment: 200 visitors who ask cost about as much as one.

        :return: dict ``ids`` (of conversations, in order), ``minutes``, ``overloaded``
        """
        key, now = (self.env.cr.dbname, self.id), time.monotonic()
        at, queue = _remembered.get(key, (-math.inf, None))
        if now - at >= FRESH:
            queue = self._livechat_look_at_queue()
            _remembered[key] = now, queue
        return queue

    def _livechat_look_at_queue(self):
        waiting = self._livechat_waiting_ids()
        return {
            "ids": waiting,
            "minutes": self._livechat_expected_minutes(),
            "overloaded": self._livechat_is_overloaded(len(waiting)),
        }

    def _livechat_waiting_ids(self):
        """The conversations of visitors who are there and whom nobody has yet, in the order of waiting."""
        return (
            self.env["omnichannel.conversation"]
            .search(
                [
                    ("channel_id", "=", self.id),
                    ("state", "=", "open"),
                    ("user_id", "=", False),
                    ("waiting_since", "!=", False),
                    ("is_held", "!=", True),
                    ("livechat_presence", "=", "here"),
                ],
                order="waiting_since, id",
            )
            .ids
        )

    def _livechat_expected_minutes(self):
        """How long others have waited just now: the middle of them, in minutes.

        :return: None if there were too few to say
        """
        since = fields.Datetime.now() - RECENT
        [(middle, count)] = self.env.execute_query(
            SQL(
                """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wait), count(*)
                     FROM (SELECT extract(epoch FROM first_response_date - create_date) AS wait
                             FROM omnichannel_conversation
                            WHERE channel_id = %s AND first_response_date >= %s AND create_date >= %s
                            ORDER BY first_response_date DESC
                            LIMIT %s) AS recent""",
                self.id,
                since,
                since,
                SAMPLE,
            )
        )
        return max(1, math.ceil(middle / 60)) if count >= SMALLEST_SAMPLE else None

    def _livechat_is_overloaded(self, waiting):
        limit = self.livechat_max_waiting
        return bool(limit) and waiting >= limit * max(1, self._livechat_agents_available())

    def _livechat_agents_available(self):
        """How many of the team can be given something now."""
        agents = self.env["omnichannel.agent"].search([("user_id", "in", self.team_id._assignees().ids)])
        return sum(not why for why in agents._why_absent(self.team_id.is_presence_needed).values())
