import { describe, expect, it, vi } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { dayMs } from "#shared/platform/durations.ts";
import {
  type ForwardedHello,
  forwardedHello,
  forwardHello,
} from "#shared/presence/messages/forwardHello.ts";
import { firmwareChangesPerDayMax } from "#shared/presence/messages/limits.ts";
import { hello, type RecordedFirmware } from "#shared/presence/session.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { handlePresence } from "../../../memory/presence/handlePresence.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { base64, deviceId, fleet, someTime } from "../../../memory/samples.ts";

const device = { id: deviceId, fleet, product: 7, createdAt: "" };
const [imageA, imageB] = ["a".repeat(64), "b".repeat(64)];

const world = (productsWithReleases: readonly number[] = []) => {
  const sent: ReceivedEvent[] = [];
  const refused = new Map<number, Error>();
  const hasReleases = vi.fn(async (device: { product: number }) =>
    productsWithReleases.includes(device.product),
  );
  const forward = forwardHello({
    updates: {
      async send(events) {
        if (refused.size === 0) sent.push(...events);
        return refused;
      },
    },
    hasReleases,
    onError: vi.fn(),
  });
  const forwarded = (): ForwardedHello[] =>
    sent.map(({ data }) =>
      forwardedHello.parse(JSON.parse(Buffer.from(data, "base64").toString())),
    );
  const says = (given: object, known?: RecordedFirmware, receivedAt = someTime) =>
    forward(device, { hello: hello.parse(given), receivedAt }, known);
  return { sent, refused, hasReleases, forward, forwarded, says };
};

describe("a hello", () => {
  it("that shows another firmware is sent to the queue of updates, once", async () => {
    const { says, forwarded, sent } = world();
    const first = await says({ firmware: "3", image: imageA });
    expect(first).toMatchObject({ product: 7, version: 3, image: imageA });
    const second = await says({ firmware: "4", image: imageB }, first);
    expect(await says({ firmware: "4", image: imageB, wake: 60 }, second)).toEqual(second);
    expect(forwarded()).toMatchObject([
      { changed: true, hello: { firmware: "3" } },
      { changed: true, hello: { firmware: "4" }, former: { version: 3, image: imageA } },
    ]);
    expect(sent.map(({ topic, receivedAt }) => [topic, receivedAt])).toEqual([
      [`hello/${deviceId}`, someTime],
      [`hello/${deviceId}`, someTime],
    ]);
  });

  it("with another image of the same version shows another firmware", async () => {
    const { says, forwarded } = world();
    const known = await says({ firmware: "3", image: imageA });
    await says({ firmware: "3", image: imageB }, known);
    expect(forwarded().map(({ changed }) => changed)).toEqual([true, true]);
  });

  it("of a device that joins another product shows another firmware of that product", async () => {
    const { forward, forwarded } = world();
    const received = { hello: hello.parse({ firmware: "3" }), receivedAt: someTime };
    const known = await forward(device, received, undefined);
    expect(await forward({ ...device, product: 8 }, received, known)).toMatchObject({ product: 8 });
    expect(forwarded()).toHaveLength(2);
  });

  it("of a product with unfinished releases is always sent", async () => {
    const { says, forwarded } = world([7]);
    const known = await says({ firmware: "3" });
    await says({ firmware: "3" }, known);
    expect(forwarded().map(({ changed }) => changed)).toEqual([true, false]);
  });

  it("of a device without a product is not sent, and reads nothing", async () => {
    const { forward, sent, hasReleases } = world([7]);
    const { product: _, ...own } = device;
    const received = { hello: hello.parse({ firmware: "3" }), receivedAt: someTime };
    expect(await forward(own, received, undefined)).toBeUndefined();
    expect(sent).toEqual([]);
    expect(hasReleases).not.toHaveBeenCalled();
  });

  it("is sent if the releases cannot be read", async () => {
    const { says, forwarded, hasReleases } = world();
    const known = await says({ firmware: "3" });
    hasReleases.mockRejectedValueOnce(new Error("down"));
    await says({ firmware: "3" }, known);
    expect(forwarded()).toHaveLength(2);
  });

  it("of a device that changes its firmware all the time is recorded again on the next day", async () => {
    const { says, forwarded } = world();
    let known: RecordedFirmware | undefined;
    for (let n = 0; n < firmwareChangesPerDayMax + 50; n += 1) {
      known = await says({ firmware: String(n % 2) }, known);
    }
    expect(forwarded()).toHaveLength(firmwareChangesPerDayMax);
    const last = await says({ firmware: "7" }, known, someTime + dayMs);
    expect(last).toMatchObject({ version: 7, changes: 1 });
    expect(forwarded().at(-1)).toMatchObject({ changed: true, hello: { firmware: "7" } });
  });
});

describe("the session", () => {
  const message = (given: object, receivedAt = someTime) => ({
    topic: `hello/${deviceId}`,
    id: "m",
    receivedAt,
    data: base64(JSON.stringify(given)),
  });
  const presence = (here: ReturnType<typeof world>) => ({
    devices: memoryDevices([device]),
    sessions: memorySessions(),
    recoveries: memorySessionRecoveries(),
    history: memoryPresenceHistory(),
    epochs: memoryEpochs(),
    broker: memoryBroker(),
    link: memoryLink(),
    now: () => someTime,
    onError: () => {},
    forwardHello: here.forward,
  });

  it("has the firmware that was sent, also after the device reconnects", async () => {
    const here = world();
    const deps = presence(here);
    await handlePresence([message({ firmware: "3" })], deps);
    const connected = {
      eventType: "connected",
      timestamp: someTime + 1,
      sessionIdentifier: "s2",
      versionNumber: 1,
    };
    const topic = `$aws/events/presence/connected/${deviceId}`;
    await handlePresence([{ ...message(connected), topic }], deps);
    await handlePresence([message({ firmware: "3" }, someTime + 2)], deps);
    expect(await deps.sessions.find(deviceId)).toMatchObject({ recorded: { version: 3 } });
    expect(here.forwarded()).toHaveLength(1);
  });

  it("is not written until the queue has the hello: a redelivered hello is sent again", async () => {
    const here = world();
    const deps = presence(here);
    here.refused.set(0, new Error("the queue is down"));
    const [failed] = await handlePresence([message({ firmware: "3" })], deps);
    expect(failed).toEqual(new Error("the queue is down"));
    expect(await deps.sessions.find(deviceId)).toBeUndefined();
    here.refused.clear();
    // A worker that dies between the send and the write leaves the same.
    const dying = { ...deps.sessions, put: () => Promise.reject(new Error("killed")) };
    await handlePresence([message({ firmware: "3" })], { ...deps, sessions: dying });
    await handlePresence([message({ firmware: "3" })], deps);
    expect(await deps.sessions.find(deviceId)).toMatchObject({ recorded: { version: 3 } });
    const [first, second] = here.sent;
    expect(here.sent).toHaveLength(2);
    expect(second).toEqual(first);
  });
});
