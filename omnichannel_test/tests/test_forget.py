"""What is deleted by itself after some time, by Odoo's own job for that."""

import inspect

from odoo.tests import tagged

from odoo.addons.base.models.ir_autovacuum import is_autovacuum
from odoo.addons.omnichannel_inbox.tools import delete_some

from .test_rules import RuleCase


@tagged("post_install", "-at_install")
class TestForget(RuleCase):
    def test_nothing_left_is_said(self):
        """Odoo calls a method again and again that says that something is left."""
        found = 0
        for name, model in self.env.items():
            if not name.startswith("omnichannel."):
                continue
            for _name, method in inspect.getmembers(model.__class__, is_autovacuum):
                if method.__module__.startswith("odoo.addons.omnichannel"):
                    found += 1
                    _done, left = method(model)
                    self.assertFalse(left, name)
        self.assertGreaterEqual(found, 7)

    def test_old_runs_go_and_the_others_stay(self):
        rule = self.rule("message_received")
        self.hear("Hello", "Hello again", "And again")
        first, second, third = rule.run_ids.sorted("id")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE omnichannel_rule_run SET create_date = create_date - interval '2 years' WHERE id IN %s",
            [(first.id, second.id)],
        )
        self.env.invalidate_all()
        self.assertEqual(delete_some(rule.run_ids, [("id", "=", first.id)], limit=1), (1, True))
        self.assertEqual(self.env["omnichannel.rule.run"]._forget(), (1, False))
        self.assertEqual(rule.run_ids, third)
