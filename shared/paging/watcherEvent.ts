import * as z from "zod/mini";
import type { AlarmChange } from "./alarmReadings.ts";
import { heartbeatDetailType, heartbeatSource } from "./heartbeatEvent.ts";

const heartbeat = z.object({
  source: z.literal(heartbeatSource),
  "detail-type": z.literal(heartbeatDetailType),
  detail: z.object({ from: z.string() }),
});

const alarmEvent = z.object({
  source: z.literal("aws.cloudwatch"),
  "detail-type": z.literal("CloudWatch Alarm State Change"),
  region: z.string(),
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    alarmName: z.string(),
    state: z.object({
      value: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]),
      reason: z.optional(z.string()),
    }),
    configuration: z.optional(
      z.object({
        description: z.optional(z.string()),
        /** Only of a composite alarm. */
        alarmRule: z.optional(z.string()),
      }),
    ),
  }),
});

const schedule = z.object({ source: z.literal("aws.events") });

/** An event that starts the watcher. */
export type WatcherEvent =
  | { readonly kind: "schedule" }
  | { readonly kind: "heartbeat"; readonly from: string }
  | { readonly kind: "alarm"; readonly change: AlarmChange };

/**
 * The event of EventBridge that a value is; `undefined` for any other value.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export const watcherEvent = (value: unknown): WatcherEvent | undefined => {
  if (schedule.safeParse(value).success) return { kind: "schedule" };
  const beat = heartbeat.safeParse(value);
  if (beat.success) return { kind: "heartbeat", from: beat.data.detail.from };
  const alarm = alarmEvent.safeParse(value);
  if (!alarm.success) return undefined;
  const { region, time, detail } = alarm.data;
  const change = {
    name: detail.alarmName,
    region,
    state: detail.state.value,
    description: detail.configuration?.description ?? "",
    isComposite: detail.configuration?.alarmRule !== undefined,
    reason: detail.state.reason ?? "",
    at: Date.parse(time),
  };
  return { kind: "alarm", change };
};
