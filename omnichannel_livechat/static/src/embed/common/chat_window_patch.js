import { ChatWindow } from "@mail/core/common/chat_window";

import { QueueNotice } from "@omnichannel_livechat/embed/common/queue_notice/queue_notice";
import { VisitorDesk } from "@omnichannel_livechat/embed/common/visitor_desk/visitor_desk";

Object.assign(ChatWindow.components, { QueueNotice, VisitorDesk });
