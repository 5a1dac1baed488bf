{
    "name": "Omnichannel Tests",
    "summary": "A channel type for the tests of the core; not for use",
    "version": "19.0.1.1.0",
    "category": "Hidden/Tests",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_inbox"],
}
