import { describe, expect, it } from "vitest";
import { changedInput, integrationInput } from "#shared/integration/integrationInput.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { replaceIntegration } from "#shared/integration/replaceIntegration.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { anIntegration, deviceId, fleet, someTime, stoppedClock } from "../../memory/samples.ts";
import { remembering } from "./model/cacheSupport.ts";

const before = anIntegration({ deviceID: deviceId, json: { a: "1" }, disabled: true, deadline: 9 });
const { id, createdAt } = before;

const world = (given = before) => {
  const clock = stoppedClock();
  const device = { id: deviceId, fleet, name: "lamp", createdAt: "" };
  return {
    integrations: memoryIntegrations([given]),
    devices: memoryDevices([device]),
    now: clock.now,
    wait: async (ms: number) => {
      clock.ms += ms;
    },
  };
};

const input = (given: object = {}) =>
  integrationInput.parse({ event: "new", url: "https://example.org/", ...given });

describe("replacing an integration", () => {
  it("keeps its id and creation time, and no other settings", async () => {
    const deps = world();
    const { integration: after } = await replaceIntegration({ fleet, id }, input(), deps);
    expect(after).toEqual({
      revision: 1,
      id,
      fleet,
      createdAt,
      kind: "Webhook",
      event: "new",
      url: "https://example.org/",
      name: "new for example.org",
      requestType: "POST",
      noDefaults: false,
      rejectUnauthorized: true,
      disabled: false,
      enabledAt: someTime,
    });
    expect((await deps.integrations.fleetRouting(fleet)).integrations).toEqual([after]);
  });

  it("keeps a masked secret, and refuses a mask without a stored secret", async () => {
    const stored = { ...before, headers: { "X-Key": "s3cret", accept: "x/y" } };
    const deps = world(stored);
    const shown = changedInput.parse({
      event: "new",
      url: "https://example.org/",
      headers: { "x-key": "********", accept: "a/b" },
    });
    const { integration: after } = await replaceIntegration({ fleet, id }, shown, deps);
    expect(after).toMatchObject({ headers: { "x-key": "s3cret", accept: "a/b" } });
    const other = changedInput.parse({
      event: "new",
      url: "https://example.org/",
      auth: { username: "u", password: "********" },
    });
    await expect(replaceIntegration({ fleet, id }, other, deps)).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("auth.password"),
    });
  });

  it("keeps its product and its signing secret, unless its kind is not signed", async () => {
    const signing = { secret: "whsec_x" };
    const deps = world({ ...before, product: 17, signing });
    const same = await replaceIntegration({ fleet, id }, input(), deps);
    expect(same).not.toHaveProperty("signing");
    expect(same.integration).toMatchObject({ product: 17, signing });
    const queue = integrationInput.parse({
      event: "new",
      integration_type: "AwsSqs",
      queue_url: "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
      access_key_id: "AKIAIOSFODNN7EXAMPLE",
      secret_access_key: "s".repeat(40),
    });
    const { integration: after } = await replaceIntegration({ fleet, id }, queue, deps);
    expect(after).toMatchObject({ kind: "AwsSqs", product: 17 });
    expect(after).not.toHaveProperty("signing");
    expect(after).not.toHaveProperty("url");
    const signed = await replaceIntegration({ fleet, id }, input(), deps);
    expect(signed.signing?.secret).toMatch(/^whsec_/);
    expect(signed.integration.signing).toEqual(signed.signing);
  });

  it("does not undo a concurrent change by the cloud: it stays disabled until its owner has seen that", async () => {
    const deps = world({ ...before, disabled: false });
    const integrations = {
      ...deps.integrations,
      async replace(next: Integration) {
        await deps.integrations.disable(fleet, id, "gone");
        return deps.integrations.replace(next);
      },
    };
    const after = await replaceIntegration({ fleet, id }, input(), { ...deps, integrations });
    const disabled = { event: "new", disabled: true, disabledReason: "gone" };
    expect(after.integration).toMatchObject(disabled);
    expect((await integrations.fleetRouting(fleet)).integrations[0]).toMatchObject(disabled);
    const on = await replaceIntegration({ fleet, id }, input(), deps);
    expect(on.integration.disabled).toBe(false);
  });

  it("fails if other requests change it all the time", async () => {
    const deps = world();
    const integrations = { ...deps.integrations, replace: async () => false };
    const replacing = replaceIntegration({ fleet, id }, input(), { ...deps, integrations });
    await expect(replacing).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps the reason while it is disabled", async () => {
    const deps = world({ ...before, disabledReason: "gone" });
    const off = await replaceIntegration({ fleet, id }, input({ disabled: true }), deps);
    expect(off.integration.disabledReason).toBe("gone");
    const on = await replaceIntegration({ fleet, id }, input(), deps);
    expect(on.integration).not.toHaveProperty("disabledReason");
  });

  it("stores when it was last enabled, and keeps that in later changes", async () => {
    const deps = world();
    const write = async (disabled: boolean) =>
      (await replaceIntegration({ fleet, id }, input({ disabled }), deps)).integration.enabledAt;
    expect(await write(true)).toBeUndefined();
    const enabledAt = deps.now();
    expect(await write(false)).toBe(enabledAt);
    expect(await write(false)).toBe(enabledAt);
    expect(await write(true)).toBe(enabledAt);
    const again = deps.now();
    expect(await write(false)).toBe(again);
  });

  it("returns after every worker uses it", async () => {
    const deps = world();
    const known = remembering(deps);
    expect((await known.ofFleet(fleet)).known).toEqual([before]);
    const after = await replaceIntegration({ fleet, id }, input(), deps);
    expect((await known.ofFleet(fleet)).known).toEqual([after.integration]);
  });

  it("fails for a missing integration, one of another fleet, and a device of another fleet", async () => {
    const deps = world();
    const foreign = input({ deviceID: "f".repeat(24) });
    const notFound = { code: "not_found" };
    for (const [whose, given] of [
      [{ fleet, id: "other" }, input()],
      [{ fleet: "other", id }, input()],
      [{ fleet, id }, foreign],
    ] as const) {
      await expect(replaceIntegration(whose, given, deps)).rejects.toMatchObject(notFound);
    }
    expect((await deps.integrations.fleetRouting(fleet)).integrations).toEqual([before]);
  });

  it("does not restore an integration that is removed concurrently", async () => {
    const deps = world();
    const integrations = {
      ...deps.integrations,
      async find(...which: [string, string]) {
        const found = await deps.integrations.find(...which);
        await deps.integrations.remove(...which);
        return found;
      },
    };
    const replacing = replaceIntegration({ fleet, id }, input(), { ...deps, integrations });
    await expect(replacing).rejects.toMatchObject({ code: "not_found" });
    expect((await deps.integrations.fleetRouting(fleet)).integrations).toEqual([]);
  });
});
