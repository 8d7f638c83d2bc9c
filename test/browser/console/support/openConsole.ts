import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { invokeAt } from "../../../../admin/invoke.ts";
import type { Cloud } from "../../../../local/cloud.ts";

/** A page of the console, and everything that must not happen on it. */
export interface ConsolePage {
  readonly page: Page;
  /** Requests to other origins, errors of scripts, and violations of the page's policy. */
  readonly problems: readonly string[];
  /** Opens a screen by its path, such as `devices`. */
  show(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Longest wait for something on a page. */
const waitMsMax = 15_000;

/** Invokes the admin function, as the operator does. */
export const askAdmin = async (cloud: Cloud, request: object): Promise<object> => {
  const place = JSON.parse(await readFile(join(cloud.state, "admin.json"), "utf8"));
  return Object(await invokeAt(place)(request));
};

/** A link of the operator that signs a user in, by default the demo user. */
export const signInLink = async (cloud: Cloud, username = cloud.user.username): Promise<string> => {
  const made = await askAdmin(cloud, { addSessionLink: { username, operator: true } });
  return `${cloud.api}/${Object(made).path}`;
};

/** Opens a browser page at the console. It is not signed in. */
export const openPage = async (
  cloud: Cloud,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<ConsolePage> => {
  const viewport = { width: 1_280, height: 900 };
  const context = await browser.newContext({ viewport, locale: "en-GB", ...options });
  context.setDefaultTimeout(waitMsMax);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("dialog", (dialog) => {
    problems.push(`a dialog of the browser: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    // The browser reports every failed request, which the console shows itself.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      problems.push(message.text());
    }
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && origin !== cloud.api) {
      problems.push(`a request to ${origin}`);
    }
  });
  return {
    page,
    problems,
    show: async (path) => {
      await page.goto(`${cloud.api}/console/${path}`);
      await page.locator("h1").waitFor();
    },
    close: () => context.close(),
  };
};

/** Opens a page that is signed in. */
export const openSignedIn = async (
  cloud: Cloud,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<ConsolePage> => {
  const opened = await openPage(cloud, browser, options);
  await opened.page.goto(await signInLink(cloud));
  await opened.page.getByRole("heading", { name: "Overview" }).waitFor();
  return opened;
};
