import type { Browser, CDPSession, Page } from "playwright-core";
import { type Frames, measureFrames } from "./frames.ts";

/** How the console behaves in a browser. */
export interface ConsoleResult {
  readonly devices: number;
  readonly rate: number;
  readonly seconds: number;
  /** Bytes of the first load, compressed. */
  readonly firstLoadBytes: number;
  readonly firstLoadRequests: number;
  /** The screen with the live events. */
  readonly events: Frames;
  /** Events that the page has counted, and those that were published meanwhile. */
  readonly eventsSeen: number;
  readonly eventsPublished: number;
  /** Bytes of the script's heap after a garbage collection: at first, halfway and at the end. */
  readonly heapBytes: readonly number[];
  /** The list of devices, a page at a time. */
  readonly list: Frames;
  /** Milliseconds until each page of devices is shown. */
  readonly pageMs: readonly number[];
}

interface Measured {
  /** The link that signs the browser in. */
  readonly link: string;
  /** The screens of the fleet: an address without a slash at the end. */
  readonly fleet: string;
  readonly devices: number;
  readonly rate: number;
  readonly seconds: number;
  /** Publishes at the rate for some seconds. */
  publish(seconds: number): Promise<void>;
}

/** Longer than the ring of events needs to fill at any rate that makes sense. */
const warmUpSeconds = 5;
const pagesMax = 10;
/** An overloaded machine delivers the last events late. */
const settleMs = 1_000;
const settleAsksMax = 30;

/** Measures the console in a browser: its first load, the live events, and the list of devices. */
export const measureConsole = async (
  browser: Browser,
  { link, fleet, devices, rate, seconds, publish }: Measured,
): Promise<ConsoleResult> => {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 }, locale: "en-GB" });
  const session = await page.context().newCDPSession(page);
  const load = await firstLoad(page, link);

  await page.goto(`${fleet}/events`);
  await page.getByText("live", { exact: true }).waitFor();
  await publish(warmUpSeconds);
  const before = await seenOn(page);
  const heapBytes = [await heapOf(session)];
  const halves: number[] = [seconds / 2, seconds / 2];
  const parts: Frames[] = [];
  for (const half of halves) {
    parts.push(await measureFrames(page, () => publish(half)));
    heapBytes.push(await heapOf(session));
  }
  const eventsSeen = (await seenOn(page)) - before;

  await page.goto(`${fleet}/devices`);
  const pageMs: number[] = [];
  const list = await measureFrames(page, async () => {
    let begun = performance.now();
    await page.getByRole("table").waitFor();
    for (let shown = 0; shown < pagesMax; shown += 1) {
      pageMs.push(performance.now() - begun);
      const next = page.getByRole("button", { name: "Next page" });
      if ((await next.count()) === 0) break;
      const first = await page.getByRole("row").nth(1).innerText();
      begun = performance.now();
      await next.click();
      await page.getByRole("row").nth(1).filter({ hasNotText: first }).waitFor();
    }
  });
  await page.close();
  return {
    devices,
    rate,
    seconds,
    ...load,
    events: together(parts),
    eventsSeen,
    eventsPublished: rate * seconds,
    heapBytes,
    list,
    pageMs,
  };
};

const together = ([first, second]: readonly Frames[]): Frames => {
  if (first === undefined || second === undefined) throw new Error("no frames were measured");
  const worse = (name: "p50" | "p95" | "p99" | "max"): number =>
    Math.max(first[name], second[name]);
  const count = first.count + second.count;
  return {
    count,
    p50: worse("p50"),
    p95: worse("p95"),
    p99: worse("p99"),
    max: worse("max"),
    slow: (first.slow * first.count + second.slow * second.count) / Math.max(1, count),
  };
};

/** Signs in and counts what the browser loads of the console itself. */
const firstLoad = async (
  page: Page,
  link: string,
): Promise<Pick<ConsoleResult, "firstLoadBytes" | "firstLoadRequests">> => {
  let firstLoadBytes = 0;
  let firstLoadRequests = 0;
  const sizes: Promise<void>[] = [];
  page.on("requestfinished", (request) => {
    const isOfConsole = new URL(request.url()).pathname.includes("/console/");
    // Charts and QR codes are loaded later, by the screens that show one.
    if (!isOfConsole || !["document", "script", "stylesheet"].includes(request.resourceType())) {
      return;
    }
    firstLoadRequests += 1;
    sizes.push(
      request.sizes().then(({ responseBodySize }) => {
        firstLoadBytes += responseBodySize;
      }),
    );
  });
  await page.goto(link);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  page.removeAllListeners("requestfinished");
  await Promise.all(sizes);
  return { firstLoadBytes, firstLoadRequests };
};

/** The events that the page has counted since its start, once no more arrive. */
const seenOn = async (page: Page): Promise<number> => {
  let before = Number.NaN;
  for (let asked = 0; asked < settleAsksMax; asked += 1) {
    const now = await countOn(page);
    if (now === before) break;
    before = now;
    await page.waitForTimeout(settleMs);
  }
  return before;
};

const countOn = async (page: Page): Promise<number> => {
  const text = await page
    .getByText(/\d events?/)
    .first()
    .innerText();
  return Number(/([\d,]+) events?/.exec(text)?.[1]?.replaceAll(",", "") ?? Number.NaN);
};

const heapOf = async (session: CDPSession): Promise<number> => {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
};
