import { Component } from "@odoo/owl";

/** Says of a message that its other end is a third party, so that nobody takes it for the customer's. */
export class MessageAside extends Component {
    static template = "omnichannel_inbox.MessageAside";
    static props = { message: Object };

    get data() {
        return this.props.message.omnichannel;
    }

    /** A third party wrote, and the reader may answer. */
    get canAnswer() {
        return this.data.direction === "in" && this.env.omnichannelForward?.isPossible();
    }

    answer() {
        return this.env.omnichannelForward.open(this.props.message.id);
    }
}
