import * as z from "zod";
import { billForCalls, type CallBill } from "../cost/bill.ts";
import { stableCounts } from "../cost/measureBill.ts";
import { median, percentile } from "../statistics.ts";
import type { CloudSystem } from "../system/cloud.ts";
import type { System } from "../system/system.ts";
import { connectDevice } from "./publishers.ts";

/** Latency of calls through the API, and of a request and response over a bare broker. */
export interface Calls {
  readonly calls: number;
  /** From request to response, one call at a time. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Request and response between two clients of a bare broker. */
  readonly baselineP50Ms: number;
  /** Number of concurrent calls to distinct devices, and the time until all were answered. */
  readonly parallel: number;
  readonly answered: number;
  readonly parallelMs: number;
  readonly bill: CallBill;
}

/** Not counted: the first calls start a worker and warm up the JIT compilers. */
const warmUpCalls = 300;
const parallelDevices = 100;

/**
 * Calls a function of one device repeatedly, alternating with requests over the baseline's broker.
 * Then calls a hundred devices concurrently.
 */
export const measureCalls = async (
  cloud: CloudSystem,
  baseline: System,
  { calls }: { calls: number },
): Promise<Calls> => {
  const one = await callableDevice(cloud, "bench-call");
  const bare = await baselineRoundTrip(baseline);
  const devices = [one];
  try {
    await measureEach(() => call(cloud, one.id), warmUpCalls);
    await measureEach(bare.ask, warmUpCalls);
    const before = await stableCounts(cloud);
    const byApi: number[] = [];
    const byBroker: number[] = [];
    for (let done = 0; done < calls; done += 1) {
      byApi.push(...(await measureEach(() => call(cloud, one.id), 1)));
      byBroker.push(...(await measureEach(bare.ask, 1)));
    }
    const bill = billForCalls(before, await stableCounts(cloud), calls);
    while (devices.length < parallelDevices) {
      devices.push(await callableDevice(cloud, `bench-call-${devices.length}`));
    }
    return {
      calls,
      p50Ms: median(byApi),
      p99Ms: percentile(byApi, 0.99),
      baselineP50Ms: median(byBroker),
      ...(await callConcurrently(cloud, devices)),
      bill,
    };
  } finally {
    await Promise.all([...devices, bare].map(({ stop }) => stop()));
  }
};

const callConcurrently = async (cloud: CloudSystem, devices: readonly { id: string }[]) => {
  const begun = performance.now();
  const done = await Promise.allSettled(devices.map(({ id }) => call(cloud, id)));
  return {
    parallel: devices.length,
    answered: done.filter(({ status }) => status === "fulfilled").length,
    parallelMs: performance.now() - begun,
  };
};

const measureEach = async (work: () => Promise<void>, times: number): Promise<number[]> => {
  const ms: number[] = [];
  for (let done = 0; done < times; done += 1) {
    const begun = performance.now();
    await work();
    ms.push(performance.now() - begun);
  }
  return ms;
};

const answered = z.object({ return_value: z.literal(1) });

const call = async ({ api }: CloudSystem, id: string): Promise<void> => {
  const response = await fetch(`${api.url}/v1/devices/${id}/led`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json" },
    body: '{"arg":"on"}',
  });
  answered.parse(await response.json());
};

const request = z.object({ id: z.string() });

const callableDevice = async (cloud: CloudSystem, name: string) => {
  const device = await cloud.addDevice(`${name}-${process.pid}`);
  const client = await connectDevice(cloud, device);
  client.on("message", (topic, payload) => {
    if (!topic.startsWith("calls/")) return;
    const { id } = request.parse(JSON.parse(payload.toString()));
    const answer = JSON.stringify({ id, value: 1 });
    client.publish(`$aws/rules/godwit_returns/returns/${device.id}`, answer, { qos: 1 });
  });
  return { id: device.id, stop: () => client.endAsync(true) };
};

/**
 * A request and response over a bare broker: the minimum between API client and device. Uses QoS 0,
 * so that PUBACKs do not delay messages in the sockets of the clients.
 */
const baselineRoundTrip = async (baseline: System) => {
  const asking = await connectDevice(baseline, await baseline.addDevice("asking"));
  const answering = await connectDevice(baseline, await baseline.addDevice("answering"));
  await answering.subscribeAsync("question", { qos: 0 });
  await asking.subscribeAsync("answer", { qos: 0 });
  answering.on("message", () => answering.publish("answer", '{"value":1}', { qos: 0 }));
  return {
    async ask(): Promise<void> {
      const answer = new Promise((resolve) => asking.once("message", resolve));
      asking.publish("question", '{"arg":"on"}', { qos: 0 });
      await answer;
    },
    async stop(): Promise<void> {
      await Promise.all([asking.endAsync(true), answering.endAsync(true)]);
    },
  };
};
