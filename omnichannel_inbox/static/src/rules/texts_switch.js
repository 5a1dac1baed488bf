import { Component, onWillStart, useState } from "@odoo/owl";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const RULE = "omnichannel.rule";

/**
 * Stops all texts that go out by themselves, and says so as long as they are stopped. The companies are
 * those that are chosen in Odoo's company switch.
 */
export class TextsSwitch extends Component {
    static template = "omnichannel_inbox.TextsSwitch";
    static props = {
        ...standardWidgetProps,
        readonly: { optional: true },
        record: { optional: true },
        /** What to show, where it is known: only that they are stopped, not how to stop them. */
        texts: { type: Object, optional: true },
        onChanged: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.state = useState({ stopped: false, lines: [], may_stop: false, may_resume: false });
        onWillStart(() => this.props.texts || this.load());
    }

    get texts() {
        return this.props.texts || this.state;
    }

    get hasStopButton() {
        return !this.props.texts && this.state.may_stop;
    }

    async load() {
        Object.assign(this.state, await this.orm.call(RULE, "get_texts_state", []));
    }

    async change(method) {
        await this.orm.call(RULE, method, []);
        await (this.props.onChanged ? this.props.onChanged() : this.load());
    }

    async stop() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Stop all automatic texts?"),
            body: await this.orm.call(RULE, "get_stop_question", []),
            confirmLabel: _t("Stop All Texts"),
            confirm: () => this.change("stop_texts"),
            cancel: () => {},
        });
    }

    async resume() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Let automatic texts go out again?"),
            body: await this.orm.call(RULE, "get_resume_question", []),
            confirmLabel: _t("Let Them Go Out"),
            confirm: () => this.change("resume_texts"),
            cancel: () => {},
        });
    }
}

registry.category("view_widgets").add("omnichannel_texts_switch", { component: TextsSwitch });
