import { Component, onWillStart, useState } from "@odoo/owl";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const RULE = "omnichannel.rule";

/** Stops all texts that go out by themselves, and says so as long as they are stopped. */
export class TextsSwitch extends Component {
    static template = "omnichannel_inbox.TextsSwitch";
    static props = {
        ...standardWidgetProps,
        readonly: { optional: true },
        record: { optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.state = useState({ stopped: false, may_change: false });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call(RULE, "get_texts_state", []));
    }

    async change(method) {
        await this.orm.call(RULE, method, []);
        await this.load();
    }

    stop() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Stop all automatic texts?"),
            body: _t(
                "No rule, channel or team writes to a customer by itself until you let them again. What is waiting to be sent is cancelled. Your colleagues' answers go on."
            ),
            confirmLabel: _t("Stop All Texts"),
            confirm: () => this.change("stop_texts"),
            cancel: () => {},
        });
    }

    resume() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Let automatic texts go out again?"),
            body: _t(
                "Rules, channels and teams write to customers again from now on. What was held back meanwhile is not sent any more."
            ),
            confirmLabel: _t("Let Them Go Out"),
            confirm: () => this.change("resume_texts"),
            cancel: () => {},
        });
    }
}

registry.category("view_widgets").add("omnichannel_texts_switch", { component: TextsSwitch });
