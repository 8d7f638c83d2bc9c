import * as z from "zod/mini";
import { type DeviceEvent, eventText } from "../../event/deviceEvent.ts";
import { flag } from "../../input/flag.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { type Method, methods, type TargetRequest } from "../../target/target.ts";
import { targetUrl, urlProblem } from "../../target/targetUrl.ts";
import {
  renderFields,
  renderJson,
  type TemplateRenderer,
  templateRenderer,
} from "../../template/renderTemplate.ts";
import { templateVariables } from "../../template/templateVariables.ts";
import { hopsAfter, hopsHeader } from "./hops.ts";
import type { Common, Kind, RenderInput } from "./kind.ts";
import { integrationBytesMax } from "./limits.ts";
import { sasToken } from "./sasToken.ts";
import { webhookProblem } from "./webhookProblem.ts";
import { sign } from "./webhookSignature.ts";

const template = z.string().check(z.maxLength(integrationBytesMax));
const sasText = z.string().check(z.minLength(1), z.maxLength(512));
const texts = z.record(
  z.string(),
  z.pipe(
    z.union([z.string(), z.number(), z.boolean()], "must be a text, not a list or an object"),
    z.transform(String),
  ),
);

/** Header lines in one string, as in old webhook files. */
const headerLines = z.pipe(
  z
    .string()
    .check(
      z.refine(
        (lines) => linesIn(lines).every((line) => line.indexOf(":") > 0),
        'must have one "Name: value" a line',
      ),
    ),
  z.transform((lines: string) =>
    Object.fromEntries(
      linesIn(lines).map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      }),
    ),
  ),
);

const linesIn = (text: string): string[] =>
  text.split(/\r?\n/).filter((line) => line.trim() !== "");

/** A method in any case, or a template for one. */
const method = z.pipe(
  z.string().check(
    z.maxLength(integrationBytesMax),
    z.refine(
      (text) => text.includes("{{") || methodIn(text) !== undefined,
      "must be GET, POST, PUT or DELETE, or a template for one",
    ),
  ),
  z.transform((text: string) => methodIn(text) ?? text),
);

const methodIn = (text: string): Method | undefined =>
  methods.find((one) => one === text.trim().toUpperCase());

/** Whether a URL can be used. A URL with variables is checked when it is rendered. */
const isUsable = (url: string): boolean =>
  url.includes("{{") || (URL.canParse(url) && new URL(url).username === "");

const settings = z.object({
  url: template.check(
    z.regex(/^https?:\/\/[^/\s]/i, { error: "must be an http or https URL", abort: true }),
    z.refine(isUsable, { error: ({ input }) => urlProblem(String(input)), abort: true }),
  ),
  requestType: z._default(method, "POST"),
  /** `json`, `form` and `body` are mutually exclusive. */
  json: z.optional(
    z.union(
      [z.record(z.string(), z.unknown()), template],
      "must be an object or a text; write a list as a text",
    ),
  ),
  form: z.optional(texts),
  body: z.optional(template),
  query: z.optional(texts),
  headers: z.optional(z.union([texts, headerLines])),
  auth: z.optional(z.object({ username: template, password: template })),
  /** The policy and key that sign requests to Azure Event Hubs or Service Bus. */
  azure_sas_token: z.optional(z.object({ key_name: sasText, key: sasText })),
  noDefaults: z._default(flag, false),
  rejectUnauthorized: z._default(flag, true),
  /** Godwit extension: 302 and 303 count as success, as web forms use them. */
  acceptRedirects: z.optional(flag),
  /** Response events: shared/delivery/responseEvents.ts. */
  responseTemplate: z.optional(z.union([template, z.record(z.string(), z.unknown())])),
  responseTopic: z.optional(template),
  errorResponseTopic: z.optional(template),
  unchunked: z.optional(flag),
  dataUrlResponseEvent: z.optional(flag),
});

/** Settings of a webhook. */
export type WebhookSettings = z.output<typeof settings>;

/**
 * Renders the request of a webhook. Templates are Mustache: `{{x}}` is escaped for HTML, `{{{x}}}`
 * is not, as in Particle's webhooks.
 */
const render = (
  integration: Common & WebhookSettings,
  { id, event, version }: RenderInput,
): TargetRequest => {
  const { product } = integration;
  const renderText = templateRenderer(() => templateVariables(event, { product, version }));
  const defaults = integration.noDefaults ? {} : defaultFields(event);
  const requestMethod = renderMethod(integration, renderText);
  const { headers, body } = renderBody(integration, {
    renderText,
    defaults,
    method: requestMethod,
  });
  const url = withQuery(renderUrl(integration.url, renderText), {
    ...queryFields(integration, { renderText, defaults, method: requestMethod }),
    ...renderFields(integration.query ?? {}, renderText),
  });
  return {
    method: requestMethod,
    url,
    headers: {
      "user-agent": "Godwit/1",
      ...headers,
      ...authorization(integration.auth, renderText),
      ...lowerCaseKeys(renderFields(integration.headers ?? {}, renderText)),
      "webhook-id": id,
      [hopsHeader]: hopsAfter(event),
    },
    ...omitUndefined({ body }),
    rejectUnauthorized: integration.rejectUnauthorized,
  };
};

const unsendable = (why: string): Failure =>
  new Failure(`no request can be made: ${why}`, { code: "invalid_request" });

