import { createServer } from "node:http";
import { afterAll, expect, it } from "vitest";
import { writePayload } from "../../bench/latency/payload.ts";
import { stopAll } from "../../bench/system/cleanup.ts";
import { listen } from "../../bench/system/listen.ts";
import { isClosed } from "../../load/books/books.ts";
import type { Ground } from "../../load/cloud/ground.ts";
import { runOf } from "../../load/lane.ts";
import { preparePart } from "../../load/measureLoad.ts";
import type { Part } from "../../load/parts/part.ts";
import { startDriver, startObserver } from "../../load/process/processes.ts";

afterAll(stopAll);

/** The first run after `preparePart`. */
const round = 0;
const slowMs = 300;

/**
 * A cloud that accepts each unit and delivers it, but loses unit 3, delivers unit 5 twice, buries
 * unit 6, refuses unit 7, fails with unit 8, and stops for a while at unit 0.
 */
const startFaultyCloud = async () => {
  const target = { url: "" };
  const deliver = async (seq: number) => {
    const data = writePayload({ run: runOf(round, 0), seq, at: 0 });
    await fetch(target.url, { method: "POST", body: new URLSearchParams({ data }) });
  };
  let stopped: Promise<unknown> | undefined;
  const server = createServer(async (request, response) => {
    const seq = Number(request.url?.slice(1));
    stopped ??= new Promise((resolve) => setTimeout(resolve, slowMs));
    await stopped;
    if (seq === 7) return void response.writeHead(429, { "retry-after": "5" }).end("limit");
    if (seq === 8) return void response.writeHead(500).end("fault");
    if (seq !== 3 && seq !== 6) await deliver(seq);
    if (seq === 5) await deliver(seq);
    response.end("ok");
  });
  return { ...(await listen(server)), target };
};

it("closes the books of a faulty cloud, with latencies from the due times", async () => {
  const cloud = await startFaultyCloud();
  const ground: Ground = {
    api: cloud.url,
    mqtt: "",
    target: { port: 0 },
    addTenant: () => Promise.reject(new Error("not used")),
    addDevices: () => Promise.reject(new Error("not used")),
    addWebhook: () => Promise.reject(new Error("not used")),
    ask: () => Promise.reject(new Error("not used")),
    stop: () => Promise.resolve(),
  };
  const part: Part = {
    does: "",
    units: "units",
    documented: { perSecond: 100, source: "" },
    seconds: 1,
    measured: "arrivals",
    quietMs: 100,
    async prepare(_, start) {
      cloud.target.url = await start({ kind: "target", port: 0, unit: "payload" });
      const step = { method: "POST", path: "/{seq}" };
      return {
        drivers: [{ kind: "request", base: cloud.url, sequences: [[step]] }],
        elsewhere: async () => [{ deadLetters: new Set([6]), waiting: 0 }],
      };
    },
  };
  const processes = { driver: startDriver(), observer: startObserver() };
  const tenant = { username: "", token: "", product: 1 };
  const lane = { name: "tenant", rate: 100, count: 10 };
  const lanes = [{ lane, tenant }];
  const drainMsMax = 300;
  const options = { ground, lanes, processes, isQuick: true, drainMsMax, log: () => {} };
  const prepared = await preparePart(part, options);
  const [{ books } = { books: undefined }] = await prepared.measure([lane]);
  expect(books).toMatchObject({
    offered: 10,
    delivered: 6,
    refused: 1,
    failed: 1,
    deadLetters: 1,
    lost: 1,
    lostUnits: [3],
    repeated: 1,
  });
  expect(books && isClosed(books)).toBe(true);
  // Unit 0 was answered after 300 ms, and unit 9, which was due 90 ms later, waited as well.
  expect(books?.latencies.maxMs).toBeGreaterThanOrEqual(slowMs - 1);
  expect(books?.latencies.p50Ms).toBeGreaterThanOrEqual(slowMs - 90);
});
