import { Component, onWillStart, useRef, useState } from "@odoo/owl";

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
        this.root = useRef("root");
        this.state = useState({
            template: undefined,
            values: {},
            // Nothing is called missing before somebody tries to send.
            hasTried: false,
            isSending: false,
        });
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
        const { template } = this.state;
        return template.variables.reduce(
            (text, variable) =>
                text.replaceAll(
                    `{{${variable.key}}}`,
                    () => this.value(variable) || `{{${variable.title}}}`
                ),
            template.skeleton
        );
    }

    get missing() {
        return this.state.template.variables.filter((variable) => !this.value(variable));
    }

    get complaint() {
        const { hasTried } = this.state;
        return hasTried && this.missing.length
            ? _t("Fill in these first: %s.", this.missing.map(({ title }) => title).join(", "))
            : "";
    }

    value({ key }) {
        return (this.state.values[key] || "").trim();
    }

    placeholder({ example }) {
        return example ? _t("e.g. %s", example) : "";
    }

    isMissing(variable) {
        return this.state.hasTried && !this.value(variable);
    }

    choose(template) {
        Object.assign(this.state, { template, values: {}, hasTried: false });
    }

    onChangeTemplate(ev) {
        this.choose(this.templates.find((template) => template.id === Number(ev.target.value)));
    }

    async send() {
        if (this.missing.length) {
            this.state.hasTried = true;
            const [first] = this.missing;
            this.root.el.querySelector(`[data-variable="${first.key}"]`).focus();
            return;
        }
        this.state.isSending = true;
        try {
            if (await this.props.send(this.state.template.id, { ...this.state.values })) {
                this.props.close();
            }
        } finally {
            this.state.isSending = false;
        }
    }
}

registry.category("omnichannel.template_dialogs").add("whatsapp", WhatsappTemplateDialog);
registry.category("omnichannel.channel_types").add("whatsapp", {
    icon: "fa fa-whatsapp",
    color: "#25d366",
    label: _t("WhatsApp"),
});
