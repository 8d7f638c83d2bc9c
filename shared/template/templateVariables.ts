import { type DeviceEvent, eventText } from "../event/deviceEvent.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { parseJson } from "../platform/parseJson.ts";
import { eventTtlSeconds } from "./limits.ts";

/**
 * The variables of a template: the members of the event's data if that is a JSON object, and what the cloud
 * knows. `PRODUCT_ID` is there where the integration is a product's, and `PRODUCT_VERSION` where the device has said one.
 */
export const templateVariables = (
  event: DeviceEvent,
  {
    product,
    version,
  }: { readonly product?: number | undefined; readonly version?: string | undefined },
): Record<string, unknown> => {
  const value = eventText(event);
  const publishedAt = new Date(event.publishedAt).toISOString();
  const whole = wholeEvent(event, value);
  return {
    ...jsonMembers(parseJson(value.replace(/^\ufeff/, ""))),
    ...omitUndefined({ PRODUCT_ID: product, PRODUCT_VERSION: version }),
    PARTICLE_DEVICE_ID: event.device,
    PARTICLE_EVENT_NAME: event.name,
    PARTICLE_EVENT_VALUE: value,
    PARTICLE_PUBLISHED_AT: publishedAt,
    PARTICLE_EVENT_ID: event.id,
    PARTICLE_EVENT_JSON: whole,
    PARTICLE_EVENT_BASE64: Buffer.from(whole).toString("base64"),
    SPARK_CORE_ID: event.device,
    SPARK_EVENT_NAME: event.name,
    SPARK_EVENT_VALUE: value,
    SPARK_PUBLISHED_AT: publishedAt,
  };
};

/** The entire event as JSON text, with the members that Particle's have. */
const wholeEvent = (event: DeviceEvent, data: string): string =>
  JSON.stringify({
    name: event.name,
    data,
    published_at: new Date(event.publishedAt).toISOString(),
    coreid: event.device,
    ttl: eventTtlSeconds,
  });

const jsonMembers = (json: unknown): object =>
  typeof json === "object" && !Array.isArray(json) ? { ...json } : {};
