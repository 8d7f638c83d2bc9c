import type { AedesPublishPacket, Client } from "aedes";
import { expect, it, vi } from "vitest";
import { createBrokerMeter } from "../../../../local/iot/broker/brokerMeter.ts";
import { openConnections } from "../../../../local/iot/broker/connections.ts";
import { hooks } from "../../../../local/iot/broker/hooks.ts";
import { trackInFlight } from "../../../../local/iot/broker/inFlightWork.ts";
import { createPacketIds } from "../../../../local/iot/broker/packetIds.ts";
import { createRuleSlots } from "../../../../local/iot/broker/ruleSlots.ts";
import { Sessions } from "../../../../local/iot/broker/sessions.ts";
import { newCounts } from "../../../../local/iot/counts.ts";
import { subscriberBacklogBytesMax } from "../../../../local/iot/limits.ts";
import { openRules } from "../../../../local/iot/rule/rules.ts";

const admitted = (conn: object = {}) => {
  const counts = newCounts();
  const sessions = new Sessions();
  const connections = openConnections(0, trackInFlight());
  const client = { id: "d1", connected: true, conn } as Client;
  const permissions = { allow: (_: string, resource: string) => resource.endsWith("/mine") };
  const peer = { principal: "p", address: "", permissionsFor: () => permissions };
  const packetIds = createPacketIds();
  const nextPacketId = () => packetIds.next(client);
  const own = { clientId: "d1", keepAliveSeconds: 60, will: undefined };
  const made = { ...own, client, peer, permissions, nextPacketId };
  connections.admit(made);
  const parts = {
    connections,
    counts,
    meter: createBrokerMeter(),
    sessions,
    log: () => {},
    rules: openRules({ counts, log: () => {} }),
    provisioner: { isRequest: () => false, answer: async () => {} },
    inFlight: trackInFlight(),
    ruleSlots: createRuleSlots(),
    packetIds,
    disconnected: new WeakSet(),
    peers: new WeakMap(),
    stopping: false,
    killed: false,
  };
  return { client, sessions, ...hooks(parts) };
};

it("stores no filter of a SUBSCRIBE in a session after one was rejected", async () => {
  const { client, sessions, authorizeSubscribe } = admitted();
  // aedes stores all filters of a packet with the first allowed one.
  await sessions.addSubscriptions(client, [{ topic: "other", qos: 1 }]);
  const [refused, next] = [vi.fn(), vi.fn()];
  authorizeSubscribe(client, { topic: "other", qos: 1 }, refused);
  authorizeSubscribe(client, { topic: "mine", qos: 1 }, next);
  expect(refused).toHaveBeenCalledWith(expect.objectContaining({ reason: "AUTH_ERROR" }));
  expect(next).toHaveBeenCalledWith(expect.any(Error));
  expect(await sessions.subscriptionsByTopic("other")).toEqual([]);
});

it("disconnects a subscriber with too many unsent bytes", () => {
  const conn = { writableLength: subscriberBacklogBytesMax, destroy: vi.fn() };
  const { client, authorizeForward } = admitted(conn);
  const packet = { topic: "mine", payload: Buffer.alloc(1) } as AedesPublishPacket;
  expect(authorizeForward(client, packet)).toBe(packet);
  conn.writableLength += 1;
  expect(authorizeForward(client, packet)).toBeNull();
  expect(conn.destroy).toHaveBeenCalledOnce();
});
