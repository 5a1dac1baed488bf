import { Component, onWillStart, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** Choose an approved template, fill in its variables and see what the customer will read. */
export class WhatsappTemplateDialog extends Component {
    static template = "omnichannel_whatsapp.WhatsappTemplateDialog";
    static components = { Dialog };
    static props = { conversationId: Number, option: Object, send: Function, close: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ template: undefined, values: {}, isSending: false });
        onWillStart(async () => {
            this.templates = await this.orm.call(
                "omnichannel.whatsapp.template",
                "get_for_conversation",
                [this.props.conversationId, this.props.option.channel_id]
            );
            this.choose(this.templates[0]);
        });
    }

    /** Whom it goes to, and by which channel. */
    get route() {
        const {
            recipient_name: name,
            recipient_address: address,
            channel_name: channel,
        } = this.props.option;
        return _t("To %(name)s (%(address)s) by %(channel)s", { name, address, channel });
    }

    /** The text with what is filled in; what is not stays visible as {{its name}}. */
    get preview() {
        const { template, values } = this.state;
        return template.variables.reduce(
            (text, { key, label }) =>
                text.replaceAll(`{{${key}}}`, () => values[key]?.trim() || `{{${label}}}`),
            template.skeleton
        );
    }

    get isComplete() {
        return this.state.template.variables.every(({ key }) => this.state.values[key]?.trim());
    }

    choose(template) {
        this.state.template = template;
        this.state.values = {};
    }

    onChangeTemplate(ev) {
        this.choose(this.templates.find((template) => template.id === Number(ev.target.value)));
    }

    label(variable) {
        if (variable.part === "header") {
            return _t("Header: %s", variable.label);
        }
        return variable.part === "button" ? _t("Button: %s", variable.label) : variable.label;
    }

    async send() {
        this.state.isSending = true;
        try {
            await this.props.send(this.state.template.id, { ...this.state.values });
        } finally {
            this.state.isSending = false;
        }
        this.props.close();
    }
}

registry.category("omnichannel.template_dialogs").add("whatsapp", WhatsappTemplateDialog);
registry.category("omnichannel.channel_types").add("whatsapp", {
    icon: "fa fa-whatsapp",
    color: "#25d366",
    label: _t("WhatsApp"),
});
