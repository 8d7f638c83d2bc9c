import * as z from "zod/mini";

const device = z.object({
  id: z.string(),
  fleet: z.string(),
  /** PEM. */
  certificate: z.string(),
  /** PEM. It is stored encrypted. */
  privateKey: z.string(),
});

/** The user, devices and integration of a region's canary, with their secrets. */
export const canaryIdentity = z.object({
  /** The token of its user. */
  token: z.string(),
  device,
  /** The MQTT endpoint of the region at the time, such as `mqtts://…:8883`. */
  endpoint: z.string(),
  /** When the device needs a new certificate, in milliseconds since 1970; absent: never. */
  renewAt: z.optional(z.number()),
  /** Absent until it is created. `url` is its target. */
  integration: z.optional(z.object({ id: z.string(), url: z.string() })),
  /** A device of a product, and the release that offers it a version. Absent until it is made. */
  update: z.optional(z.object({ product: z.int(), version: z.int(), device, release: z.string() })),
});

export type CanaryIdentity = z.output<typeof canaryIdentity>;

/** Stores the identity of this region's canary, encrypted. */
export interface CanaryIdentities {
  /** Absent before the first run. Fails if the row cannot be read or decrypted. */
  find(): Promise<CanaryIdentity | undefined>;
  put(identity: CanaryIdentity): Promise<void>;
}
