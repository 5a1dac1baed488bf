import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("omnichannel_inbox_availability", {
    steps: () => [
        {
            content: "The icon shows that conversations are taken",
            trigger: ".o_omnichannel_systray .o_omnichannel_dot[data-availability=available]",
        },
        { trigger: ".o_omnichannel_systray", run: "click" },
        {
            trigger: ".o_omnichannel_availability button[data-availability=available].active",
        },
        {
            content: "Nothing new, please",
            trigger: ".o_omnichannel_availability button[data-availability=busy]",
            run: "click",
        },
        { trigger: ".o_omnichannel_availability button[data-availability=busy].active" },
        {
            trigger: ".o_omnichannel_systray .o_omnichannel_dot[data-availability=busy]",
        },
    ],
});
