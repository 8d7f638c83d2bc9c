import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import { listen } from "./listen.ts";
import { percentile } from "./statistics.ts";
import { addWebhook, eventName, startCloudSystem } from "./system.ts";

/** Events a second for the healthy webhook, and for each of the three others. */
const rate = 2;
const otherRate = 10 * rate;
const seconds = 30;
/** How late an event may still arrive. */
const settleMs = 5_000;

const others = ["hangs", "refused", "slow"] as const;
const slowMs = 5_000;

/** What a healthy webhook's deliveries took, in milliseconds. */
interface Measured {
  readonly sent: number;
  readonly arrived: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A healthy webhook alone, and then beside three with ten times its traffic: one hangs, one is refused, one takes 5 s. */
export const measureIsolation = async (): Promise<string> => {
  const latencies: number[] = [];
  const healthy = await listen(
    createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      latencies.push(performance.now() - Number(new URLSearchParams(body).get("data")));
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
    const run = async (names: readonly string[]): Promise<Measured> => {
      latencies.length = 0;
      const timers = names.map((name) => setInterval(publish, 1_000 / otherRate, name));
      for (let sent = 0; sent < rate * seconds; sent += 1) {
        publish(eventName);
        await wait(1_000 / rate);
      }
      for (const timer of timers) clearInterval(timer);
      await wait(settleMs);
      const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
      return { sent: rate * seconds, arrived: latencies.length, p50Ms, p99Ms };
    };
    await run([]);
    const alone = await run([]);
    const beside = await run(others);
    await client.endAsync(true);
    return written(alone, beside);
  } finally {
    await system.child.stop();
    await Promise.all([healthy.stop(), hangs.stop(), slow.stop()]);
  }
};

const written = (alone: Measured, beside: Measured): string =>
  [
    `A healthy webhook with ${rate} events a second, alone, and beside three with ${otherRate} each: one hangs, one is refused, one takes 5 s.`,
    "",
    "| | sent | arrived | p50 ms | p99 ms |",
    "|---|---|---|---|---|",
    ...Object.entries({ alone, beside }).map(
      ([name, { sent, arrived, p50Ms, p99Ms }]) =>
        `| ${name} | ${sent} | ${arrived} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} |`,
    ),
  ].join("\n");
