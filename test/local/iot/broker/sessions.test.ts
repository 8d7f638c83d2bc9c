import type { AedesPublishPacket, PublishPacket } from "aedes";
import { beforeEach, describe, expect, it } from "vitest";
import { openConnections } from "../../../../local/iot/broker/connections.ts";
import { trackInFlight } from "../../../../local/iot/broker/inFlightWork.ts";
import { Sessions } from "../../../../local/iot/broker/sessions.ts";
import { retainedTopicsMax, sessionMessagesMax, sessionMs } from "../../../../local/iot/limits.ts";

let sessions: Sessions;
const reader = { id: "reader" };

beforeEach(async () => {
  sessions = new Sessions();
  await sessions.addSubscriptions(reader, [{ topic: "a/#", qos: 1 }]);
});

const packet = (brokerCounter: number): AedesPublishPacket => ({
  cmd: "publish",
  topic: "a/b",
  payload: Buffer.from(String(brokerCounter)),
  qos: 1,
  retain: true,
  dup: false,
  brokerId: "b",
  brokerCounter,
});

const listeners = async (topic: string) =>
  (await sessions.subscriptionsByTopic(topic)).map(({ clientId }) => clientId);

const waiting = async () =>
  (await sessions.outgoingStream(reader).toArray()).map(({ payload }) => Number(payload));

describe("a session", () => {
  it("receives QoS 1 messages of its filters until it unsubscribes", async () => {
    await sessions.addSubscriptions({ id: "other" }, [{ topic: "a/b", qos: 0 }]);
    expect(await listeners("a/b")).toEqual(["reader"]);
    expect(await listeners("b/a")).toEqual([]);
    await sessions.removeSubscriptions(reader, ["a/#"]);
    expect(await listeners("a/b")).toEqual([]);
  });

  it("receives a message once, even if several filters match", async () => {
    await sessions.addSubscriptions(reader, [{ topic: "a/+", qos: 1 }]);
    expect(await listeners("a/b")).toEqual(["reader"]);
  });

  it("stores no messages of a filter that it lowers to QoS 0", async () => {
    await sessions.addSubscriptions(reader, [{ topic: "a/#", qos: 0 }]);
    expect(await listeners("a/b")).toEqual([]);
  });

  it("expires an hour after the disconnect, and never while connected", async () => {
    sessions.sweep(performance.now() + 2 * sessionMs);
    expect(sessions.has("reader")).toBe(true);
    sessions.markDisconnected("reader");
    sessions.sweep(performance.now() + sessionMs - 10_000);
    expect(sessions.has("reader")).toBe(true);
    sessions.sweep(performance.now() + sessionMs);
    expect(sessions.has("reader")).toBe(false);
    expect(await listeners("a/b")).toEqual([]);
  });

  it("is kept when its client reconnects", () => {
    sessions.markDisconnected("reader");
    sessions.markConnected("reader");
    sessions.sweep(performance.now() + 2 * sessionMs);
    expect(sessions.has("reader")).toBe(true);
  });

  it("keeps the newest messages until they are acknowledged", async () => {
    const to = [{ clientId: "reader" }];
    for (let i = 0; i < sessionMessagesMax + 2; i += 1) {
      await sessions.outgoingEnqueueCombi(to, packet(i));
    }
    expect(await waiting()).toHaveLength(sessionMessagesMax);
    expect((await waiting())[0]).toBe(2);
    await sessions.outgoingUpdate(reader, { ...packet(3), messageId: 77 });
    await sessions.outgoingClearMessageId(reader, { messageId: 77 });
    expect((await waiting()).slice(0, 2)).toEqual([2, 4]);
  });

  it("delivers a stored message without the retain flag", async () => {
    await sessions.outgoingEnqueueCombi([{ clientId: "reader" }], packet(1));
    expect(await sessions.outgoingStream(reader).toArray()).toMatchObject([{ retain: false }]);
  });
});

describe("retained messages", () => {
  it("are limited in number, and can be replaced at the limit", async () => {
    const retained = (topic: string, payload: string): PublishPacket => ({
      ...packet(1),
      topic,
      payload,
    });
    for (let i = 0; i <= retainedTopicsMax; i += 1) {
      await sessions.storeRetained(retained(`t/${i}`, "old"));
    }
    await sessions.storeRetained(retained("t/0", "new"));
    const topics = ["t/0", `t/${retainedTopicsMax}`];
    const found = await sessions.createRetainedStreamCombi(topics).toArray();
    expect(found).toMatchObject([{ topic: "t/0", payload: "new" }]);
  });
});

describe("disconnected clients", () => {
  it("are known for half an hour", () => {
    const connections = openConnections(0, trackInFlight());
    const peer = { principal: "p", address: "", permissionsFor: () => ({ allow: () => true }) };
    const connection = connections.admit({
      client: {} as never,
      clientId: "c",
      peer,
      permissions: peer.permissionsFor(),
      keepAliveSeconds: 60,
      will: undefined,
      nextPacketId: () => 1,
    });
    connections.enter(connection);
    expect(connections.lastClosed("c")).toBeUndefined();
    connections.leave(connection, "CONNECTION_LOST");
    expect(connections.live("c")).toBeUndefined();
    expect(connections.lastClosed("c")).toMatchObject({ reason: "CONNECTION_LOST" });
    connections.sweep(Date.now() + 3_700_000);
    expect(connections.lastClosed("c")).toBeUndefined();
  });
});
