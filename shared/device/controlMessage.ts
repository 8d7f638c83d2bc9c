import * as z from "zod/mini";

const time = z.int().check(z.nonnegative());

/** The commands of the cloud on `control/{device}`, by name. Devices ignore unknown commands. */
export const commands = {
  hello: z.object({ command: z.literal("hello") }),
  ping: z.object({ command: z.literal("ping") }),
  /** Reconnect at a random time within `delay` milliseconds. */
  reconnect: z.object({ command: z.literal("reconnect"), delay: time }),
  signal: z.object({ command: z.literal("signal"), on: z.boolean() }),
  /** The device was moved to this fleet. */
  fleet: z.object({ command: z.literal("fleet"), fleet: z.string() }),
  /** The MQTT endpoints of all regions. */
  endpoints: z.object({ command: z.literal("endpoints"), endpoints: z.array(z.string()) }),
  /** Renew the certificate. */
  rotate: z.object({ command: z.literal("rotate") }),
  /** Publish the vitals. */
  vitals: z.object({ command: z.literal("vitals") }),
  /** The answer to a certificate request, which `request` (its SHA-256 in hex) identifies. */
  certificate: z.object({
    command: z.literal("certificate"),
    request: z.string(),
    certificate: z.string(),
    issued_at: time,
    expires_at: z.optional(time),
  }),
  certificateRefused: z.object({
    command: z.literal("certificate"),
    request: z.string(),
    error: z.string(),
    message: z.string(),
    retry_after: z.optional(z.number()),
  }),
} as const;

/** A command of the cloud to a device. */
export type ControlMessage = z.output<(typeof commands)[keyof typeof commands]>;

/** The payload of a command. */
export const encodeControl = (message: ControlMessage): Uint8Array =>
  Buffer.from(JSON.stringify(message));
