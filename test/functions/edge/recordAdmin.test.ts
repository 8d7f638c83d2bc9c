import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { deploymentLog } from "#shared/audit/auditLog.ts";
import { Failure } from "#shared/platform/failure.ts";
import { recordAdmin } from "../../../functions/edge/recordAdmin.ts";
import { memoryAuditLog } from "../../memory/audit/auditLog.ts";

const world = () => {
  const log = memoryAuditLog();
  const fleets = new Map([["ada", "f1"]]);
  const findFleet = async ({ username }: Readonly<Record<string, unknown>>) =>
    fleets.get(String(username));
  return { log, change: recordAdmin({ log, now: () => 1_000, findFleet }) };
};

const input = z.object({ username: z.string() });

describe("a change by the operator", () => {
  it("is in the log of the fleet that it affects, without secrets", async () => {
    const { log, change } = world();
    const run = change("token.create", input, async () => ({ token: "s3cr3t", days: 1 }));
    expect(await run({ username: "ada" })).toEqual({ token: "s3cr3t", days: 1 });
    expect(log.entries()).toMatchObject([
      {
        fleet: "f1",
        actor: { kind: "operator" },
        action: "token.create",
        subject: { kind: "token", id: "ada" },
        fields: ["username"],
        outcome: "done",
        after: { token: "(hidden)", days: 1 },
      },
    ]);
  });

  it("has the device as its subject, not the user who gets it", async () => {
    const { log, change } = world();
    const made = { id: "5907dbcf7e37bbc62eb97515", name: "lamp" };
    await change("device.create", input, async () => made)({ username: "ada" });
    const device = z.object({ device: z.string(), username: z.string() });
    await change("device.disable", device, async () => ({ id: 1 }))({
      device: "d1",
      username: "ada",
    });
    // Both have the same time, and so no order.
    const ids = log.entries().map(({ subject }) => `${subject.kind} ${subject.id}`);
    expect(ids.toSorted()).toEqual([`device ${made.id}`, "device d1"]);
  });

  it("is in the log of the deployment if it affects no fleet", async () => {
    const { log, change } = world();
    await change("region.fill", z.object({}), async () => ({}))({});
    expect(log.entries()).toMatchObject([{ fleet: deploymentLog, outcome: "done" }]);
  });

  it("is in the log of the fleet that it announces", async () => {
    const { log, change } = world();
    const run = change(
      "user.create",
      input,
      async ({ username }, announce) => {
        await announce({ username, fleet: "new" });
        return {};
      },
      { announces: true },
    );
    await run({ username: "eve" });
    expect(log.entries()).toMatchObject([{ fleet: "new", outcome: "done" }]);
  });

  it("does not happen if it cannot be recorded, and is recorded if it fails", async () => {
    const { log, change } = world();
    let runs = 0;
    const run = change("user.remove", input, async () => {
      runs += 1;
      throw new Failure("no", { code: "needs_confirmation" });
    });
    await expect(run({ username: "ada" })).rejects.toMatchObject({ code: "needs_confirmation" });
    expect(log.entries()).toMatchObject([{ outcome: "failed", failure: "needs_confirmation" }]);
    log.begin = async () => {
      throw new Error("the table does not respond");
    };
    await expect(run({ username: "ada" })).rejects.toMatchObject({ code: "unavailable" });
    expect(runs).toBe(1);
  });
});

it("every request of the admin function that changes something is recorded", async () => {
  const files = ["functions/admin.ts", "functions/edge/adminIncidents.ts"];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const requests = [...texts.join("").matchAll(/^ {2,4}(\w+): (answer|change)\(/gm)];
  expect(requests.length).toBeGreaterThan(40);
  const unrecorded = requests.filter(([, , kind]) => kind === "answer").map(([, name]) => name);
  // The canary's user and device belong to no fleet of a customer.
  expect(unrecorded.filter((name = "") => !/^(list|describe|show|plan)/.test(name))).toEqual([
    "addCanary",
  ]);
});
