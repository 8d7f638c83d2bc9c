import { type DeviceEvent, eventText } from "../event/deviceEvent.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { parseJson } from "../platform/parseJson.ts";
import { eventTtlSeconds } from "./limits.ts";

/**
 * Returns the variables of a template: the members of the event's data if it is a JSON object, and
 * those of the cloud. `PRODUCT_ID` exists for integrations of products, `PRODUCT_VERSION` if the
 * device has reported one.
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

/** The complete event as JSON text, with the members of Particle's. */
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
