import * as z from "zod";
import { device } from "../../bench/system/system.ts";

const account = { api: z.url(), token: z.string(), product: z.int() };

/** A target of webhooks, for all lanes. */
const targetJob = z.object({
  kind: z.literal("target"),
  port: z.int(),
  /** The data names the unit (`payload.ts`), or the event is of the device of that position. */
  unit: z.enum(["payload", "device"]),
  /** The ids of the devices of each lane, if they name the unit. */
  deviceIds: z.array(z.array(z.string())).default([]),
});

/** A reader of the event stream of each lane's product. */
const streamJob = z.object({
  kind: z.literal("stream"),
  event: z.string(),
  accounts: z.array(z.object(account)),
});

/** Devices that answer calls: a function whose argument is the unit's number, and a variable. */
const calleeJob = z.object({
  kind: z.literal("callees"),
  mqtt: z.url(),
  ca: z.string().optional(),
  lanes: z.array(z.array(device)),
});

/** Lists the devices of each lane's product, whose name or firmware is the unit's number. */
const deviceListJob = z.object({
  kind: z.literal("deviceList"),
  field: z.enum(["name", "firmware"]),
  accounts: z.array(z.object(account)),
  /** A device that shows a number has had all lower ones in steps of this, as with hellos. */
  every: z.int().optional(),
});

/** Lists the dead letters of each lane. */
const letterListJob = z.object({
  kind: z.literal("letterList"),
  lists: z.array(z.object({ api: z.url(), token: z.string(), path: z.string() })),
});

/** Reads the usage of each lane's product. */
const usageJob = z.object({ kind: z.literal("usage"), accounts: z.array(z.object(account)) });

/** What the measuring client does. */
export const observerJob = z.discriminatedUnion("kind", [
  targetJob,
  streamJob,
  calleeJob,
  deviceListJob,
  letterListJob,
  usageJob,
]);

export type ObserverJob = z.input<typeof observerJob>;
export type TargetJob = z.output<typeof targetJob>;
export type StreamJob = z.output<typeof streamJob>;
export type CalleeJob = z.output<typeof calleeJob>;
export type DeviceListJob = z.output<typeof deviceListJob>;
export type LetterListJob = z.output<typeof letterListJob>;
export type UsageJob = z.output<typeof usageJob>;