/** Renders the method. Fails if it renders to GET and there is a body to send. */
const renderMethod = (
  { requestType, json, body }: WebhookSettings,
  renderText: TemplateRenderer,
): Method => {
  const filled = renderText(requestType);
  const found = methodIn(filled);
  if (found === undefined) {
    throw unsendable(
      `the method ${JSON.stringify(filled.slice(0, 20))} is not GET, POST, PUT or DELETE`,
    );
  }
  if (found === "GET" && requestType !== "GET" && (json ?? body) !== undefined) {
    throw unsendable("a GET has no body, and there is json or body to send");
  }
  return found;
};

/** The default fields of a request. */
export const webhookFields = z.object({
  event: z.string(),
  data: z.string(),
  published_at: z.iso.datetime(),
  coreid: z.string(),
});

/** Default fields, unless the integration sets `noDefaults`. */
const defaultFields = (event: DeviceEvent): z.output<typeof webhookFields> => ({
  event: event.name,
  data: eventText(event),
  published_at: new Date(event.publishedAt).toISOString(),
  coreid: event.device,
});

interface Rendering {
  readonly renderText: TemplateRenderer;
  readonly defaults: Record<string, string>;
  readonly method: Method;
}

/**
 * Returns the query fields: for GET the default ones and the form; for DELETE without a body the
 * default ones.
 */
const queryFields = (
  { json, form, body }: WebhookSettings,
  { renderText, defaults, method: requestMethod }: Rendering,
): Record<string, string> => {
  if (requestMethod === "GET") return { ...defaults, ...renderFields(form ?? {}, renderText) };
  return requestMethod === "DELETE" && (json ?? form ?? body) === undefined ? defaults : {};
};

const renderBody = (
  { json, form, body }: WebhookSettings,
  { renderText, defaults, method: requestMethod }: Rendering,
): { headers: Record<string, string>; body?: string } => {
  if (requestMethod === "GET") return { headers: {} };
  if (body !== undefined) return { headers: {}, body: renderText(body) };
  if (typeof json === "string") return { headers: jsonHeaders, body: renderText(json) };
  if (json !== undefined) {
    return {
      headers: jsonHeaders,
      body: JSON.stringify({ ...defaults, ...renderJson(json, renderText) }),
    };
  }
  if (form !== undefined) return formBody({ ...defaults, ...renderFields(form, renderText) });
  return requestMethod === "DELETE" ? { headers: {} } : formBody(defaults);
};

const jsonHeaders = { "content-type": "application/json", accept: "application/json" };

const formBody = (fields: Record<string, string>) => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

const authorization = (
  auth: WebhookSettings["auth"],
  renderText: TemplateRenderer,
): Record<string, string> => {
  if (auth === undefined) return {};
  const pair = `${renderText(auth.username)}:${renderText(auth.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
};

/**
 * Renders a URL. URL parsers remove line breaks, tabs and surrounding white space: in the template
 * they are layout, but in the data of an event they are encoded, so that the target receives them.
 */
const renderUrl = (url: string, renderText: TemplateRenderer): string => {
  const rendered = renderText(url.trim().replace(/[\t\n\r]/g, ""));
  const text = rendered.replace(/\p{Cc}/gu, encodeURIComponent);
  const kept = text.trimEnd();
  const hasPath = /^https?:\/\/[^/?#]*[/?#]/i.test(kept);
  return hasPath ? kept + encodeURIComponent(text.slice(kept.length).toWellFormed()) : kept;
};

/** Returns the URL without its fragment, with further query fields. */
const withQuery = (text: string, query: Record<string, string>): string => {
  const { href } = targetUrl(text);
  const fields = Object.entries(query);
  if (fields.length === 0) return href;
  const url = new URL(href);
  for (const [key, value] of fields) url.searchParams.set(key, value);
  return url.href;
};

const lowerCaseKeys = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));

/**
 * Sends an HTTP request to any URL, rendered from templates like Particle's webhooks and signed by
 * Standard Webhooks.
 */
export const webhook = {
  settings,
  target: ({ url }) => url.split("/")[2] ?? url,
  secrets: ["auth", "azure_sas_token", "headers"],
  signed: true,
  problem: webhookProblem,
  render,
  authHeaderHints: ({ signing, azure_sas_token: sas }): Record<string, string> => ({
    ...(sas !== undefined && { authorization: "(a SharedAccessSignature, valid for an hour)" }),
    ...(signing !== undefined && {
      "webhook-timestamp": "(the time of the attempt, in seconds)",
      "webhook-signature": "(v1, computed for each attempt)",
    }),
  }),
  send({ signing, azure_sas_token: sas }, { request, id }, { sendRequest, now }) {
    const proven = sas === undefined ? request : withSasToken(request, sas, now());
    return sendRequest(sign(proven, id, { signing, now: now() }));
  },
} as const satisfies Kind<WebhookSettings>;

/** Adds a SAS token. Event Hubs and Service Bus use the key as text, not base64-decoded. */
const withSasToken = (
  request: TargetRequest,
  { key_name: name, key }: NonNullable<WebhookSettings["azure_sas_token"]>,
  now: number,
): TargetRequest => {
  const { origin, pathname } = new URL(request.url);
  const { text } = sasToken({ resource: `${origin}${pathname}`, name, key: Buffer.from(key) }, now);
  return { ...request, headers: { ...request.headers, authorization: text } };
};
