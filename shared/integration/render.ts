import { type DeviceEvent, eventText } from "../event/deviceEvent.ts";
import { Failure } from "../failure.ts";
import { parseJson } from "../parseJson.ts";
import { type Fill, fillTemplates } from "./fillTemplate.ts";
import type { Integration } from "./integration.ts";

/** An HTTP request to a target. */
export interface TargetRequest {
  readonly method: Integration["requestType"];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly rejectUnauthorized: boolean;
}

/**
 * The request that an integration makes of an event. Templates are Mustache; `{{x}}` is escaped for HTML and
 * `{{{x}}}` is not, as in Particle's webhooks.
 * Fails with `invalid_request` when a template or the URL that comes out of it cannot be used.
 */
export const render = (
  integration: Integration,
  event: DeviceEvent,
  deliveryId: string,
): TargetRequest => {
  const fill = fillTemplates(variables(event));
  const defaults = integration.noDefaults ? {} : defaultFields(event);
  const { headers, body } = renderBody(integration, { fill, defaults });
  const method = integration.requestType;
  const url = targetUrl(fill(integration.url), {
    ...(method === "GET" || method === "DELETE" ? defaults : {}),
    ...fillValues(integration.query ?? {}, fill),
  });
  return {
    method,
    url,
    headers: {
      "user-agent": "Godwit/1",
      "webhook-id": deliveryId,
      ...headers,
      ...authorization(integration.auth, fill),
      ...lowerCaseKeys(fillValues(integration.headers ?? {}, fill)),
    },
    ...(body !== undefined && { body }),
    rejectUnauthorized: integration.rejectUnauthorized,
  };
};

/** What a request carries unless the integration says `noDefaults`. */
const defaultFields = (event: DeviceEvent): Record<string, string> => ({
  event: event.name,
  data: eventText(event),
  published_at: new Date(event.publishedAt).toISOString(),
  coreid: event.device,
});

const renderBody = (
  { requestType, json, form, body }: Integration,
  { fill, defaults }: { fill: Fill; defaults: Record<string, string> },
): { headers: Record<string, string>; body?: string } => {
  if (body !== undefined) return { headers: {}, body: fill(body) };
  if (typeof json === "string") return { headers: jsonHeaders, body: fill(json) };
  if (json !== undefined) {
    return {
      headers: jsonHeaders,
      body: JSON.stringify({ ...defaults, ...fillObject(json, fill) }),
    };
  }
  if (form !== undefined) return formBody({ ...defaults, ...fillValues(form, fill) });
  return requestType === "GET" || requestType === "DELETE" ? { headers: {} } : formBody(defaults);
};

const jsonHeaders = { "content-type": "application/json", accept: "application/json" };

const formBody = (fields: Record<string, string>) => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

const authorization = (auth: Integration["auth"], fill: Fill): Record<string, string> => {
  if (auth === undefined) return {};
  const pair = `${fill(auth.username)}:${fill(auth.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
};

/** A URL without its fragment, with further query fields. A user and password in it are refused: use `auth`. */
const targetUrl = (text: string, query: Record<string, string>): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "") {
    throw new Failure("the URL cannot be used", { code: "invalid_request" });
  }
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  url.hash = "";
  return url.href;
};

const fillValues = (fields: Readonly<Record<string, string>>, fill: Fill): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [fill(key), fill(value)]));

const fillObject = (fields: Record<string, unknown>, fill: Fill): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [fill(key), fillAny(value, fill)]),
  );

const fillAny = (value: unknown, fill: Fill): unknown => {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((item) => fillAny(item, fill));
  if (typeof value === "object" && value !== null) return fillObject({ ...value }, fill);
  return value;
};

const lowerCaseKeys = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));

/** The variables of a template: the members of the event's data if that is a JSON object, and ours. */
const variables = (event: DeviceEvent): Record<string, unknown> => {
  const value = eventText(event);
  const publishedAt = new Date(event.publishedAt).toISOString();
  return {
    ...jsonObject(value),
    PARTICLE_DEVICE_ID: event.device,
    PARTICLE_EVENT_NAME: event.name,
    PARTICLE_EVENT_VALUE: value,
    PARTICLE_PUBLISHED_AT: publishedAt,
    PARTICLE_EVENT_ID: event.id,
    SPARK_CORE_ID: event.device,
    SPARK_EVENT_NAME: event.name,
    SPARK_EVENT_VALUE: value,
    SPARK_PUBLISHED_AT: publishedAt,
  };
};

const jsonObject = (text: string): object =>
  text.trimStart().startsWith("{") ? Object(parseJson(text)) : {};
