{
    "name": "Omnichannel in the Dark",
    "summary": "Odoo's dark bundle with dark colours in it, for the tests",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["web"],
    # The places where Enterprise and the community's add-on for dark mode put theirs.
    "assets": {
        "web.assets_web_dark": [
            (
                "before",
                "web/static/src/scss/primary_variables.scss",
                "omnichannel_dark/static/src/variables.dark.scss",
            ),
            (
                "after",
                "web/static/lib/bootstrap/scss/_functions.scss",
                "omnichannel_dark/static/src/functions.dark.scss",
            ),
        ],
    },
}
