from odoo import models

# The texts that visitors read, and where Odoo has the ones of a new live chat.
DEFAULTS = {"default_message": "_default_default_message", "button_text": "_default_button_text"}


class ImLivechatChannel(models.Model):
    """Speaks the visitor's language as long as nobody has chosen other words.

    Odoo writes its own first words down once, in the language of who makes the live chat.
    """

    _inherit = "im_livechat.channel"

    def _get_channel_infos(self):
        infos = super()._get_channel_infos()
        if self._omnichannel_channel():
            infos.update(self._omnichannel_words(infos))
        return infos

    def _omnichannel_words(self, infos):
        """Odoo's words in the visitor's language, where they are still Odoo's."""
        Livechat = self.env["im_livechat.channel"]
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        return {
            key: getattr(Livechat, default)()
            for key, default in DEFAULTS.items()
            if infos[key] in [getattr(Livechat.with_context(lang=code), default)() for code in languages]
        }
