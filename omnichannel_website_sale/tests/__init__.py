from . import test_shop_rules
