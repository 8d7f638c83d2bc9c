import { describe, expect, it, vi } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { Envelope } from "#shared/firmware/signing/envelope.ts";
import { eventDataBytesMax } from "#shared/platform/quotas.ts";
import { hello as helloSchema, type Session } from "#shared/presence/session.ts";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { deviceStatus } from "#shared/release/model/deviceStatus.ts";
import type { Release } from "#shared/release/model/release.ts";
import { createAnswers } from "#shared/release/protocol/answerRequest.ts";
import { downloadPace } from "#shared/release/protocol/downloadPace.ts";
import { handleUpdates } from "#shared/release/protocol/handleUpdates.ts";
import { reportRate, requestRate } from "#shared/release/protocol/limits.ts";
import { createOffers } from "#shared/release/protocol/offers.ts";
import { requestLimiter } from "#shared/release/protocol/requestLimiter.ts";
import { readSituation } from "#shared/release/situation.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryFirmwareHistory } from "../../../memory/firmware/firmwareHistory.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { memoryReleases } from "../../../memory/release/releases.ts";
import {
  memoryEnrolments,
  memoryPaceRows,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../../memory/release/rows.ts";
import {
  anEnrolment,
  aPace,
  aRelease,
  newHash,
  oldHash,
  openFacts,
  product,
} from "../../../memory/release/samples.ts";
import { base64, deviceId, fleet, someTime } from "../../../memory/samples.ts";

const region = "us-east-1";
const device = { id: deviceId, fleet, product, createdAt: "" };
const image = Buffer.alloc(100_000, "image");

const envelopeOf = (payload: string): Envelope => ({
  payloadType: "application/vnd.godwit.firmware+json",
  payload: base64(payload),
  signatures: [{ keyid: "c".repeat(64), sig: "AAAA" }],
});

const world = async (
  given: { release?: Partial<Release>; keys?: number; documentChars?: number } = {},
) => {
  const clock = { ms: someTime };
  const now = () => clock.ms;
  const release = aRelease(given.release);
  const releases = memoryReleases();
  const facts = memoryReleaseFacts();
  const enrolments = memoryEnrolments();
  const pace = memoryPaceRows(region);
  await releases.add(release);
  for (const one of openFacts()) await facts.add(one);
  await enrolments.put([anEnrolment()]);
  await pace.put(aPace());
  const progress = {
    active: createActiveReleases({ releases, now }),
    ...{ facts, enrolments, pace, region, now },
    progress: memoryProgressRows(region),
    released: async () => [],
  };
  const link = memoryLink();
  link.connected.set(deviceId, { connected: true });
  const sessions = memorySessions();
  const broker = memoryBroker();
  const documents = Array.from({ length: given.keys ?? 0 }, (_, n) =>
    envelopeOf(`keys ${n + 1}`.padEnd(given.documentChars ?? 0)),
  );
  const downloads = {
    url: vi.fn(async (sha256: string, seconds: number) => ({
      url: `https://s3/${sha256}`,
      expiresAt: clock.ms + seconds * 1_000,
    })),
    read: vi.fn(async (_: string, offset: number, length: number) =>
      image.subarray(offset, offset + length),
    ),
  };
  const find = vi.fn(async () => ({
    ...{ product, version: release.version, title: "", description: "", mandatory: false },
    ...{ name: "a.bin", size: release.image.size, sha256: release.image.sha256, revision: 1 },
    ...{ uploadedBy: "ada", uploadedAt: someTime, groups: {}, manifest: envelopeOf("manifest") },
  }));
  const makeOffer = createOffers({
    ...{ versions: { find }, keys: { list: async () => documents }, downloads },
    ...{ pace: downloadPace(), now },
  });
  const firmwareHistory = memoryFirmwareHistory();
  const deps = {
    ...{ sessions, broker, link, makeOffer, progress, region, now, firmwareHistory },
    history: memoryPresenceHistory(),
    recoveries: memorySessionRecoveries(),
    answer: createAnswers({ link, downloads, makeOffer, progress, now }),
    limiters: { reports: requestLimiter(reportRate), requests: requestLimiter(requestRate) },
    catchUp: vi.fn(async () => {}),
    wait: async () => {},
    onOffer: vi.fn(),
    onDropped: vi.fn(),
    onError: vi.fn(),
  };
  /** The session of a device that has sent a hello at this time. */
  const session = (more: Partial<Session> = {}): Session => ({
    ...{ device: deviceId, region, connected: true, since: someTime, at: someTime, id: "s1" },
    ...{ handshakeAt: someTime, helloAt: clock.ms, hello: { functions: [], variables: {} } },
    ...{ revision: 1 },
    ...more,
  });
  const connect = (more: Partial<Session> = {}): void => {
    const key = `${deviceId} ${region}`;
    const { revision = 0, update } = sessions.rows.get(key) ?? {};
    const next = { ...session(more), revision: revision + 1, ...(update && { update }) };
    sessions.rows.set(key, next);
  };
  const handle = async (messages: readonly ReceivedEvent[], more: object = {}, repeat = false) => {
    const rows = new Map([[deviceId, { device, session: await sessions.find(deviceId) }]]);
    const isRedelivered = messages.map(() => repeat);
    return handleUpdates(messages, { rows, isRedelivered }, { ...deps, ...more });
  };
  return {
    ...{ deps, clock, release, connect, handle, link, facts, downloads, find, sessions, broker },
    ...{ firmwareHistory, pace },
    sent: () => link.sent.map(({ message }) => message),
    published: () =>
      broker.published.map(({ topic, payload }) => [
        topic.replace(`events/${fleet}/${deviceId}/`, ""),
        Buffer.from(payload).toString(),
      ]),
    async state() {
      const found = await readSituation(release, deviceId, progress);
      return found && deviceStatus(found);
    },
    message: (topic: string, data: object, at = clock.ms): ReceivedEvent => ({
      topic: `${topic}/${deviceId}`,
      id: `m ${at}`,
      receivedAt: at,
      data: base64(JSON.stringify(data)),
    }),
    hello(said: object = {}, more: object = {}, at = clock.ms): ReceivedEvent {
      const content = { hello: helloSchema.parse(said), changed: false, ...more };
      return this.message("hello", content, at);
    },
    report(state: string, more: object = {}, at = clock.ms): ReceivedEvent {
      return this.message("updates", { release: release.id, state, ...more }, at);
    },
    request(request: string, more: object = {}, at = clock.ms): ReceivedEvent {
      return this.message("updates", { release: release.id, request, ...more }, at);
    },
  };
};

type World = Awaited<ReturnType<typeof world>>;

/** A device that was offered the update. */
const offered = async (given?: Parameters<typeof world>[0]): Promise<World> => {
  const here = await world(given);
  here.connect();
  await here.handle([here.hello({ firmware: "1", image: oldHash })]);
  here.link.sent.length = 0;
  return here;
};

const old = { firmware: "1", image: oldHash };
const renewed = { firmware: "2", image: newHash };

describe("a hello of a device with an open release", () => {
  it("is answered by the offer, with a URL of 15 minutes and the signed manifest", async () => {
    const here = await world();
    here.connect();
    expect(await here.handle([here.hello(old)])).toEqual([undefined]);
    expect(here.link.sent).toEqual([
      {
        device: deviceId,
        topic: `control/${deviceId}`,
        message: {
          ...{ command: "update", release: "release-1", product, version: 2, keys: [] },
          ...{ manifest: envelopeOf("manifest"), size: 100_000, sha256: newHash, forced: false },
          ...{ url: `https://s3/${newHash}`, url_expires_at: someTime + 900_000, delay: 0 },
        },
      },
    ]);
  });

  it("is offered once per connection, also when the hello is delivered twice", async () => {
    const here = await world();
    here.connect();
    const hello = here.hello(old);
    await Promise.all([here.handle([hello]), here.handle([hello])]);
    await here.handle([hello]);
    expect(here.sent()).toHaveLength(1);
    here.clock.ms += 1_000;
    here.connect({ id: "s2" });
    await here.handle([here.hello(old)]);
    expect(here.sent()).toHaveLength(2);
  });

  it.each([
    ["has reported its number", 12, 9, ["keys 10", "keys 11", "keys 12"]],
    [
      "is far behind",
      12,
      1,
      ["keys 2", "keys 3", "keys 4", "keys 5", "keys 6", "keys 7", "keys 8", "keys 9"],
    ],
    ["has reported none", 2, undefined, ["keys 1", "keys 2"]],
  ])("gets the key documents after that of a device that %s", async (_, all, keys, expected) => {
    const here = await world({ keys: all });
    here.connect();
    await here.handle([here.hello({ ...old, ...(keys !== undefined && { keys }) })]);
    const [{ keys: sent }] = here.sent();
    expect(sent).toEqual(expected.map(envelopeOf));
  });

  it("fits into a message of IoT Core, however long the key documents are", async () => {
    const here = await world({ keys: 12, documentChars: 12_000 });
    here.connect();
    await here.handle([here.hello({ ...old, keys: 1 })]);
    const [offer] = here.sent();
    expect(Buffer.byteLength(JSON.stringify(offer))).toBeLessThan(eventDataBytesMax);
    const sent = offer.keys.map(({ payload }: Envelope) =>
      Buffer.from(payload, "base64").toString().trim(),
    );
    expect(sent.length).toBeGreaterThan(5);
    expect(sent).toEqual(sent.map((_: string, n: number) => `keys ${n + 2}`));
  });

  it("reads the manifest and the keys once for a herd of devices", async () => {
    const here = await world();
    for (let n = 0; n < 50; n += 1) {
      here.connect({ id: `s${n}` });
      await here.handle([here.hello(old)]);
    }
    expect(here.sent().length).toBeGreaterThan(40);
    expect(here.find).toHaveBeenCalledTimes(1);
    expect(here.sent().at(-1).delay).toBeGreaterThan(0);
  });

  it("is offered again by the redelivered hello if the image or the broker did not respond", async () => {
    const here = await world();
    here.connect();
    here.downloads.url.mockRejectedValueOnce(new Error("S3 is down"));
    expect(await here.handle([here.hello(old)])).toEqual([new Error("S3 is down")]);
    const refusing = { link: { ...here.link, send: () => Promise.reject(new Error("throttled")) } };
    expect(await here.handle([here.hello(old)], refusing)).toEqual([new Error("throttled")]);
    expect(here.sent()).toEqual([]);
    expect(await here.handle([here.hello(old)])).toEqual([undefined]);
    expect(here.sent()).toHaveLength(1);
  });

  it("waits for the session of its connection, and fails if it does not come", async () => {
    const here = await world();
    const [error] = await here.handle([here.hello(old)]);
    expect(error?.message).toMatch("is behind its hello");
    expect(here.sent()).toEqual([]);
    const wait = async () => here.connect();
    expect(await here.handle([here.hello(old)], { wait })).toEqual([undefined]);
    expect(here.sent()).toHaveLength(1);
  });

  it("a worker that dies at any step loses no offer: the hello is redelivered after the lease", async () => {
    for (let dies = 0; dies < 12; dies += 1) {
      const here = await world();
      here.connect();
      let left = dies;
      const orDie =
        <Given extends unknown[], Result>(run: (...given: Given) => Promise<Result>) =>
        (...given: Given): Promise<Result> => {
          left -= 1;
          // A dead worker does nothing more.
          return left < 0 ? new Promise(() => {}) : run(...given);
        };
      const { progress } = here.deps;
      const dying = {
        link: { ...here.link, send: orDie(here.link.send) },
        progress: {
          ...progress,
          progress: { of: orDie(progress.progress.of), put: orDie(progress.progress.put) },
          pace: { find: orDie(progress.pace.find), put: orDie(progress.pace.put) },
        },
      };
      const worker = here.handle([here.hello(old)], dying);
      await Promise.race([worker, new Promise((resolve) => setImmediate(resolve))]);
      // The visibility time-out of the queue.
      here.clock.ms += 150_000;
      expect(await here.handle([here.hello(old, {}, someTime)], {}, true)).toEqual([undefined]);
      const offers = here.sent().length;
      expect([dies, offers]).toEqual([dies, offers < 1 ? "no offer" : Math.min(offers, 2)]);
    }
  });
});

describe("a hello that shows another firmware", () => {
  it("is recorded, with the end of the former one, once for each change", async () => {
    const here = await world();
    here.connect();
    const former = { product, version: 1, image: oldHash };
    const hello = here.hello(renewed, { changed: true, former });
    await here.handle([hello]);
    await here.handle([hello]);
    const change = { device: deviceId, product, version: 2, image: newHash, region, at: someTime };
    expect(await here.firmwareHistory.changesOf(deviceId)).toEqual([change]);
    const ran = await here.firmwareHistory.ran({ product, version: 1 }, { limit: 9 });
    expect(ran.rows).toMatchObject([{ last: someTime }]);
  });

  it("on the connection of its reports is handled at once: no online follows", async () => {
    const here = await offered();
    here.clock.ms += 1_000;
    await here.handle([here.report("accepted"), here.report("verified", {}, here.clock.ms + 5)]);
    here.clock.ms += 10_000;
    here.connect({ handshakeAt: someTime });
    here.link.connected.set(deviceId, { connected: true, since: someTime });
    const hello = here.hello({ ...renewed, reset: "update" }, { changed: true });
    expect(await here.handle([hello])).toEqual([undefined]);
    expect(here.published().at(-1)).toEqual(["particle/device/updates/enabled", "true"]);
    expect(await here.state()).toMatchObject({ state: "downloading", why: "observed" });
  });

  it("publishes the events of the update after the device is online, once", async () => {
    const here = await offered();
    here.clock.ms += 1_000;
    await here.handle([here.report("accepted"), here.report("verified", {}, here.clock.ms + 5)]);
    here.clock.ms += 10_000;
    const hello = here.hello({ ...renewed, reset: "update" }, { changed: true });
    // The session is still that of the connection before the restart.
    here.connect({ handshakeAt: someTime });
    here.link.connected.set(deviceId, { connected: true, since: here.clock.ms - 1 });
    const [early] = await here.handle([hello]);
    expect(early?.message).toMatch("is behind its hello");
    here.connect({ id: "s2", handshakeAt: here.clock.ms });
    for (let times = 0; times < 2; times += 1) await here.handle([hello]);
    expect(here.published()).toEqual([
      ["spark/status", "auto-update"],
      ["spark/flash/status", "started "],
      ["spark/flash/status", "success "],
      ["spark/device/last_reset", "update"],
      ["particle/device/updates/forced", "false"],
      ["spark/device/app-hash", newHash],
      ["particle/device/updates/pending", "false"],
      ["particle/device/updates/enabled", "true"],
    ]);
  });

  it("is handled at once again after its events are published", async () => {
    const here = await offered();
    await here.handle([here.report("verified", {}, someTime + 100)]);
    // A device says hello after it has connected.
    here.clock.ms += 10_000;
    const handshakeAt = here.clock.ms - 500;
    here.connect({ id: "s2", handshakeAt });
    const hello = here.hello(renewed, { changed: true });
    for (let times = 0; times < 3; times += 1)
      expect(await here.handle([hello])).toEqual([undefined]);
    expect(here.published()).toHaveLength(8);
  });

  it("publishes the events although no presence event comes", async () => {
    const here = await offered();
    await here.handle([here.report("verified", {}, someTime + 100)]);
    const hello = here.hello(renewed, { changed: true }, someTime + 1_000);
    here.connect({ helloAt: someTime + 1_000, connected: false });
    here.clock.ms += 62_000;
    expect(await here.handle([hello])).toEqual([undefined]);
    expect(here.published().at(-1)).toEqual(["particle/device/updates/enabled", "true"]);
  });

  it("of a device without an update publishes nothing", async () => {
    const here = await world();
    here.connect();
    await here.handle([here.hello(renewed, { changed: true })]);
    expect(here.published()).toEqual([]);
  });
});

describe("a report", () => {
  it("is recorded, and its events are published once", async () => {
    const here = await offered();
    const accepted = here.report("accepted");
    await here.handle([accepted, accepted]);
    await here.handle([accepted]);
    expect(await here.state()).toMatchObject({ state: "downloading", why: "accepted" });
    expect(here.published()).toEqual([
      ["spark/status", "auto-update"],
      ["spark/flash/status", "started "],
    ]);
  });

  it("that the cloud was unavailable uses up no attempt, however often", async () => {
    const here = await offered();
    for (let n = 0; n < 10; n += 1) {
      here.clock.ms += 5_000;
      await here.handle([here.report("unavailable", { status: 503 })]);
    }
    expect(await here.state()).not.toMatchObject({ state: "failed" });
    expect(here.published()).toEqual([]);
    here.clock.ms += 5_000;
    await here.handle([here.request("url")]);
    expect(here.sent()).toMatchObject([{ command: "update" }]);
  });

  it("with an unknown error counts as another error", async () => {
    const here = await offered();
    await here.handle([here.report("failed", { error: "cosmic_ray" })]);
    expect(here.published().at(-1)).toEqual(["spark/flash/status", "failed"]);
  });

  it("about a release that is not for the device changes nothing", async () => {
    const here = await world();
    here.connect();
    const report = here.message("updates", { release: "another", state: "accepted" });
    expect(await here.handle([report])).toEqual([undefined]);
    expect(here.published()).toEqual([]);
  });

  it("that cannot be stored stays in the queue, and is not lost by the limit", async () => {
    const here = await offered();
    const down = { facts: { list: () => Promise.reject(new Error("down")) } };
    const failing = { progress: { ...here.deps.progress, ...down } };
    const report = here.report("verified");
    for (let n = 0; n < 50; n += 1) await here.handle([here.report("accepted")]);
    const [error] = await here.handle([report], failing, true);
    expect(error).toEqual(new Error("down"));
    expect(await here.handle([report], {}, true)).toEqual([undefined]);
    expect(await here.state()).toMatchObject({ why: "verified" });
  });

  it.each([
    ["no JSON", "x"],
    ["an unknown state", { release: "release-1", state: "flying" }],
    ["no release", { state: "accepted" }],
    ["a release that is too long", { release: "x".repeat(65), state: "accepted" }],
    ["an offset that is no number", { release: "release-1", state: "downloading", offset: "9" }],
  ])("with %s is ignored", async (_, data) => {
    const here = await offered();
    const message = { ...here.report("accepted"), data: base64(JSON.stringify(data)) };
    expect(await here.handle([message])).toEqual([undefined]);
    expect(here.published()).toEqual([]);
  });
});

describe("a request", () => {
  it("for a URL is answered by the offer with a fresh one", async () => {
    const here = await offered();
    here.clock.ms += 60_000;
    await here.handle([here.request("url")]);
    expect(here.sent()).toMatchObject([
      { command: "update", url_expires_at: here.clock.ms + 900_000 },
    ]);
  });

  it("for a block is answered by the bytes", async () => {
    const here = await offered();
    await here.handle([here.request("block", { offset: 8_192, length: 1_000 })]);
    expect(here.link.sent).toMatchObject([{ topic: `firmware/${deviceId}` }]);
    const message: Buffer = here.sent()[0];
    const lineEnd = message.indexOf("\n");
    expect(JSON.parse(message.subarray(0, lineEnd).toString())).toEqual({
      ...{ release: "release-1", offset: 8_192, length: 1_000, size: 100_000 },
    });
    expect(message.subarray(lineEnd + 1)).toEqual(image.subarray(8_192, 9_192));
  });

  it.each([
    ["without a length", { offset: 0 }, 8_192],
    ["with a length over the maximum", { offset: 0, length: 1_000_000 }, 32_768],
    ["at the end", { offset: 99_990, length: 8_192 }, 10],
    ["after the end", { offset: 100_000, length: 8_192 }, 0],
    ["far after the end", { offset: 2 ** 50, length: 8_192 }, 0],
  ])("for a block %s is bounded", async (_, given, length) => {
    const here = await offered();
    await here.handle([here.request("block", given)]);
    // A block without bytes is JSON.
    const [message] = here.sent();
    const header = Buffer.isBuffer(message)
      ? JSON.parse(message.subarray(0, message.indexOf("\n")).toString())
      : message;
    expect(header).toMatchObject({ length, size: 100_000 });
  });

  it.each(["url", "block"])(
    "for a %s of a release that does not go on is answered by the command to stop",
    async (kind) => {
      const here = await offered();
      here.clock.ms += 60_000;
      await here.facts.add({
        ...{ release: "release-1", region, at: here.clock.ms, kind: "cancelled", by: "ada" },
      });
      await here.handle([here.request(kind, { offset: 0 })]);
      expect(here.sent()).toEqual([{ command: "cancel_update", release: "release-1" }]);
      expect(here.downloads.read).not.toHaveBeenCalled();
    },
  );

  it("of a device that was not offered the release gets no byte", async () => {
    const here = await world();
    here.connect();
    await here.handle([here.request("block", { offset: 0 })]);
    expect(here.sent()).toEqual([{ command: "cancel_update", release: "release-1" }]);
    expect(here.downloads.read).not.toHaveBeenCalled();
  });

  it("for blocks of a whole image reads the tables once", async () => {
    const here = await offered();
    const find = vi.spyOn(here.deps.progress.enrolments, "find");
    for (let offset = 0; offset < 100_000; offset += 8_192) {
      here.clock.ms += 500;
      await here.handle([here.request("block", { offset })]);
    }
    expect(here.link.sent).toHaveLength(13);
    expect(find).toHaveBeenCalledTimes(1);
  });

  it("is not repeated by the queue, and an old one is not answered", async () => {
    const here = await offered();
    here.downloads.read.mockRejectedValueOnce(new Error("S3 is down"));
    expect(await here.handle([here.request("block", { offset: 0 })])).toEqual([undefined]);
    expect(here.deps.onError).toHaveBeenCalled();
    await here.handle([here.request("block", { offset: 0 }, someTime - 121_000)]);
    expect(here.sent()).toEqual([]);
  });

  it("of a device in a loop is dropped beyond its rate", async () => {
    const here = await offered();
    const loop = Array.from({ length: 100 }, () => here.request("block", { offset: 0 }));
    await here.handle(loop);
    expect(here.link.sent).toHaveLength(requestRate.burst);
    expect(here.deps.onDropped).toHaveBeenCalledTimes(100 - requestRate.burst);
  });
});

it("messages of devices that do not exist, or of no device, are ignored", async () => {
  const here = await world();
  const unknown = { ...here.report("accepted"), topic: `updates/${"f".repeat(24)}` };
  const other = { ...here.report("accepted"), topic: "updates/x" };
  expect(await here.handle([unknown, other])).toEqual([undefined, undefined]);
});

it("the rows of a device that cannot be read leave its messages in the queue", async () => {
  const here = await world();
  const rows = new Map([[deviceId, new Error("down")]]);
  const messages = [here.report("accepted"), here.request("url")];
  const outcomes = await handleUpdates(messages, { rows, isRedelivered: [] }, here.deps);
  expect(outcomes).toEqual([new Error("down"), new Error("down")]);
});
