from . import test_product_card, test_shop_rules
