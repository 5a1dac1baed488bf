import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";

import { TextsSwitch } from "./texts_switch";

/** The rules on a phone, below what stops their texts. */
export class RuleKanbanController extends KanbanController {
    static template = "omnichannel_inbox.RuleKanban";
    static components = { ...KanbanController.components, TextsSwitch };
}

registry
    .category("views")
    .add("omnichannel_rule_kanban", { ...kanbanView, Controller: RuleKanbanController });
