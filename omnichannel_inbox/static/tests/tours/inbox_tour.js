import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("omnichannel_inbox_answer", {
    steps: () => [
        {
            content: "Open the customer's conversation",
            trigger: ".o_omnichannel_card.o_omnichannel_unread:contains(Karin Klant)",
            run: "click",
        },
        {
            content: "The message and the recipient of an answer are shown",
            trigger:
                ".o_omnichannel_picker:contains(Main):contains(Karin Klant):contains(+31612345678)",
        },
        { trigger: ".o-mail-Message:contains(Where is my order?)" },
        {
            content: "Write an answer",
            trigger: ".o_omnichannel_composer_reply .o-mail-Composer-input",
            run: "edit It is on its way.",
        },
        { trigger: ".o-mail-Composer-send:enabled", run: "click" },
        {
            trigger:
                ".o_omnichannel_out:contains(It is on its way.) .o_omnichannel_tick[data-state=queued]",
        },
        {
            content: "Leave a note for colleagues",
            trigger: ".o_omnichannel_composer .o_omnichannel_note",
            run: "click",
        },
        {
            trigger: ".o_omnichannel_composer_note .o-mail-Composer-input",
            run: "edit Carrier called.",
        },
        { trigger: ".o-mail-Composer-send:enabled", run: "click" },
        { trigger: ".o-mail-Message.o_omnichannel_note:contains(Carrier called.)" },
        { trigger: ".o_omnichannel_close", run: "click" },
        { trigger: ".o_omnichannel_inbox:not(:has(.o_omnichannel_card:contains(Karin Klant)))" },
    ],
});

registry.category("web_tour.tours").add("omnichannel_inbox_forward", {
    steps: () => [
        { trigger: ".o_omnichannel_card:contains(Karin Klant)", run: "click" },
        {
            content: "Ask somebody else about the customer's newest message",
            trigger: ".o_omnichannel_forward_button",
            run: "click",
        },
        { trigger: ".o_omnichannel_forward_quoted:contains(Where is my order?)" },
        {
            content: "A contact is found by name",
            trigger: "#omnichannel_forward_to",
            run: "edit Carrier",
        },
        {
            trigger:
                ".o_omnichannel_forward .o-autocomplete--dropdown-item:contains(parcels@carrier.example)",
            run: "click",
        },
        {
            content: "The text is above the message",
            trigger: ".o_omnichannel_forward_text",
            run: "edit Can you find it?",
        },
        { trigger: ".o_omnichannel_forward_send", run: "click" },
        {
            content: "It is a note that says whom it went to",
            trigger:
                ".o-mail-Message.o_omnichannel_note:contains(Can you find it?) .o_omnichannel_aside[data-direction=out]:contains(Carrier BV)",
        },
        {
            trigger:
                ".o-mail-Message.o_omnichannel_note:contains(Can you find it?) .o_omnichannel_tick[data-state=queued]",
        },
        {
            content: "The composer is the customer's still",
            trigger: ".o_omnichannel_picker:contains(karin@example.com)",
        },
    ],
});
