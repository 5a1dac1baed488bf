{
    "name": "Omnichannel Website Chat",
    "summary": "What a visitor of the website is looking at while they chat",
    "version": "19.0.1.1.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_livechat", "website_livechat"],
    "data": ["security/ir.model.access.csv"],
    "assets": {
        "web.assets_backend": ["omnichannel_website_livechat/static/src/inbox/**/*"],
        # Pages of this website alone: another one that shows the chat has addresses of its own.
        "web.assets_frontend": ["omnichannel_website_livechat/static/src/embed/**/*"],
    },
    "auto_install": True,
}
