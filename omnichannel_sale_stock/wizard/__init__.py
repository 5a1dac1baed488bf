from . import omnichannel_rule_test
