import * as z from "zod";
import type { Alarm } from "./alarm/definition.ts";
import { notification, type Place } from "./message/notification.ts";
import { stateChangeEvent } from "./message/stateChangeEvent.ts";
import type { Notice } from "./notice.ts";

/** A message that has to be delivered: stored before its delivery, removed after it. */
export const outgoing = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("action"),
    alarm: z.string(),
    alarmArn: z.string(),
    contributorId: z.string().optional(),
    topicArn: z.string(),
    subject: z.string(),
    message: z.string(),
    /** When the alarm changed, in ms since 1970. */
    at: z.number(),
  }),
  z.object({
    kind: z.literal("event"),
    source: z.literal("aws.cloudwatch"),
    detailType: z.string(),
    detail: z.looseObject({}),
    resources: z.array(z.string()),
    time: z.number(),
  }),
]);

export type Outgoing = z.output<typeof outgoing>;

/** The messages of a notice: an event, and a notification for each action of the new state. */
export const messagesOf = (notice: Notice, place: Place): Outgoing[] => {
  const { alarm, current, contributor } = notice;
  const messages: Outgoing[] = [];
  if (notice.isEvent) {
    const { detail, resources, time, ...event } = stateChangeEvent(notice);
    messages.push({
      kind: "event",
      ...event,
      detail: { ...detail },
      resources: [...resources],
      time: time.getTime(),
    });
  }
  if (!notice.hasActions || !alarm.actionsEnabled) return messages;
  for (const topicArn of actionsFor(alarm, current.value)) {
    messages.push({
      kind: "action",
      alarm: alarm.name,
      alarmArn: alarm.arn,
      ...(contributor && { contributorId: contributor.id }),
      topicArn,
      ...notification(notice, place),
      at: current.at,
    });
  }
  return messages;
};

const actionsFor = (alarm: Alarm, state: Notice["current"]["value"]): readonly string[] => {
  switch (state) {
    case "ALARM":
      return alarm.alarmActions;
    case "OK":
      return alarm.okActions;
    case "INSUFFICIENT_DATA":
      return alarm.insufficientDataActions;
  }
};
