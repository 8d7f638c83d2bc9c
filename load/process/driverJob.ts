import * as z from "zod";
import { device } from "../../bench/system/system.ts";

const broker = {
  mqtt: z.url(),
  /** CA certificate of the broker, PEM. Default: the authorities that Node.js trusts. */
  ca: z.string().optional(),
  devices: z.array(device),
};

const publishJob = z.object({ kind: z.literal("publish"), ...broker, event: z.string() });

/** One request. `{seq}` in the path, the body and the expected text is the number of the unit. */
const step = z.object({
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  /** A text that the body of the answer must contain. */
  expect: z.string().optional(),
});

export type Step = z.input<typeof step>;

/** Each unit is one of the sequences in turn: its requests, one after the other, with cookies. */
const requestJob = z.object({
  kind: z.literal("request"),
  base: z.url(),
  sequences: z.array(z.array(step)).min(1),
});

/** Each unit is a new connection of the next device in turn, with its hello. */
const connectJob = z.object({ kind: z.literal("connect"), ...broker });

/** Each unit is a hello of the next connected device in turn. */
const helloJob = z.object({ kind: z.literal("hello"), ...broker });

/** The first unit starts jobs of the cloud, which send the units. */
const jobsJob = z.object({ kind: z.literal("jobs"), base: z.url(), starts: z.array(step).min(1) });

/** What the driver does for one lane. */
export const driverJob = z.discriminatedUnion("kind", [
  publishJob,
  requestJob,
  connectJob,
  helloJob,
  jobsJob,
]);

export type DriverJob = z.input<typeof driverJob>;
export type PublishJob = z.output<typeof publishJob>;
export type RequestJob = z.output<typeof requestJob>;
export type ConnectJob = z.output<typeof connectJob>;
export type HelloJob = z.output<typeof helloJob>;
export type JobsJob = z.output<typeof jobsJob>;
