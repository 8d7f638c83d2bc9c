import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page, Request, Route } from "playwright-core";
import { openApi } from "#shared/contract/openApi.ts";
import { pageName } from "../../../functions/edge/site/pageName.ts";
import { openSite } from "../../../functions/edge/site/site.ts";
import { buildConsole } from "../../../infra/constructs/function/consoleSite.ts";

/** The address of the API, below the stage. */
export const api = "https://cloud.example.com/live";

export const document = openApi({ server: api });

const folder = mkdtempSync(join(tmpdir(), "godwit-reference-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
buildConsole(folder);
const site = openSite(folder);

/** A request of the page to the API. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface OpenReference {
  readonly page: Page;
  /** Requests to operations. */
  readonly sent: readonly Sent[];
  readonly problems: readonly string[];
  show(operation: string): Promise<void>;
}

interface Options extends BrowserContextOptions {
  /** Whether the browser has a session. */
  readonly isSignedIn?: boolean;
}

/** An answer with hostile text. */
export const answer = { ok: true, name: '<script>alert("x")</script>\u202e' };

/** Opens the reference of an API that answers every operation with `answer`. */
export const openReference = async (
  browser: Browser,
  { isSignedIn = false, ...options }: Options = {},
): Promise<OpenReference> => {
  const context = await browser.newContext({
    viewport: { width: 1_280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const sent: Sent[] = [];
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  const session = isSignedIn
    ? { signed_in: true, username: "ada@example.com", csrf_token: "csrf" }
    : { signed_in: false };
  await page.route("**/*", async (route) => {
    const request = route.request();
    if (!request.url().startsWith(`${api}/`)) {
      problems.push(`a request to ${request.url()}`);
      return route.abort();
    }
    const path = request.url().slice(api.length);
    if (path.startsWith("/console")) return fulfillFile(route, path);
    if (path === "/v1/openapi.json") return route.fulfill({ json: document });
    if (path === "/v1/session" && request.method() === "GET")
      return route.fulfill({ json: session });
    sent.push(await read(request));
    return route.fulfill({ json: answer });
  });
  return {
    page,
    sent,
    problems,
    show: async (operation) => {
      await page.goto(`${api}/console/reference/${operation}`);
      await page.locator("h1").waitFor();
    },
  };
};

const fulfillFile = async (route: Route, whole: string): Promise<void> => {
  const path = whole.replace(/^\/console\/?/, "").replace(/\?.*$/, "");
  const file = path.startsWith("assets/")
    ? site.asset(path, "")
    : site.page(pageName(path), "/live/console/");
  if (file === undefined) await route.fulfill({ status: 404 });
  else await route.fulfill({ headers: { ...file.headers }, body: Buffer.from(file.body) });
};

const read = async (request: Request): Promise<Sent> => ({
  method: request.method(),
  url: request.url(),
  headers: await request.allHeaders(),
  body: request.postData(),
});
