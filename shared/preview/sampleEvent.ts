import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { resolvePublisher } from "../delivery/resolvePublisher.ts";
import type { Devices } from "../device/device.ts";
import type { DeviceEvent } from "../event/deviceEvent.ts";
import { time } from "../input/time.ts";
import type { Integration } from "../integration/model/integration.ts";
import { Failure } from "../platform/failure.ts";
import { eventKeyCharsMax } from "../platform/limits.ts";
import { eventDataBytesMax, topicBytesMax } from "../platform/quotas.ts";
import { apiPublisher } from "../platform/topic.ts";

const publisher = z.string().check(z.minLength(1), z.maxLength(64));

/** An example event in a request. Data other than text becomes JSON. */
export const sampleInput = z.object({
  id: z.optional(z.string().check(z.minLength(1), z.maxLength(eventKeyCharsMax))),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(topicBytesMax))),
  data: z
    .pipe(
      z.unknown(),
      z.transform((data: unknown) =>
        typeof data === "string" ? data : (JSON.stringify(data) ?? ""),
      ),
    )
    .check(
      z.refine((data) => Buffer.byteLength(data) <= eventDataBytesMax, {
        message: `is larger than ${eventDataBytesMax} bytes`,
      }),
    ),
  device: z.optional(publisher),
  /** The API's name for the device. */
  coreid: z.optional(publisher),
  published_at: z.optional(time),
});

type Sample = z.output<typeof sampleInput>;

/**
 * Resolves the device's name in a sample to its id. Fails with `invalid_request` if the fleet has
 * no such device.
 */
export const withSenderId = async (
  sample: Sample,
  fleet: string,
  deps: { devices: Pick<Devices, "find" | "findByName"> },
): Promise<Sample> => {
  const idOf = async (field: "device" | "coreid"): Promise<string | undefined> => {
    const given = sample[field];
    if (given === undefined) return undefined;
    try {
      return await resolvePublisher(fleet, given, deps);
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== "not_found") throw cause;
      throw new Failure(
        `event.${field}: no device of the fleet is named ${JSON.stringify(given)}; give its name, the id of a device, or "api"`,
        { code: "invalid_request", cause },
      );
    }
  };
  return { ...sample, device: await idOf("device"), coreid: await idOf("coreid") };
};

/** Creates the example event. Omitted fields get values that the integration matches. */
export const sampleEvent = (
  { fleet, event, deviceID }: Integration,
  { id, name, data, device, coreid, published_at: at }: z.output<typeof sampleInput>,
  now: number,
): DeviceEvent => ({
  id: id ?? randomBytes(16).toString("hex"),
  fleet,
  device: device ?? coreid ?? deviceID ?? apiPublisher,
  name: name ?? event,
  data: Buffer.from(data).toString("base64"),
  publishedAt: at ?? now,
});
