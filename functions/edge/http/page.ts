import { createHash } from "node:crypto";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { Failure } from "#shared/platform/failure.ts";
import type { Route } from "#shared/routes/route.ts";
import type { Endpoint } from "./api.ts";
import { failureReply } from "./reply.ts";
import { header } from "./request.ts";

/** A page for a person: sentences, and a button that sends a POST request. */
export interface Page {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly form?: {
    /** Relative to the page. */
    readonly action: string;
    readonly button: string;
    readonly fields: Readonly<Record<string, string>>;
  };
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;overflow-wrap:anywhere}button{font:inherit;padding:.5rem 1rem}";

/** No script, no other origin, and no frame can act on the page; a token is in its URL. */
const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex",
} as const;

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const html = ({ title, sentences, form }: Page): string => {
  const fields = Object.entries(form?.fields ?? {}).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const button =
    form === undefined
      ? ""
      : `<form method="post" action="${escaped(form.action)}">${fields.join("")}<button>${escaped(form.button)}</button></form>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${escaped(title)}</title><style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1>${sentences.map((each) => `<p>${escaped(each)}</p>`).join("")}${button}</main></body>
</html>
`;
};

const pageReply = (statusCode: number, page: Page): APIGatewayProxyResult => ({
  statusCode,
  headers,
  body: html(page),
});

/** Whether the client is a browser that shows a page: API clients do not name HTML. */
const acceptsHtml = (event: APIGatewayProxyEvent): boolean =>
  (header(event, "accept") ?? "").toLowerCase().includes("text/html");

/**
 * Answers a browser with a page, also for a failure, and every other client with JSON. `page` makes
 * the page of a successful request; `token` is its field of that name.
 */
export const withPage =
  <R extends Route>(
    page: (body: unknown, token: string) => Page,
    endpoint: Endpoint<R>,
  ): Endpoint<R> =>
  async (route, event, access) => {
    if (!acceptsHtml(event)) return endpoint(route, event, access);
    try {
      const { statusCode, body } = await endpoint(route, event, access);
      const token = event.queryStringParameters?.token ?? "";
      return pageReply(statusCode, page(JSON.parse(body), token));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { statusCode, headers: more } = failureReply(error);
      const failed = pageReply(statusCode, {
        title: "This did not work",
        sentences: [error.message],
      });
      const { "retry-after": retryAfter } = { "retry-after": undefined, ...more };
      return {
        ...failed,
        headers: { ...headers, ...(retryAfter !== undefined && { "retry-after": retryAfter }) },
      };
    }
  };
