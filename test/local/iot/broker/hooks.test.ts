import type { Client } from "aedes";
import { expect, it, vi } from "vitest";
import { openConnections } from "../../../../local/iot/broker/connections.ts";
import { hooks } from "../../../../local/iot/broker/hooks.ts";
import { Sessions } from "../../../../local/iot/broker/sessions.ts";
import { openUnderWay } from "../../../../local/iot/broker/underWay.ts";
import { newCounts } from "../../../../local/iot/counts.ts";
import { openRules } from "../../../../local/iot/rule/rules.ts";

it("keeps no filter of a SUBSCRIBE in a session once one of them was refused", async () => {
  const counts = newCounts();
  const sessions = new Sessions();
  const connections = openConnections();
  const { authorizeSubscribe } = hooks({
    connections,
    counts,
    log: () => {},
    rules: openRules({ counts, log: () => {} }),
    sessions,
    underWay: openUnderWay(),
    peers: new WeakMap(),
    stopping: false,
  });
  const client = { id: "d1", connected: true } as Client;
  const permissions = { allow: (_: string, resource: string) => resource === "topicfilter/mine" };
  const peer = { principal: "p", address: "", permissionsFor: () => permissions };
  connections.admit({
    client,
    clientId: "d1",
    peer,
    permissions,
    keepAliveSeconds: 60,
    will: undefined,
  });

  // aedes stores all filters of a packet with the first that is allowed.
  await sessions.addSubscriptions(client, [{ topic: "other", qos: 1 }]);
  const [refused, next] = [vi.fn(), vi.fn()];
  authorizeSubscribe(client, { topic: "other", qos: 1 }, refused);
  authorizeSubscribe(client, { topic: "mine", qos: 1 }, next);
  expect(refused).toHaveBeenCalledWith(expect.objectContaining({ reason: "AUTH_ERROR" }));
  expect(next).toHaveBeenCalledWith(expect.any(Error));
  expect(await sessions.subscriptionsByTopic("other")).toEqual([]);
});
