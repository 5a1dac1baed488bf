{
    "name": "Omnichannel Live Chat",
    "summary": "The website's live chat in the omnichannel inbox",
    "version": "19.0.1.1.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "uninstall_hook": "uninstall_hook",
    "application": True,
    "depends": ["omnichannel_inbox", "im_livechat"],
    "data": [
        "security/ir.model.access.csv",
        "security/discuss_channel_rules.xml",
        "security/im_livechat_channel_rules.xml",
        "data/ir_cron.xml",
        "views/omnichannel_channel_views.xml",
        "views/omnichannel_channel_look_views.xml",
        "views/omnichannel_channel_embed_views.xml",
        "views/res_users_views.xml",
    ],
    "assets": {
        "im_livechat.assets_embed_core": ["omnichannel_livechat/static/src/embed/**/*"],
    },
}
