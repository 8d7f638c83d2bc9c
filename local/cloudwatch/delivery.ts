import type { Notification } from "./message/notification.ts";
import type { AlarmEvent } from "./message/stateChangeEvent.ts";

/** Where alarms send their messages. */
export interface AlarmOutlets {
  /** Publishes to a topic of SNS for an alarm. Resolves when the message is stored. */
  publish(
    topicArn: string,
    notification: Notification,
    publisher: { readonly service: string; readonly sourceArn: string },
  ): Promise<void>;
  /** Puts an event on the default event bus of EventBridge. */
  putEvent(event: AlarmEvent): void;
}
