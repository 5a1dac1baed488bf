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
