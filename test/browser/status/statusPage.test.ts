import { gzipSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import type { Snapshot } from "#shared/status/snapshot.ts";
import { minute, region, start } from "../../shared/status/support/samples.ts";
import {
  aSnapshot,
  everything,
  renderAll,
  worstRecords,
} from "../../shared/status/support/snapshots.ts";
import { axeViolations, openBrowser, overflows, serveFiles } from "../support/openBrowser.ts";

const origin = "https://status.example.com";
const ended = `incidents/${incidentIdOf(start - 3 * 1_440 * minute, "old")}.html`;
const pages = ["index.html", "history.html", "drills.html", ended];

const browser: Browser | undefined = await openBrowser();

afterAll(() => browser?.close());

/** A page that shows the files of a snapshot, and the requests that it made beyond them. */
const open = async (options: BrowserContextOptions = {}, first = aSnapshot(everything)) => {
  if (browser === undefined) throw new Error("no browser");
  const context = await browser.newContext({ viewport: { width: 1_000, height: 800 }, ...options });
  const page = await context.newPage();
  let files = renderAll(first);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  const { refused } = await serveFiles(page, origin, (path) =>
    files.find((file) => file.path === path),
  );
  return {
    page,
    refused,
    problems,
    show: (path: string) => page.goto(`${origin}/${path}`),
    publish: (snapshot: Snapshot) => {
      files = renderAll(snapshot);
    },
    close: () => context.close(),
  };
};

const text = (page: Page): Promise<string> => page.locator("body").innerText();

describe.skipIf(browser === undefined)("the status page in a browser", () => {
  let light: Awaited<ReturnType<typeof open>>;
  let small: Awaited<ReturnType<typeof open>>;

  beforeAll(async () => {
    light = await open();
    small = await open({
      viewport: { width: 320, height: 640 },
      colorScheme: "dark",
    });
    // The other one shows the warning about its age.
    await small.page.clock.setFixedTime(aSnapshot(everything).now);
  });
  afterAll(async () => {
    await light.close();
    await small.close();
  });

  it.each(pages)("is accessible, in light and dark, and fits 320 px: %s", async (path) => {
    for (const { page, show, refused, problems } of [light, small]) {
      await show(path);
      expect(await axeViolations(page)).toEqual([]);
      expect(await overflows(page)).toBe(false);
      expect([refused, problems]).toEqual([[], []]);
    }
    const color = "getComputedStyle(document.body).backgroundColor";
    expect(await small.page.evaluate(color)).not.toBe(await light.page.evaluate(color));
  });

  it("runs no script of an incident and loads nothing from other servers", async () => {
    const { page, show, refused } = light;
    page.once("dialog", () => expect.unreachable("a script ran"));
    for (const path of ["index.html", ended]) {
      await show(path);
      expect(await page.locator("img, script:not([src]):nth-of-type(2)").count()).toBe(0);
      expect(await text(page)).toContain("<script>alert(1)</script>");
    }
    expect(await page.locator("a[href^=javascript]").count()).toBe(0);
    expect(await page.locator("h3").first().innerText()).toBe("What happened");
    expect(refused).toEqual([]);
  });

  it("shows everything without JavaScript, and leads to every incident", async () => {
    const { page, show, close } = await open({ javaScriptEnabled: false });
    await show("index.html");
    expect(await text(page)).toContain("As of 2026-03-01 10:10 UTC");
    expect(await text(page)).toContain("Partial outage");
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("link", { name: "Partial outage of Functions and variables" }).click();
    expect(await text(page)).toContain("after 36 seconds");
    await page.getByRole("link", { name: "Status", exact: true }).click();
    expect(page.url()).toBe(`${origin}/index.html`);
    await close();
  });

  it("distrusts itself after three minutes, and trusts a newer page", async () => {
    const snapshot = aSnapshot(everything);
    const { page, show, publish, close } = await open({}, snapshot);
    await page.clock.install({ time: snapshot.now + 2 * minute });
    await show("index.html");
    const warning = page.getByRole("alert");
    expect(await warning.isVisible()).toBe(false);
    await page.clock.fastForward(minute + 10_000);
    await warning.waitFor({ state: "visible" });
    expect(await warning.innerText()).toContain("Do not trust it");
    publish(aSnapshot([], { now: snapshot.now + 4 * minute }));
    await page.clock.fastForward(minute);
    await page.getByRole("heading", { name: "All systems operational" }).waitFor();
    await warning.waitFor({ state: "hidden" });
    await close();
  });

  it("keeps what a reader enters into the form when it renews itself", async () => {
    const snapshot = aSnapshot([]);
    const { page, show, publish, close } = await open({}, snapshot);
    await page.clock.install({ time: snapshot.now });
    await show("index.html");
    await page.getByLabel("E-mail address").fill("ada@example.com");
    await page.getByLabel("E-mail address").blur();
    publish(aSnapshot(everything, { now: snapshot.now + minute }));
    const renewed = page.waitForResponse(`${origin}/index.html`);
    await page.clock.fastForward(minute + 5_000);
    await renewed;
    await page.clock.fastForward(minute);
    expect(await page.getByLabel("E-mail address").inputValue()).toBe("ada@example.com");
    await close();
  });

  it("is accessible and fits 320 px with the longest and most hostile texts", async () => {
    const worst = aSnapshot(worstRecords([region]), { since: start - 400 * 1_440 * minute });
    const { page, show, refused, problems, close } = await open(
      { viewport: { width: 320, height: 640 } },
      worst,
    );
    page.once("dialog", () => expect.unreachable("a script ran"));
    for (const path of ["index.html", "history.html"]) {
      await show(path);
      expect(await overflows(page)).toBe(false);
      expect(await page.locator("img").count()).toBe(0);
    }
    expect(await axeViolations(page)).toEqual([]);
    expect([refused, problems]).toEqual([[], []]);
    await page.getByRole("link", { name: "Older" }).click();
    expect(page.url()).toBe(`${origin}/history-2.html`);
    await close();
  });

  it("has feeds and badges that are well-formed XML", async () => {
    await light.show("index.html");
    const xml = renderAll(aSnapshot(everything)).filter(({ type }) => type.includes("xml"));
    expect(xml.length).toBeGreaterThan(9);
    for (const { path, body } of xml) {
      const root = `new DOMParser().parseFromString(${JSON.stringify(body)}, "application/xml").documentElement.outerHTML`;
      const parsed = await light.page.evaluate(root);
      expect([path, String(parsed).includes("parsererror")]).toEqual([path, false]);
    }
  });
});

it("loads at most 30 kB, gzipped, with two regions and 90 days", () => {
  const regions = ["eu-west-1", "us-east-1"];
  const files = renderAll(aSnapshot(everything, { regions }));
  for (const { path, type, body } of files) {
    if (type.startsWith("text/html"))
      expect([path, gzipSync(body).length < 30_000]).toEqual([path, true]);
  }
});

it.each([1, 4])("has lists of at most 30 kB with the worst history, %i regions", (count) => {
  const regions = [region, "us-east-1", "us-west-2", "ap-southeast-2"].slice(0, count);
  const since = start - 400 * 1_440 * minute;
  const files = renderAll(aSnapshot(worstRecords(regions), { regions, since }));
  const lists = files.filter(
    ({ path, type }) => type.startsWith("text/html") && !path.includes("/"),
  );
  expect(lists.length).toBeGreaterThan(8);
  for (const { path, body } of lists) {
    expect([path, gzipSync(body).length < 30_000]).toEqual([path, true]);
  }
});
