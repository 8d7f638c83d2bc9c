import * as z from "zod/mini";
import { type DeviceEvent, eventText } from "../../event/deviceEvent.ts";
import { flag } from "../../input/flag.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { urlProblem } from "../../target/normalizeRequest.ts";
import { type Method, methods, type TargetRequest } from "../../target/target.ts";
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
    z.union(
      [z.string(), z.number(), z.boolean()],
      "must be a text: a list or an object has no place here",
    ),
    z.transform(String),
  ),
);

/** Header lines in one string, as old hook files have them. */
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

/** A method in any case, or a template of one. */
const method = z.pipe(
  z.string().check(
    z.maxLength(integrationBytesMax),
    z.refine(
      (text) => text.includes("{{") || methodIn(text) !== undefined,
      "must be GET, POST, PUT or DELETE, or a template of one",
    ),
  ),
  z.transform((text: string) => methodIn(text) ?? text),
);

const methodIn = (text: string): Method | undefined =>
  methods.find((one) => one === text.trim().toUpperCase());

/** A URL without variables is what it will be: one that nothing can be sent to is refused at once. */
const isUsable = (url: string): boolean =>
  url.includes("{{") || (URL.canParse(url) && new URL(url).username === "");

const settings = z.object({
  url: template.check(
    z.regex(/^https?:\/\/[^/\s]/i, "must be an http or https URL"),
    z.refine(isUsable, "cannot be used (a name and password belong into auth)"),
  ),
  requestType: z._default(method, "POST"),
  /** `json`, `form` and `body` exclude each other. */
  json: z.optional(
    z.union(
      [z.record(z.string(), z.unknown()), template],
      "must be an object or a text: a list goes into a text",
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
  /** Ours: 302 and 303 say that the target has acted, as web forms do. */
  acceptRedirects: z.optional(flag),
  /** What becomes of the reply: shared/delivery/responseEvents.ts. */
  responseTemplate: z.optional(z.union([template, z.record(z.string(), z.unknown())])),
  responseTopic: z.optional(template),
  errorResponseTopic: z.optional(template),
  unchunked: z.optional(flag),
  dataUrlResponseEvent: z.optional(flag),
});

/** A webhook's own settings. */
export type WebhookSettings = z.output<typeof settings>;

/**
 * The request that a webhook makes of an event. Templates are Mustache; `{{x}}` is escaped for HTML and
 * `{{{x}}}` is not, as in Particle's webhooks.
 */
const render = (
  integration: Common & WebhookSettings,
  { id, event, version }: RenderInput,
): TargetRequest => {
  const { product } = integration;
  const renderText = templateRenderer(templateVariables(event, { product, version }));
  const defaults = integration.noDefaults ? {} : defaultFields(event);
  const requestMethod = renderMethod(integration, renderText);
  const { headers, body } = renderBody(integration, {
    renderText,
    defaults,
    method: requestMethod,
  });
  const url = targetUrl(renderText(integration.url), {
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

/** The method, filled in. One that an event made to GET has no body to send. */
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

/** What a request carries unless the integration says `noDefaults`. */
const defaultFields = (event: DeviceEvent): Record<string, string> => ({
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

/** The fields that go into the query: for GET the default ones and the form, for DELETE the default ones when it has no body. */
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

/** A URL without its fragment, with further query fields. */
const targetUrl = (text: string, query: Record<string, string>): string => {
  const problem = urlProblem(text.trim());
  if (problem !== undefined) throw unsendable(`the URL ${problem}`);
  const url = new URL(text.trim());
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  url.hash = "";
  return url.href;
};

const lowerCaseKeys = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));

/** An HTTP request to any URL, made of templates, as Particle's webhooks are; signed by Standard Webhooks. */
export const webhook = {
  settings,
  target: ({ url }) => url.split("/")[2] ?? url,
  secrets: ["auth", "azure_sas_token", "headers"],
  signed: true,
  problem: webhookProblem,
  render,
  authHeaderHints: ({ signing, azure_sas_token: sas }): Record<string, string> => ({
    ...(sas !== undefined && { authorization: "(a SharedAccessSignature, good for an hour)" }),
    ...(signing !== undefined && {
      "webhook-timestamp": "(the time of the attempt, in seconds)",
      "webhook-signature": "(v1, made anew for each attempt)",
    }),
  }),
  async send({ signing, azure_sas_token: sas }, { request, id }, { sendRequest, now }) {
    const proven = sas === undefined ? request : withSasToken(request, sas, now());
    return sendRequest(sign(proven, id, { signing, now: now() }));
  },
} as const satisfies Kind<WebhookSettings>;

/** Event Hubs and Service Bus take a key as its text, not as what its base64 stands for. */
const withSasToken = (
  request: TargetRequest,
  { key_name: name, key }: NonNullable<WebhookSettings["azure_sas_token"]>,
  now: number,
): TargetRequest => {
  const { origin, pathname } = new URL(request.url);
  const { text } = sasToken({ resource: `${origin}${pathname}`, name, key: Buffer.from(key) }, now);
  return { ...request, headers: { ...request.headers, authorization: text } };
};
