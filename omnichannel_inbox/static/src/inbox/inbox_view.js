import { registry } from "@web/core/registry";
import { kanbanView } from "@web/views/kanban/kanban_view";

import { InboxController } from "./inbox_controller";
import { InboxRenderer } from "./inbox_renderer";

export const inboxView = {
    ...kanbanView,
    Controller: InboxController,
    Renderer: InboxRenderer,
};

registry.category("views").add("omnichannel_inbox", inboxView);
