import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

import { channelTypeRegistry, composerFieldsRegistry } from "../core/channel_types";

/** What a mail has besides its text: a subject, and copies to others. */
export class EmailFields extends Component {
    static template = "omnichannel_inbox.EmailFields";
    static props = {
        /** The option of get_composer_data that the answer takes. */
        option: Object,
        /** What was filled in so far: `subject`, `cc`, `bcc`. */
        values: Object,
        onChange: Function,
    };

    setup() {
        this.state = useState({
            hasCopies: Boolean(this.props.values.cc || this.props.values.bcc),
        });
        this.copies = [
            { name: "cc", label: _t("Cc"), help: _t("Copy, seen by everybody") },
            { name: "bcc", label: _t("Bcc"), help: _t("Copy that nobody else sees") },
        ];
    }

    onInput(name, ev) {
        this.props.onChange({ ...this.props.values, [name]: ev.target.value });
    }
}

channelTypeRegistry.add("email", { icon: "fa fa-envelope", color: "#3b6fb6", label: _t("E-mail") });
composerFieldsRegistry.add("email", EmailFields);
