import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import { percentile } from "../statistics.ts";
import { listen } from "../system/listen.ts";
import { addWebhook, eventName, startCloudSystem } from "../system/system.ts";
import { table } from "../table.ts";

/** Events per second for the healthy webhook and for each of the three others. */
const rate = 2;
const otherRate = 10 * rate;
const seconds = 30;
/** Time to wait for late events. */
const settleMs = 5_000;

const others = ["hangs", "refused", "slow"] as const;
const slowMs = 5_000;

/** During the first seconds the circuit breakers open and workers start. */
const onsetSeconds = 5;

/** A delivery to the healthy webhook: publish time since the start of the run, and latency. */
interface Arrival {
  readonly atMs: number;
  readonly latencyMs: number;
}

/**
 * Measures a healthy webhook alone, and then concurrently with three that have ten times its
 * traffic: one hangs, one refuses connections, one takes 5 s to answer.
 */
export const measureIsolation = async (): Promise<string> => {
  const arrivals: Arrival[] = [];
  let begun = 0;
  const healthy = await listen(
    createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const at = Number(new URLSearchParams(body).get("data"));
      arrivals.push({ atMs: at - begun, latencyMs: performance.now() - at });
      response.end();
    }),
  );
  const hangs = await listen(createServer(() => undefined));
  const slow = await listen(
    createServer((_, response) => void wait(slowMs).then(() => response.end())),
  );
  const refused = await listen(createServer(() => undefined));
  await refused.stop();
  const system = await startCloudSystem(healthy.url, undefined);
  try {
    const urls = { hangs: hangs.url, refused: refused.url, slow: slow.url };
    if (system.api === undefined) throw new Error("the system has no API");
    for (const name of others) await addWebhook(name, urls[name], system.api);
    const device = await system.addDevice("isolation");
    const client = await mqtt.connectAsync(system.mqtt, {
      clientId: device.id,
      cert: device.certificate,
      key: device.privateKey,
      ca: system.ca,
    });
    const publish = (name: string) =>
      client.publish(`events/${device.fleet}/${device.id}/${name}`, String(performance.now()), {
        qos: 1,
      });
    const run = async (names: readonly string[]): Promise<Arrival[]> => {
      arrivals.length = 0;
      begun = performance.now();
      const timers = names.map((name) => setInterval(publish, 1_000 / otherRate, name));
      for (let sent = 0; sent < rate * seconds; sent += 1) {
        publish(eventName);
        await wait(1_000 / rate);
      }
      for (const timer of timers) clearInterval(timer);
      await wait(settleMs);
      return [...arrivals];
    };
    await run([]);
    const alone = await run([]);
    const together = await run(others);
    await client.endAsync(true);
    return formatIsolation(alone, together);
  } finally {
    await system.child.stop();
    await Promise.all([healthy.stop(), hangs.stop(), slow.stop()]);
  }
};

const formatIsolation = (alone: readonly Arrival[], together: readonly Arrival[]): string => {
  const isOnset = ({ atMs }: Arrival) => atMs < onsetSeconds * 1_000;
  return [
    `A healthy webhook with ${rate} events per second, alone, and with three others with ${otherRate} each: one hangs, one refuses connections, one takes 5 s.`,
    table(
      ["", "published", "arrived", "p50 ms", "p99 ms"],
      [
        row("alone", alone, seconds),
        row("with others", together, seconds),
        row(`first ${onsetSeconds} s`, together.filter(isOnset), onsetSeconds),
        row(
          "after that",
          together.filter((one) => !isOnset(one)),
          seconds - onsetSeconds,
        ),
      ],
    ),
  ].join("\n\n");
};

const row = (name: string, arrivals: readonly Arrival[], ofSeconds: number): string[] => {
  const took = arrivals.map(({ latencyMs }) => latencyMs);
  const [p50, p99] = [percentile(took, 0.5).toFixed(1), percentile(took, 0.99).toFixed(1)];
  return [name, String(rate * ofSeconds), String(arrivals.length), p50, p99];
};
