from . import omnichannel_rule_action
