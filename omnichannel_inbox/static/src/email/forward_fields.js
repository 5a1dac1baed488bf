import { Component, useState } from "@odoo/owl";

import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { useService } from "@web/core/utils/hooks";

import { forwardFieldsRegistry } from "../core/channel_types";

const SUGGESTIONS = 8;

/** Whom a forwarded mail goes to, and what it is about. */
export class EmailForwardFields extends Component {
    static template = "omnichannel_inbox.EmailForwardFields";
    static components = { AutoComplete };
    static props = {
        /** `to`, `cc`, `subject` */
        values: Object,
        onChange: Function,
    };

    setup() {
        this.orm = useService("orm");
        const { to, cc } = this.props.values;
        // Not what is being typed: each change from outside closes the list of suggestions.
        this.state = useState({ recipient: to, hasCopies: Boolean(cc) });
        this.sources = [{ options: (term) => this.suggest(term) }];
        this.isAddressed = Boolean(to);
    }

    change(name, value) {
        this.props.onChange({ ...this.props.values, [name]: value });
    }

    choose(recipient) {
        this.state.recipient = recipient;
        this.change("to", recipient);
    }

    /** Contacts that the user may read and that have an address. */
    async suggest(term) {
        if (!term) {
            return [];
        }
        const found = await this.orm.silent.searchRead(
            "res.partner",
            [
                ["email_normalized", "!=", false],
                ["display_name", "ilike", term],
            ],
            ["display_name", "email_normalized"],
            { limit: SUGGESTIONS }
        );
        return found.map(({ display_name: name, email_normalized: email }) => ({
            label: `${name} <${email}>`,
            onSelect: () => this.choose(`"${name.replace(/["\\]/g, "")}" <${email}>`),
        }));
    }
}

forwardFieldsRegistry.add("email", EmailForwardFields);
