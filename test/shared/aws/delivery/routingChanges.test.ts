import { describe, expect, it } from "vitest";
import {
  dynamoIntegrationMatchers,
  dynamoIntegrations,
} from "#shared/aws/delivery/integrations.ts";
import { dynamoRoutingChanges } from "#shared/aws/delivery/routingChanges.ts";
import { dynamoTargetHealth } from "#shared/aws/delivery/targetHealth.ts";
import { dynamoUsageLimits } from "#shared/aws/delivery/usageLimits.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { dynamoListeners } from "#shared/aws/event/listeners.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { routingShards } from "#shared/integration/model/limits.ts";
import { routingShardOf } from "#shared/integration/model/routingChanges.ts";
import type { UsageLimit } from "#shared/limit/usageLimit.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { memorySecrets } from "../../../memory/platform/secrets.ts";
import { anIntegration, fleet, someTime } from "../../../memory/samples.ts";

const { newTable } = await startDynamo();
const db = openTables();
const id = "i1";

describe("a change of a fleet's routing", () => {
  it("changes the version of the fleet's shard, and of no other one", async () => {
    const table = await newTable("pk", "sk");
    const changes = dynamoRoutingChanges(db, table);
    const integrations = dynamoIntegrations(db, table, memorySecrets());
    const listeners = dynamoListeners(db, table, "us-east-1");
    const health = dynamoTargetHealth(db, table, "us-east-1");
    const limits = dynamoUsageLimits(db, table);
    const limit: UsageLimit = {
      ...{ id: "00000000000000aa", fleet, scope: "fleet", period: "day", limit: 1 },
      ...{ action: "park", createdAt: someTime, revision: 0 },
    };
    const one = anIntegration({ id });
    const every: Readonly<Record<string, () => Promise<unknown>>> = {
      add: () => integrations.add(one),
      replace: () => integrations.replace({ ...one, revision: 1 }),
      disable: () => integrations.disable(fleet, id, "it only fails"),
      health: () =>
        health.put(fleet, { integration: id, hours: 0, countedAt: 0, told: 0, revision: 1 }),
      listen: () => listeners.listen(fleet, someTime, someTime + 1_000),
      renew: () => listeners.listen(fleet, someTime + 500, someTime + 1_500),
      archive: () => dynamoArchiveSettings(db, table).put(fleet, { enabled: true, days: 30 }),
      remove: () => dynamoIntegrationMatchers(db, table).remove(fleet, id),
      addLimit: () => limits.add(limit),
      replaceLimit: () => limits.replace({ ...limit, revision: 1 }),
      reachLimit: () =>
        limits.putReached(fleet, [{ limit: limit.id, revision: 1, until: someTime }]),
      removeLimit: () => limits.remove(fleet, limit.id),
    };
    let before = await changes.read();
    expect(before).toHaveLength(routingShards);
    for (const [what, change] of Object.entries(every)) {
      await change();
      const after = await changes.read();
      const changed = after.flatMap((version, shard) => (version === before[shard] ? [] : [shard]));
      expect(changed, what).toEqual([routingShardOf(fleet)]);
      before = after;
    }
  });

  it("is not counted if nothing was changed", async () => {
    const table = await newTable("pk", "sk");
    const integrations = dynamoIntegrations(db, table, memorySecrets());
    const before = await dynamoRoutingChanges(db, table).read();
    expect(await integrations.replace(anIntegration({ id, revision: 7 }))).toBe(false);
    expect(await integrations.remove(fleet, id)).toBe(false);
    expect(await dynamoRoutingChanges(db, table).read()).toEqual(before);
  });

  it("is counted in the row of its region, and read with the rows of all regions", async () => {
    const table = await newTable("pk", "sk");
    const changes = dynamoRoutingChanges(db, table);
    const integrations = dynamoIntegrations(db, table, memorySecrets());
    const shard = routingShardOf(fleet);
    const versions: unknown[] = [];
    for (let i = 1; i <= 3; i += 1) {
      versions.push((await changes.read())[shard]);
      await integrations.add(anIntegration({ id: `i${i}` }));
      versions.push((await changes.read())[shard]);
      // Replicated from another region.
      const Item = { pk: "changes", sk: "eu-west-1", [`s${shard}`]: i };
      await db.put({ TableName: table, Item });
    }
    expect(new Set(versions).size).toBe(versions.length);
  });
});
