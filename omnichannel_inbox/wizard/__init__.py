from . import (
    base_module_uninstall,
    omnichannel_identity_link,
    omnichannel_mailbox_setup,
    omnichannel_rule_start,
    omnichannel_rule_test,
)
