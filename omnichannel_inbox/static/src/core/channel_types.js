import { registry } from "@web/core/registry";

/**
 * How a type of channel looks. An add-on that brings a channel type adds its own:
 * `{ icon: "fa fa-…", color: "#…", label: _t("…") }`.
 */
export const channelTypeRegistry = registry.category("omnichannel.channel_types");

/**
 * Dialogs in which an agent fills in an approved template, by type of channel. Their
 * props: `conversationId`, `option` (see get_composer_data), `send(templateId, values)`
 * (tells whether it was sent), `close`.
 */
export const templateDialogRegistry = registry.category("omnichannel.template_dialogs");

/**
 * What a type of channel asks for above an answer's text. Props: `option` (see get_composer_data),
 * `values` (what was filled in; the adapter's `_answer_payload` gets it), `onChange(values)`.
 */
export const composerFieldsRegistry = registry.category("omnichannel.composer_fields");

/**
 * What a type of channel asks for when a message is forwarded to somebody who is not the customer.
 * Props: `values` (the adapter's `_forward_values`, then what was filled in; its `_forward` gets them),
 * `onChange(values)`.
 */
export const forwardFieldsRegistry = registry.category("omnichannel.forward_fields");

/**
 * What add-ons show in the panel beside a conversation, below who the customer is. Props: `conversationId`,
 * `panel` (see get_customer_panel), `openRecord(resModel, resId)`.
 */
export const panelSectionRegistry = registry.category("omnichannel.panel_sections");

/** @param {string|false} type */
export function channelTypeInfo(type) {
    const known = type && channelTypeRegistry.get(type, null);
    return { icon: "fa fa-comment-o", color: "inherit", label: type || "", ...known };
}
