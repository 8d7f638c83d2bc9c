import * as z from "zod";
import { invalidValue, sqsFailure, unsupported } from "../errors.ts";
import {
  delaySecondsMax,
  messageBytesMax,
  policyBytesMax,
  receiveWaitSecondsMax,
  retentionSecondsMax,
  retentionSecondsMin,
  visibilitySecondsMax,
} from "../limits.ts";

/** The attributes of a queue that a user sets, as in the API: names and text values. */
export type QueueSettings = Readonly<Record<string, string>>;

/** The settings that the engine uses. */
export interface ParsedSettings {
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  readonly messageBytesMax: number;
  readonly retentionSeconds: number;
  readonly receiveWaitSeconds: number;
  readonly redrive: { readonly targetArn: string; readonly receivesMax: number } | undefined;
}

interface NumberSetting {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
const numberSettings: Readonly<Record<string, NumberSetting>> = {
  VisibilityTimeout: { default: 30, min: 0, max: visibilitySecondsMax },
  DelaySeconds: { default: 0, min: 0, max: delaySecondsMax },
  MaximumMessageSize: { default: messageBytesMax, min: 1_024, max: messageBytesMax },
  MessageRetentionPeriod: {
    default: 345_600,
    min: retentionSecondsMin,
    max: retentionSecondsMax,
  },
  ReceiveMessageWaitTimeSeconds: { default: 0, min: 0, max: receiveWaitSecondsMax },
};

/** Settings about access and encryption: stored and otherwise ignored. */
const unusedSettings: ReadonlySet<string> = new Set([
  "Policy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "SqsManagedSseEnabled",
]);

const fifoSettings: ReadonlySet<string> = new Set([
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
]);

const redrivePolicy = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1_000),
});

/** The default settings of a new queue. */
export const defaultSettings: QueueSettings = Object.fromEntries(
  Object.entries(numberSettings).map(([name, one]) => [name, String(one.default)]),
);

/**
 * The settings after a change. An empty `RedrivePolicy`, `RedriveAllowPolicy` or `Policy` removes
 * it. Fails with the error of SQS for an unknown name or an invalid value.
 */
export const changeSettings = (before: QueueSettings, changes: QueueSettings): QueueSettings => {
  const after = { ...before };
  for (const [name, value] of Object.entries(changes)) {
    checkSetting(name, value);
    if (value === "") delete after[name];
    else after[name] = value;
  }
  return after;
};

const checkSetting = (name: string, value: string): void => {
  if (fifoSettings.has(name)) {
    throw unsupported(`FIFO queues are not supported here: remove the attribute ${name}.`);
  }
  const range = numberSettings[name];
  if (range !== undefined) {
    const number = Number(value);
    const isValid = /^\d+$/.test(value) && number >= range.min && number <= range.max;
    if (!isValid) throw invalidSetting(name);
  } else if (name === "RedrivePolicy") {
    if (value !== "" && parseRedrive(value) === undefined) throw invalidSetting(name);
  } else if (Buffer.byteLength(value) > policyBytesMax) {
    throw invalidSetting(name);
  } else if (!unusedSettings.has(name)) {
    throw sqsFailure("InvalidAttributeName", `Unknown Attribute ${name}.`);
  }
};

const invalidSetting = (name: string) =>
  sqsFailure("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);

const parseRedrive = (text: string): z.output<typeof redrivePolicy> | undefined => {
  try {
    return redrivePolicy.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** Parses valid settings. */
export const parseSettings = (settings: QueueSettings): ParsedSettings => {
  const numberOf = (name: string): number =>
    Number(settings[name] ?? numberSettings[name]?.default ?? 0);
  const redrive = parseRedrive(settings.RedrivePolicy ?? "");
  return {
    visibilitySeconds: numberOf("VisibilityTimeout"),
    delaySeconds: numberOf("DelaySeconds"),
    messageBytesMax: numberOf("MaximumMessageSize"),
    retentionSeconds: numberOf("MessageRetentionPeriod"),
    receiveWaitSeconds: numberOf("ReceiveMessageWaitTimeSeconds"),
    redrive: redrive && {
      targetArn: redrive.deadLetterTargetArn,
      receivesMax: redrive.maxReceiveCount,
    },
  };
};

/** Fails when `seconds` is not a whole number from 0 to `max`. */
export const checkSeconds = (name: string, seconds: number, max: number): void => {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= max) return;
  throw invalidValue(
    `Value ${seconds} for parameter ${name} is invalid. Reason: Must be between 0 and ${max}, if provided.`,
  );
};
