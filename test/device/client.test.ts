import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TLSSocket } from "node:tls";
import { Aedes } from "aedes";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../device/client.ts";
import type { Device, DeviceOptions } from "../../device/device.ts";
import type { ReceivedEvent } from "../../device/messages/topic.ts";
import { memoryOutbox } from "../../device/outbox/memoryOutbox.ts";
import { OutboxFull } from "../../device/outbox/outbox.ts";
import { openAuthority } from "../../local/iot/certificate/authority.ts";
import { publicKeyOf } from "../../local/iot/certificate/signingRequest.ts";
import { issue } from "../../local/iot/certificate/x509.ts";
import { until } from "../flow/support/until.ts";
import { manualClock } from "./support/manualClock.ts";
import { startManualCloud } from "./support/manualCloud.ts";

const id = "0123456789abcdef01234567";
const returns = `$aws/rules/godwit_returns/returns/${id}`;

/** Creates a device with a manual clock and collects its errors. */
const set = (endpoint: string, options: Partial<DeviceOptions> = {}) => {
  const clock = manualClock();
  const errors: Error[] = [];
  const device = createDevice({
    id,
    fleet: "f1",
    certificate: "",
    privateKey: "",
    endpoints: [endpoint],
    firmware: "1.2.3",
    clock,
    random: () => 0.5,
    ...options,
  });
  device.on("error", (error) => errors.push(error));
  onTestFinished(() => device.close());
  return { clock, device, errors };
};

/** The id of each event in its topic. */
const idsOf = (topics: readonly string[]) =>
  topics.map((topic) => new URLSearchParams(topic.split("/?")[1]).get("id"));

const topics = (published: readonly { topic: string }[], name: string, fleet = "f1") =>
  published
    .map(({ topic }) => topic)
    .filter((topic) => topic.startsWith(`events/${fleet}/${id}/${name}`));

/** Advances the clock until the device has reconnected. */
const reconnect = async ({
  clock,
  device,
}: {
  clock: ReturnType<typeof manualClock>;
  device: Device;
}) => {
  await until("the device is disconnected", () => !device.connected);
  clock.advance(1_000);
  await device.connect();
};

describe("the vitals of a device", () => {
  it("are published on the command of the cloud, in the fleet of the device", async () => {
    const cloud = await startManualCloud();
    const { device, errors } = set(cloud.url, { vitals: () => ({ device: { n: 1 } }) });
    await device.connect();
    await cloud.say(`control/${id}`, { command: "vitals" });
    const topic = `events/f1/${id}/spark/device/diagnostics/update`;
    expect(await cloud.heard(topic)).toEqual(['{"device":{"n":1}}']);
    expect(errors).toEqual([]);
  });

  it.each([59, 604_801, Number.NaN])("have no interval of %s seconds", (vitalsSeconds) => {
    expect(() => set("mqtt://127.0.0.1:1", { vitalsSeconds })).toThrow("vitalsSeconds must be");
  });
});

