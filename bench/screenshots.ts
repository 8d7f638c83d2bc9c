import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { invokeAt } from "../admin/invoke.ts";
import { openBrowser } from "../test/browser/support/openBrowser.ts";
import { help, parseOptions, type ScreenshotOptions } from "./screenshotOptions.ts";

/**
 * The pages of the documentation: a file, its path below the API's address, and how it is shown.
 */
const shots = [
  { file: "status-page.png", path: "/status/", colorScheme: "light", width: 820, height: 700 },
  { file: "status-page-dark.png", path: "/status/", colorScheme: "dark", width: 360, height: 640 },
] as const;

const console = { colorScheme: "light", width: 1_280, height: 800 } as const;

/** The screens of the console, whose paths are below `/console/`. */
const screens = [
  { file: "console-events-dark.png", path: "events", ...console, colorScheme: "dark", width: 390 },
  { file: "console-integration.png", path: "integrations/new", ...console },
] as const;

type Shot = (typeof shots | typeof screens)[number];

/** Live events are filled after this time: the demo device publishes every 5 s. */
const settleMs = 12_000;

const read = (state: string, file: string): string => readFileSync(join(state, file), "utf8");

/** A page at a screen of the console, signed in as the demo user. */
const signIn = async (page: Page, api: string, state: string): Promise<void> => {
  const { username } = JSON.parse(read(state, "demo/user.json"));
  const invoke = invokeAt(JSON.parse(read(state, "admin.json")));
  const made = await invoke({ addSessionLink: { username, operator: true } });
  await page.goto(`${api}/${Object(made).path}`);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
};

/** Takes one image. With a state folder it is one of the console. */
const take = async (
  browser: Browser,
  shot: Shot,
  { api, folder, state }: ScreenshotOptions,
): Promise<void> => {
  const { file, path, colorScheme, width, height } = shot;
  const page = await browser.newPage({
    colorScheme,
    viewport: { width, height },
    locale: "en-GB",
  });
  if (state !== undefined) await signIn(page, api, state);
  await page.goto(`${api}${state === undefined ? path : `/console/${path}`}`);
  if (state !== undefined) await page.waitForTimeout(settleMs);
  await page.screenshot({ path: join(folder, file) });
  await page.close();
};

const takeAll = async (options: ScreenshotOptions): Promise<void> => {
  const browser = await openBrowser();
  if (browser === undefined) throw new Error("no browser: set CHROMIUM_PATH");
  try {
    mkdirSync(options.folder, { recursive: true });
    for (const shot of shots) await take(browser, shot, { ...options, state: undefined });
    if (options.state !== undefined) for (const shot of screens) await take(browser, shot, options);
  } finally {
    await browser.close();
  }
};

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(`${help}\n`);
  else await takeAll(options);
} catch (error) {
  process.stderr.write(`screenshots: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
