import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "../test/browser/support/openBrowser.ts";

/**
 * The pages of the documentation: a file, its path below the API's address, and how it is shown.
 */
const shots = [
  { file: "status-page.png", path: "/status/", colorScheme: "light", width: 820, height: 700 },
  { file: "status-page-dark.png", path: "/status/", colorScheme: "dark", width: 360, height: 640 },
] as const;

const [api, folder = "docs/images"] = process.argv.slice(2);
if (api === undefined) throw new Error("usage: npm run screenshots -- API-URL [FOLDER]");

const browser = await openBrowser();
if (browser === undefined) throw new Error("no browser: set CHROMIUM_PATH");
mkdirSync(folder, { recursive: true });
for (const { file, path, colorScheme, width, height } of shots) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } });
  await page.goto(`${api}${path}`);
  await page.screenshot({ path: join(folder, file) });
  await page.close();
}
await browser.close();
