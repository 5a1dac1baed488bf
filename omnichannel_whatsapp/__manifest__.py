{
    "name": "Omnichannel WhatsApp",
    "summary": "WhatsApp Business Cloud API for the omnichannel inbox",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_inbox"],
    "external_dependencies": {"python": ["phonenumbers", "requests"]},
    "data": [
        "security/ir.model.access.csv",
        "security/omnichannel_whatsapp_rules.xml",
        "data/ir_cron.xml",
        "views/omnichannel_channel_views.xml",
        "views/omnichannel_whatsapp_template_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "assets": {"web.assets_backend": ["omnichannel_whatsapp/static/src/**/*"]},
}
