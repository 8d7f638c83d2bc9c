import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "./findChromium.ts";

/**
 * Starts a browser; `undefined` on a machine that has none and for which no npm package has one. A
 * root user, as in a container, has no sandbox.
 */
export const openBrowser = async (): Promise<Browser | undefined> => {
  const found = await findChromium();
  if (found === undefined) return undefined;
  const { executablePath, env } = found;
  return chromium.launch({
    executablePath,
    env: { ...process.env, ...env },
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
};

/** A response of a site in a test. */
export interface SiteFile {
  readonly type: string;
  readonly body: string;
}

/**
 * Serves files to a page at `origin` without a server, by their paths without a slash at the
 * beginning. Every other request fails, and is returned.
 */
export const serveFiles = async (
  page: Page,
  origin: string,
  fileAt: (path: string) => SiteFile | undefined,
): Promise<{ readonly refused: string[] }> => {
  const refused: string[] = [];
  await page.route("**/*", async (route) => {
    const url = new URL(route.request().url());
    const file = url.origin === origin ? fileAt(url.pathname.slice(1)) : undefined;
    if (file === undefined) {
      refused.push(url.href);
      await route.abort();
    } else await route.fulfill({ contentType: file.type, body: file.body });
  });
  return { refused };
};

/** The violations of accessibility rules (WCAG 2.2 A and AA, and best practices) on a page. */
export const axeViolations = async (page: Page): Promise<string[]> => {
  // Not as a script of the page, whose policy would refuse it.
  await page.evaluate(axe.source);
  return page.evaluate(violationsOnPage);
};

/** Runs in the page. */
const violationsOnPage = async (): Promise<string[]> => {
  const run: unknown = Reflect.get(globalThis, "axe").run;
  if (typeof run !== "function") throw new Error("axe is not loaded");
  const { violations } = await run();
  return violations.map(
    ({ id, nodes }: { id: string; nodes: { html: string; failureSummary?: string }[] }) =>
      `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
  );
};

/** Whether the page needs horizontal scrolling. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
