import * as z from "zod/mini";
import { heartbeatDetailType, heartbeatSource } from "../../paging/heartbeatEvent.ts";
import { openJsonCaller } from "../call/jsonCaller.ts";
import { standardRetry } from "../platform/clients.ts";

const reply = z.object({ FailedEntryCount: z.number() });

/**
 * Sends a heartbeat to the default event bus of this region. A rule forwards it to the watcher of
 * the next region, over the same way as the changes of alarms.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export const eventBridgeHeartbeats = (from: string): (() => Promise<void>) => {
  const service = {
    name: "events",
    variable: "EVENTBRIDGE",
    target: "AWSEvents",
    version: "1.1",
  } as const;
  const call = openJsonCaller(service, standardRetry);
  return async () => {
    const entry = {
      Source: heartbeatSource,
      DetailType: heartbeatDetailType,
      Detail: JSON.stringify({ from }),
    };
    const { FailedEntryCount } = reply.parse(await call("PutEvents", { Entries: [entry] }));
    if (FailedEntryCount > 0) throw new Error("EventBridge refused the heartbeat");
  };
};
