def uninstall_hook(env):
    """Forget foreign keys of our fields on the app's models, of which Odoo keeps a note for good."""
    own = [("module.name", "=", "omnichannel_livechat"), ("type", "=", "f")]
    env["ir.model.constraint"].search(own).unlink()
