{
    "name": "Omnichannel Web Shop Chat",
    "summary": "What a visitor of the web shop has in the cart while they chat",
    "version": "19.0.1.1.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_website_livechat", "omnichannel_website_sale"],
    "assets": {"web.assets_backend": ["omnichannel_website_sale_livechat/static/src/**/*"]},
    "auto_install": True,
}