describe("a device that connects", () => {
  it("subscribes to its own topics and then sends hello", async () => {
    const cloud = await startManualCloud();
    const { device } = set(cloud.url, {
      functions: { led: () => 1 },
      variables: { temperature: { type: "double", read: () => 21.5 } },
      wakeSeconds: 600,
    });
    await device.connect();
    expect(device.connected).toBe(true);
    expect(cloud.subscribed).toEqual([[`acks/${id}`, `calls/${id}`, `control/${id}`]]);
    expect(cloud.published.map(({ topic }) => topic)).toEqual([`hello/${id}`]);
    expect(JSON.parse(cloud.published[0]!.text)).toEqual({
      firmware: "1.2.3",
      functions: ["led"],
      variables: { temperature: "double" },
      wake: 600,
      fleet: "f1",
      endpoints: [cloud.url],
    });
  });

  it("tries the next endpoint if one does not answer", async () => {
    const cloud = await startManualCloud();
    const { device, clock, errors } = set("mqtt://127.0.0.1:1", {
      endpoints: ["mqtt://127.0.0.1:1", cloud.url],
    });
    const connecting = device.connect();
    await until("the first try fails", () => errors.length > 0);
    clock.advance(500);
    await connecting;
    expect(errors[0]?.message).toContain("ECONNREFUSED");
  });

  it("publishes an event that one region did not store in the next region, with the same id", async () => {
    const [first, second] = [await startManualCloud(), await startManualCloud()];
    const { device, clock } = set(first.url, { endpoints: [first.url, second.url] });
    await device.connect();
    await device.publish("n", "1");
    await until("it is published", () => topics(first.published, "n").length === 1);
    // The region fails before it has stored the event and rejects further attempts.
    first.refuse(() => true);
    first.cut();
    await until("it is published in the next region", () => {
      clock.advance(200);
      return topics(second.published, "n").length > 0;
    });
    const [before] = idsOf(topics(first.published, "n"));
    const [after] = idsOf(topics(second.published, "n"));
    expect(after).toBe(before);
    await second.say(`acks/${id}`, { ids: [after] });
    await until("it is stored", () => device.waiting === 0);
  });

  it("presents its certificate and trusts only the configured CA", async () => {
    const folder = await mkdtemp(join(tmpdir(), "godwit-device-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const authority = await openAuthority(await mkdtemp(join(folder, "ca-")));
    const other = await openAuthority(await mkdtemp(join(folder, "other-")));
    const broker = await Aedes.createBroker();
    const shown: string[] = [];
    const { certificate: cert, privateKey: key } = authority.server;
    const asked = { requestCert: true, rejectUnauthorized: true };
    const server = createServer(
      { cert, key, ca: authority.caPem, ...asked },
      (socket: TLSSocket) => {
        shown.push(socket.getPeerX509Certificate()!.toString());
        broker.handle(socket);
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(async () => {
      server.close();
      await new Promise<void>((closed) => broker.close(closed));
    });
    const url = `mqtts://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const identity = await authority.issueDevice();
    await set(url, { ...identity, ca: authority.caPem }).device.connect();
    expect(shown[0]).toBe(identity.certificate);

    const misled = set(url, { ...identity, ca: other.caPem });
    const connecting = misled.device.connect();
    await until("it rejects the server", () => misled.errors.length > 0);
    await misled.device.close();
    await expect(connecting).rejects.toThrow("closed");
    expect(shown).toHaveLength(1);
  });

  it("ignores errors without a listener", async () => {
    const clock = manualClock();
    const device = createDevice({
      id,
      fleet: "f1",
      certificate: "",
      privateKey: "",
      endpoints: ["mqtt://127.0.0.1:1"],
      clock,
    });
    void device.connect();
    await until("it has failed and waits", () => clock.nextMs() !== undefined);
    await device.close();
  });
});

describe("events of a device", () => {
  it("stay in the outbox until acknowledged, and are published again without an ack", async () => {
    const cloud = await startManualCloud();
    const { device, clock } = set(cloud.url);
    await device.connect();
    await device.publish("temperature", "21.5");
    await device.publish("raw", new Uint8Array([0, 255]), { at: 5, quiet: true });
    const [topic = ""] = await until("it is published", () => {
      const found = topics(cloud.published, "temperature");
      return found.length > 0 && found;
    });
    expect(topic).toMatch(/\/temperature\/\?id=[\w-]+&at=1795176000000$/);
    await until("the quiet one", () =>
      cloud.published.some(({ topic }) =>
        /^\$aws\/rules\/godwit_events\/events\/f1\/\w+\/raw\/\?id=[\w-]+&at=5$/.test(topic),
      ),
    );
    expect(device.waiting).toBe(2);
    clock.advance(30_000);
    const again = await until("it is published again", () => {
      const found = topics(cloud.published, "temperature");
      return found.length > 1 && found;
    });
    expect(again).toEqual([topic, topic]);

    const flushing = device.flush();
    const ids = idsOf(
      cloud.published.filter(({ topic }) => topic.includes("?id=")).map((p) => p.topic),
    );
    await cloud.say(`acks/${id}`, { ids });
    await flushing;
    expect(device.waiting).toBe(0);
  });

  it("that are added while disconnected are published in order, with unique ids", async () => {
    const cloud = await startManualCloud();
    const { device } = set(cloud.url);
    for (let n = 0; n < 20; n += 1) await device.publish(`n/${n}`, "");
    await device.connect();
    const found = await until("all are published", () => {
      const found = topics(cloud.published, "n/");
      return found.length === 20 && found;
    });
    expect(found.map((topic) => Number(topic.split("/")[4]))).toEqual([...Array(20).keys()]);
    expect(new Set(idsOf(found)).size).toBe(20);
    expect(cloud.published[0]?.topic).toBe(`hello/${id}`);
  });

  it("are published again on the next connection, with the same ids", async () => {
    const cloud = await startManualCloud();
    const set1 = set(cloud.url);
    const { device } = set1;
    await device.connect();
    await device.publish("a", "");
    await until("it is published", () => topics(cloud.published, "a").length === 1);
    set1.clock.advance(60_000);
    cloud.cut();
    await reconnect(set1);
    const [first, second] = await until("it is published again", () => {
      const found = topics(cloud.published, "a");
      return found.length >= 2 && found.slice(-2);
    });
    expect(second).toBe(first);
  });

  it("are rejected if the outbox is full", async () => {
    const { device } = set("mqtt://127.0.0.1:1", { outbox: memoryOutbox({ eventsMax: 1 }) });
    await device.publish("a", "");
    await expect(device.publish("b", "")).rejects.toThrow(OutboxFull);
  });

  it("have no time if the clock was never set", async () => {
    const cloud = await startManualCloud();
    const { device } = set(cloud.url, { clock: manualClock(5_000) });
    await device.connect();
    await device.publish("a", "");
    const [topic] = await until("it is published", () => {
      const found = topics(cloud.published, "a");
      return found.length > 0 && found;
    });
    expect(topic).not.toContain("at=");
  });

  it("that are not durable are published once without an id, and fail without a connection", async () => {
    const cloud = await startManualCloud();
    const set1 = set(cloud.url);
    const { device, clock } = set1;
    await expect(device.publish("a", "", { durable: false })).rejects.toThrow("not connected");
    await device.connect();
    await device.publish("a", "x", { durable: false });
    expect(cloud.published.at(-1)).toEqual({ topic: `events/f1/${id}/a`, text: "x" });
    clock.advance(60_000);
    cloud.cut();
    await reconnect(set1);
    expect(topics(cloud.published, "a")).toHaveLength(1);
  });

  it("fail if the broker closes the connection", async () => {
    const cloud = await startManualCloud();
    const { device } = set(cloud.url);
    await device.connect();
    cloud.refuse((topic) => topic.endsWith("/bad"));
    await expect(device.publish("bad", "", { durable: false })).rejects.toThrow();
  });

  it("are validated before the broker could close the connection", async () => {
    const { device } = set("mqtt://127.0.0.1:1");
    await expect(device.publish("a//b", "")).rejects.toThrow("empty level");
    await expect(device.publish("1/2/3/4/5", "")).rejects.toThrow("too many levels");
    await expect(device.publish("a", "x".repeat(131_073))).rejects.toThrow("131072 bytes");
    expect(device.waiting).toBe(0);
  });
});

describe("a device that subscribes", () => {
  it("receives each matching event once, from devices and the API, without properties", async () => {
    const cloud = await startManualCloud();
    const { device } = set(cloud.url);
    const heard: string[] = [];
    const hear = ({ name, sender, data }: ReceivedEvent) =>
      void heard.push(`${sender} ${name} ${data}`);
    await device.subscribe("door/fr", hear);
    await device.connect();
    await device.subscribe("door/front/", () => {});
    await cloud.say("events/f1/api/door/front", "1");
    await cloud.say("events/f1/another/door/front/bell/?id=1&at=2", "2");
    await cloud.say("events/f1/another/door/back", "no");
    await cloud.say("events/f1/another/door/Front", "no");
    await cloud.say("events/f1/another/door", "no");
    await cloud.say("events/f1/another/door/fr", "3");
    await until("the last one", () => heard.includes("another door/fr 3"));
    expect(heard).toEqual(["api door/front 1", "another door/front/bell 2", "another door/fr 3"]);
    expect(cloud.subscribed.flat()).toContain("events/f1/+/door/#");
    expect(cloud.subscribed.flat()).not.toContain("events/f1/+/door/front/#");
  });

  it("subscribes again after a disconnection, without removed subscriptions", async () => {
    const cloud = await startManualCloud();
    const set1 = set(cloud.url);
    const { device, clock } = set1;
    const heard: string[] = [];
    await device.connect();
    const unsubscribe = await device.subscribe("a/", () => {});
    await device.subscribe("b/", ({ name }) => void heard.push(name));
    await unsubscribe();
    expect(cloud.unsubscribed).toEqual([["events/f1/+/a/#"]]);
    clock.advance(60_000);
    cloud.subscribed.length = 0;
    cloud.cut();
    await reconnect(set1);
    expect(cloud.subscribed.flat()).not.toContain("events/f1/+/a/#");
    await cloud.say("events/f1/x/b/c", "");
    await until("it is received", () => heard.includes("b/c"));
  });

  it("reports an error of a handler and continues", async () => {
    const cloud = await startManualCloud();
    const { device, errors } = set(cloud.url);
    const heard: string[] = [];
    await device.subscribe("", () => {
      throw new Error("broken handler");
    });
    await device.subscribe("", ({ name }) => void heard.push(name));
    await device.connect();
    await cloud.say("events/f1/x/a", "");
    await until("it is received", () => heard.includes("a"));
    expect(errors.map(({ message }) => message)).toEqual(["broken handler"]);
  });
});

describe("a device that gets calls", () => {
  it("answers functions and variables, and runs a repeated call once", async () => {
    const cloud = await startManualCloud();
    let runs = 0;
    const { device } = set(cloud.url, {
      functions: { led: (argument) => (argument === "on" ? ++runs : -1) },
      variables: { place: { type: "string", read: () => "here" } },
    });
    await device.connect();
    const callId = "0".repeat(32);
    for (let n = 0; n < 3; n += 1) {
      await cloud.say(`calls/${id}`, { id: callId, function: "led", argument: "on" });
    }
    await cloud.say(`calls/${id}`, { id: "1".repeat(32), variable: "place" });
    await cloud.say(`calls/${id}`, "no call");
    await cloud.say(`calls/${id}`, { id: "2".repeat(32), function: "lid" });
    const replies = await cloud.heard(returns, 5);
    const first = { id: callId, value: 1 };
    // In any order: a slow function does not delay other replies.
    expect(replies.toSorted().map((reply) => JSON.parse(reply))).toEqual([
      first,
      first,
      first,
      { id: "1".repeat(32), value: "here" },
      { id: "2".repeat(32), error: "unknown function" },
    ]);
    expect(runs).toBe(1);
  });
});

describe("on a command of the cloud, a device", () => {
  it("sends hello again", async () => {
    const cloud = await startManualCloud();
    const { device } = set(cloud.url);
    await device.connect();
    await cloud.say(`control/${id}`, { command: "hello" });
    const [first, second] = await cloud.heard(`hello/${id}`, 2);
    expect(second).toBe(first);
  });

  it("signals, and ignores ping and unknown commands", async () => {
    const cloud = await startManualCloud();
    const signals: boolean[] = [];
    const { device, errors } = set(cloud.url, { onSignal: (on) => signals.push(on) });
    await device.connect();
    for (const message of [{ command: "ping" }, { command: "fly" }, "what?"]) {
      await cloud.say(`control/${id}`, message);
    }
    await cloud.say(`control/${id}`, { command: "signal", on: true });
    await cloud.say(`control/${id}`, { command: "signal", on: false });
    await until("both are received", () => signals.length === 2);
    expect(signals).toEqual([true, false]);
    expect(errors).toEqual([]);
  });

  it("disconnects and reconnects after a random part of the delay", async () => {
    const cloud = await startManualCloud();
    const { device, clock } = set(cloud.url);
    await device.connect();
    await cloud.say(`control/${id}`, { command: "reconnect", delay: 60_000 });
    await until("it is disconnected", () => !device.connected && clock.nextMs() !== undefined);
    expect(cloud.goodbyes).toEqual([id]);
    expect(clock.nextMs()).toBe(30_000);
    clock.advance(30_000);
    await device.connect();
    expect(cloud.connections()).toBe(2);
  });

  it("requests a new certificate and reconnects with it", async () => {
    const cloud = await startManualCloud();
    let text: string | undefined;
    const certificates = {
      read: async () => text,
      write: async (written: string) => {
        text = written;
      },
    };
    const { device, clock, errors } = set(cloud.url, { certificates });
    await device.connect();
    await cloud.say(`control/${id}`, { command: "rotate" });
    const [asked] = await cloud.heard(`$aws/rules/godwit_certificates/certificates/${id}`);
    const { csr } = JSON.parse(asked!);
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const subject = { subject: id, publicKey: publicKeyOf(csr), use: "client" } as const;
    await cloud.say(`control/${id}`, {
      command: "certificate",
      request: createHash("sha256").update(csr).digest("hex"),
      certificate: issue(subject, { name: "test", ...keys }),
    });
    await reconnect({ clock, device });
    await until(
      "the old certificate is dropped",
      () => text !== undefined && !text.includes("request"),
    );
    expect(cloud.goodbyes).toEqual([id]);
    expect(cloud.connections()).toBe(2);
    expect(errors).toEqual([]);
  });

  it("moves to another fleet, calls `onFleet` and publishes waiting events there", async () => {
    const cloud = await startManualCloud();
    const moves: string[] = [];
    const { device, clock } = set(cloud.url, { onFleet: (fleet) => void moves.push(fleet) });
    await device.subscribe("a/", () => {});
    await device.connect();
    await device.publish("waits", "");
    await until("it is published", () => topics(cloud.published, "waits").length === 1);
    await cloud.say(`control/${id}`, { command: "fleet", fleet: "f2" });
    await until("it is disconnected", () => !device.connected && clock.nextMs() !== undefined);
    cloud.subscribed.length = 0;
    clock.advance(1_000);
    await device.connect();
    expect(device.fleet).toBe("f2");
    expect(moves).toEqual(["f2"]);
    expect(cloud.subscribed.flat()).toContain("events/f2/+/a/#");
    const [, hello] = await cloud.heard(`hello/${id}`, 2);
    expect(JSON.parse(hello!).fleet).toBe("f2");
    const moved = await until("it is published there", () => {
      const found = topics(cloud.published, "waits", "f2");
      return found.length > 0 && found;
    });
    expect(idsOf(moved)).toEqual(idsOf(topics(cloud.published, "waits")));
    // A repeated command changes nothing.
    await cloud.say(`control/${id}`, { command: "fleet", fleet: "f2" });
    await cloud.say(`control/${id}`, { command: "hello" });
    await cloud.heard(`hello/${id}`, 3);
    expect(cloud.connections()).toBe(2);
  });

  it("gets its new fleet although the broker closes connections that use the old one", async () => {
    const cloud = await startManualCloud();
    cloud.refuse((topic) => topic.startsWith("events/f1/"));
    const { device, clock } = set(cloud.url);
    await device.publish("waits", "");
    void device.connect();
    await until("it was disconnected", () => !device.connected && clock.nextMs() === 500);
    clock.advance(500);
    // It sends only hello for a while, so that the cloud can send the new fleet.
    await cloud.heard(`hello/${id}`, 2);
    await cloud.say(`control/${id}`, { command: "fleet", fleet: "f2" });
    await until("it has sent DISCONNECT", () => cloud.goodbyes.length === 1);
    await until("it is published in the new fleet", () => {
      // It starts the wait some time after its DISCONNECT.
      if (cloud.connections() < 3) clock.advance(60_000);
      return topics(cloud.published, "waits", "f2").length > 0;
    });
    expect(cloud.connections()).toBe(3);
  });

  it("publishes again after `helloOnlyMs` if the cloud sends no fleet", async () => {
    const cloud = await startManualCloud();
    const { device, clock } = set(cloud.url);
    await device.connect();
    cloud.cut();
    await until("it waits", () => !device.connected && clock.nextMs() === 500);
    clock.advance(500);
    await cloud.heard(`hello/${id}`, 2);
    expect(device.connected).toBe(false);
    // The timer may be set shortly after the broker has received the hello.
    await until("it waits with hello only", () => clock.nextMs() === 10_000);
    clock.advance(10_000);
    await device.connect();
  });
});

describe("a device that sleeps", () => {
  it("waits for its acks, sends hello with the wake-up interval, and disconnects", async () => {
    const cloud = await startManualCloud();
    const { device } = set(cloud.url);
    await device.publish("a", "");
    const sleeping = device.sleep(600);
    const [topic] = await until("it is published", () => {
      const found = topics(cloud.published, "a");
      return found.length > 0 && found;
    });
    expect(cloud.goodbyes).toEqual([]);
    await cloud.say(`acks/${id}`, { ids: idsOf([topic!]) });
    expect(await sleeping).toBe(0);
    expect(JSON.parse(cloud.published.at(-1)!.text).wake).toBe(600);
    expect(cloud.published.at(-1)?.topic).toBe(`hello/${id}`);
    await until("the DISCONNECT", () => cloud.goodbyes.length === 1);
    expect(device.connected).toBe(false);
    await device.connect();
    expect(device.connected).toBe(true);
  });

  it("waits no longer than `withinMs` and returns the number of remaining events", async () => {
    const cloud = await startManualCloud();
    const { device, clock } = set(cloud.url);
    await device.connect();
    await device.publish("a", "");
    const sleeping = device.sleep(600, { withinMs: 5_000 });
    await until("it is published", () => topics(cloud.published, "a").length > 0);
    clock.advance(5_000);
    expect(await sleeping).toBe(1);
    expect(JSON.parse(cloud.published.at(-1)!.text).wake).toBe(600);
  });

  it("sleeps without a connection as well", async () => {
    const { device, clock, errors } = set("mqtt://127.0.0.1:1");
    const sleeping = device.sleep(600, { withinMs: 5_000 });
    await until("it has tried", () => errors.length > 0);
    clock.advance(5_000);
    expect(await sleeping).toBe(0);
  });
});

describe("a device that is closed", () => {
  it("disconnects and does not reconnect", async () => {
    const cloud = await startManualCloud();
    const { device, clock } = set(cloud.url);
    await device.connect();
    await device.close();
    await until("the DISCONNECT", () => cloud.goodbyes.length === 1);
    clock.advance(1_000_000);
    await expect(device.connect()).rejects.toThrow("closed");
    await expect(device.publish("a", "")).rejects.toThrow("closed");
    expect(cloud.connections()).toBe(1);
  });
});

it("closes within a timeout if the broker does not answer", async () => {
  const cloud = await startManualCloud();
  const { device, clock } = set(cloud.url);
  await device.connect();
  cloud.withhold((topic) => topic.startsWith("events/"));
  const publishing = device.publish("a", "", { durable: false });
  const failed = expect(publishing).rejects.toThrow("closed");
  await until("the broker has it", () => cloud.withheld.length === 1);
  const closing = device.close();
  clock.advance(5_000);
  await closing;
  await failed;
});

it("reconnects if the broker does not answer the hello", async () => {
  const cloud = await startManualCloud();
  const { device, clock, errors } = set(cloud.url);
  cloud.withhold((topic) => topic.startsWith("hello/"));
  const connecting = device.connect();
  await until("the broker has its hello", () => cloud.withheld.length === 1);
  cloud.withhold(() => false);
  clock.advance(30_000);
  await until("it has given up", () => clock.nextMs() === 500);
  clock.advance(500);
  await connecting;
  expect(cloud.connections()).toBe(2);
  expect(errors).not.toEqual([]);
});

it("rejects options that the cloud would reject", () => {
  const url = "mqtts://127.0.0.1:1";
  const led = () => 1;
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`f${n}`, led]));
  expect(() => set(url, { functions: many })).toThrow("more than 100 functions");
  expect(() => set(url, { functions: { ["é".repeat(33)]: led } })).toThrow("64 bytes");
  expect(() => set(url, { keepAliveSeconds: 1_201 })).toThrow("keepAliveSeconds");
  expect(() => set("http://127.0.0.1")).toThrow("mqtts");
  expect(() => set(url, { endpoints: [] })).toThrow("endpoint");
});

it("depends on the MQTT client only", async () => {
  const { dependencies } = JSON.parse(await readFile("device/package.json", "utf8"));
  expect(Object.keys(dependencies)).toEqual(["mqtt"]);
});

describe("a device that gets endpoints", () => {
  it("keeps its connection, stores the endpoints, sends them in its next hello, and uses them after a failure", async () => {
    const folder = await mkdtemp(join(tmpdir(), "godwit-device-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const endpointsFile = join(folder, "device.json.endpoints");
    const [first, second] = [await startManualCloud(), await startManualCloud()];
    const heard: (readonly string[])[] = [];
    const { device, clock, errors } = set(first.url, {
      endpointsFile,
      onEndpoints: (all) => void heard.push(all),
    });
    await device.connect();
    await first.say(`control/${id}`, { command: "endpoints", endpoints: [second.url, first.url] });
    await until("it has learned them", () => heard.length === 1);
    expect(heard).toEqual([[first.url, second.url]]);
    expect(JSON.parse(await readFile(endpointsFile, "utf8"))).toEqual({
      id,
      endpoints: [second.url],
    });
    expect([device.connected, first.connections()]).toEqual([true, 1]);
    // A repeated command changes nothing.
    await first.say(`control/${id}`, { command: "endpoints", endpoints: [second.url] });
    await first.say(`control/${id}`, { command: "hello" });
    const [, again] = await first.heard(`hello/${id}`, 2);
    expect(JSON.parse(again!).endpoints).toEqual([first.url, second.url]);
    expect(heard).toHaveLength(1);
    first.cut();
    await until("the device is disconnected", () => !device.connected);
    clock.advance(1_000);
    await second.heard(`hello/${id}`);
    expect(errors).toEqual([]);
  });

  it("continues if they cannot be written", async () => {
    const cloud = await startManualCloud();
    const { device, errors } = set(cloud.url, { endpointsFile: "/nowhere/device.json.endpoints" });
    await device.connect();
    const endpoints = ["mqtts://b.example:8883"];
    await cloud.say(`control/${id}`, { command: "endpoints", endpoints });
    await until("it reports an error", () => errors.length === 1);
    await cloud.say(`control/${id}`, { command: "hello" });
    const [, again] = await cloud.heard(`hello/${id}`, 2);
    expect(JSON.parse(again!).endpoints).toEqual([cloud.url, ...endpoints]);
  });

  it("starts with the endpoints learned in an earlier run", async () => {
    const cloud = await startManualCloud();
    const { device, clock } = set("mqtt://127.0.0.1:1", { learnedEndpoints: [cloud.url] });
    void device.connect();
    await until("the first fails", () => clock.nextMs() !== undefined && !device.connected);
    clock.advance(1_000);
    await device.connect();
    expect(cloud.connections()).toBe(1);
  });
});
