import * as z from "zod/mini";
import { type DeviceEvent, eventText } from "../../event/deviceEvent.ts";
import { Failure } from "../../failure.ts";
import { flag } from "../../input/flag.ts";
import { integrationBytesMax } from "../../limits.ts";
import type { Common } from "../common.ts";
import { fillJson, fillTexts } from "../fillFields.ts";
import { type Fill, fillTemplates } from "../fillTemplate.ts";
import type { Kind, Sending } from "../kind.ts";
import { urlProblem } from "../sendable.ts";
import { sign } from "../sign.ts";
import type { TargetRequest } from "../target.ts";
import { variables } from "../variables.ts";

const template = z.string().check(z.maxLength(integrationBytesMax));
const texts = z.record(
  z.string(),
  z.pipe(z.union([z.string(), z.number(), z.boolean()]), z.transform(String)),
);

/** Header lines in one string, as old hook files have them. */
const headerLines = z.pipe(
  z.string(),
  z.transform((lines: string) =>
    Object.fromEntries(
      lines.split(/\r?\n/).flatMap((line) => {
        const colon = line.indexOf(":");
        return colon < 1 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
      }),
    ),
  ),
);

/** A URL without variables is what it will be: one that nothing can be sent to is refused at once. */
const isUsable = (url: string): boolean =>
  url.includes("{{") || (URL.canParse(url) && new URL(url).username === "");

const settings = z.object({
  url: template.check(
    z.regex(/^https?:\/\/[^/\s]/i, "must be an http or https URL"),
    z.refine(isUsable, "cannot be used (a name and password belong into auth)"),
  ),
  requestType: z._default(z.enum(["GET", "POST", "PUT", "DELETE"]), "POST"),
  /** `json`, `form` and `body` exclude each other. */
  json: z.optional(z.union([z.record(z.string(), z.unknown()), template])),
  form: z.optional(texts),
  body: z.optional(template),
  query: z.optional(texts),
  headers: z.optional(z.union([texts, headerLines])),
  auth: z.optional(z.object({ username: template, password: template })),
  noDefaults: z._default(flag, false),
  rejectUnauthorized: z._default(flag, true),
  /** Ours: 302 and 303 say that the target has acted, as web forms do. */
  acceptRedirects: z.optional(flag),
  /** What becomes of the reply: shared/integration/responseEvents.ts. */
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
const render = (integration: Common & WebhookSettings, { id, event }: Sending): TargetRequest => {
  const fill = fillTemplates(variables(event, integration));
  const defaults = integration.noDefaults ? {} : defaultFields(event);
  const { headers, body } = renderBody(integration, { fill, defaults });
  const method = integration.requestType;
  const url = targetUrl(fill(integration.url), {
    ...(inQuery(integration) ? defaults : {}),
    ...fillTexts(integration.query ?? {}, fill),
  });
  return {
    method,
    url,
    headers: {
      "user-agent": "Godwit/1",
      ...headers,
      ...authorization(integration.auth, fill),
      ...lowerCaseKeys(fillTexts(integration.headers ?? {}, fill)),
      "webhook-id": id,
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

/** Whether the default fields go into the query: always for GET, for DELETE when it has no body. */
const inQuery = ({ requestType, json, form, body }: WebhookSettings): boolean =>
  requestType === "GET" || (requestType === "DELETE" && (json ?? form ?? body) === undefined);

const renderBody = (
  { requestType, json, form, body }: WebhookSettings,
  { fill, defaults }: { fill: Fill; defaults: Record<string, string> },
): { headers: Record<string, string>; body?: string } => {
  if (requestType === "GET") return { headers: {} };
  if (body !== undefined) return { headers: {}, body: fill(body) };
  if (typeof json === "string") return { headers: jsonHeaders, body: fill(json) };
  if (json !== undefined) {
    return { headers: jsonHeaders, body: JSON.stringify({ ...defaults, ...fillJson(json, fill) }) };
  }
  if (form !== undefined) return formBody({ ...defaults, ...fillTexts(form, fill) });
  return requestType === "DELETE" ? { headers: {} } : formBody(defaults);
};

const jsonHeaders = { "content-type": "application/json", accept: "application/json" };

const formBody = (fields: Record<string, string>) => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

const authorization = (auth: WebhookSettings["auth"], fill: Fill): Record<string, string> => {
  if (auth === undefined) return {};
  const pair = `${fill(auth.username)}:${fill(auth.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
};

/** A URL without its fragment, with further query fields. */
const targetUrl = (text: string, query: Record<string, string>): string => {
  const problem = urlProblem(text.trim());
  if (problem !== undefined) {
    throw new Failure(`no request can be made: the URL ${problem}`, { code: "invalid_request" });
  }
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
  secrets: ["auth", "headers"],
  signed: true,
  render,
  proof: ({ signing }): Record<string, string> =>
    signing === undefined
      ? {}
      : {
          "webhook-timestamp": "(the time of the attempt, in seconds)",
          "webhook-signature": "(v1, made anew for each attempt)",
        },
  async send({ signing }, { request, id }, { ask, now }) {
    return ask(sign(request, id, { signing, now: now() }));
  },
} as const satisfies Kind<WebhookSettings>;
