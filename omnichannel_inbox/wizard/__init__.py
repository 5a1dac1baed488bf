from . import base_module_uninstall, omnichannel_identity_link, omnichannel_rule_test
