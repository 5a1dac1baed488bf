from . import omnichannel_rule, sale_order
