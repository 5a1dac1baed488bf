import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { TextsSwitch } from "./texts_switch";

/** The rules, below what stops their texts. */
export class RuleListController extends ListController {
    static template = "omnichannel_inbox.RuleList";
    static components = { ...ListController.components, TextsSwitch };
}

registry
    .category("views")
    .add("omnichannel_rule_list", { ...listView, Controller: RuleListController });
