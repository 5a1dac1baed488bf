"""What Odoo's uninstallation cannot know."""

from odoo.tools import SQL


def uninstall_hook(env):
    """Let the add-on go without an error in the log and without a trace in the database."""
    _forget_names(env)
    _delete_guests(env)
    _delete_names_of_reflected_mixins(env)
    _forget_foreign_keys(env)


def _forget_names(env):
    """Take back the external ids of what Odoo would otherwise try to delete one by one.

    Records in our own tables go with the tables in a moment; before, a team with conversations could not
    be deleted, and the attempt would be an error in the log. Customers, products and orders that the
    demo data brought stay, as all others do.
    """
    env["ir.model.data"].search(
        [
            ("module", "=like", r"omnichannel\_%"),
            "|",
            ("model", "=like", "omnichannel.%"),
            ("model", "in", ("res.partner", "product.template", "product.product", "sale.order")),
        ]
    ).unlink()


def _delete_guests(env):
    """Delete the guests that stand for people who wrote and are no customer.

    A guest who takes part in a chat of Odoo's is not ours. Odoo has no index for who else refers to a
    guest, so that a busy inbox would read the table of all messages once for each of its guests.
    """
    env.flush_all()
    env.execute_query(
        SQL(
            """CREATE INDEX omnichannel_uninstall ON mail_message (author_guest_id)
                WHERE author_guest_id IS NOT NULL"""
        )
    )
    env.execute_query(
        SQL(
            """DELETE FROM mail_guest g USING omnichannel_identity i WHERE i.guest_id = g.id
                  AND NOT EXISTS (SELECT FROM discuss_channel_member m WHERE m.guest_id = g.id)"""
        )
    )
    env.execute_query(SQL("DROP INDEX omnichannel_uninstall"))
    env.invalidate_all()


def _delete_names_of_reflected_mixins(env):
    """Delete the external ids that Odoo's own modules hold on parts of our models.

    `mail`, `calendar`, `sms` … each name what a mixin of theirs adds to a model of ours, and are not
    uninstalled.
    """
    env["ir.model.data"].search(
        [
            ("module", "not =like", r"omnichannel\_%"),
            "|",
            "&",
            ("model", "=", "ir.model.fields.selection"),
            ("name", "=like", r"selection\_\_omnichannel\_%"),
            "&",
            ("model", "=", "ir.model.inherit"),
            ("name", "=like", r"model\_inherit\_\_omnichannel\_%"),
        ]
    ).unlink()


def _forget_foreign_keys(env):
    """Forget foreign keys of our fields on Odoo's models, of which Odoo keeps a note for good."""
    env["ir.model.constraint"].search(
        [
            ("module.name", "=", "omnichannel_inbox"),
            ("type", "=", "f"),
            ("model.model", "not =like", r"omnichannel.%"),
        ]
    ).unlink()
