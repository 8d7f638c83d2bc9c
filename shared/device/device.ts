import { randomBytes } from "node:crypto";
import * as z from "zod";
import { deviceNameCharsMax } from "../limits.ts";

/** A thing that publishes events. */
export const device = z.object({
  /** 24 hex digits; also its MQTT client id and its name in IoT Core's registry. */
  id: z.string().regex(/^[0-9a-f]{24}$/),
  fleet: z.string().min(1),
  name: z.string(),
  owner: z.string(),
  /** When it was made, ISO 8601. */
  createdAt: z.string(),
});

export type Device = z.output<typeof device>;

/** Fit for a URL's path and for a shell, as Particle's names are. */
export const deviceName = z
  .string()
  .max(deviceNameCharsMax)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "must be letters, digits, _ . and -");

export const newDeviceId = (): string => randomBytes(12).toString("hex");
