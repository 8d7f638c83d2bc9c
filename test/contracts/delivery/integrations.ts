import { describe, expect, it } from "vitest";
import { integrationsPerFleetMax } from "#shared/integration/limits.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import { anIntegration } from "../../memory/samples.ts";

const full: Integration = anIntegration({
  id: "full",
  deviceID: "0123456789abcdef01234567",
  json: {
    "{{k}}": "{{v}}",
    deep: { list: [1, 2.5, true, null, "", { x: [] }] },
    huge: 1e300,
    large: 2 ** 60,
  },
  query: { q: "" },
  headers: { "X-Ünï": "{{{v}}}" },
  auth: { username: "u", password: "" },
  deadline: 60,
});

/** The contract of `Integrations`. */
export const integrationsContract = (open: () => Promise<Integrations>): void => {
  describe("integrations", () => {
    it("are read as they were written, with any text in their templates", async () => {
      const integrations = await open();
      await integrations.add(full);
      expect(await integrations.find(full.fleet, "full")).toEqual(full);
      expect((await integrations.fleetRouting(full.fleet)).integrations).toEqual([full]);
    });

    it("store a template with a deeper nesting than DynamoDB's attributes support", async () => {
      const integrations = await open();
      let json: Record<string, unknown> = { end: 1 };
      for (let depth = 0; depth < 50; depth += 1) json = { json };
      const deep = anIntegration({ json });
      await integrations.add(deep);
      expect((await integrations.fleetRouting(deep.fleet)).integrations).toEqual([deep]);
    });

    it("are all listed, also if they are many and large", async () => {
      const integrations = await open();
      const ids = Array.from({ length: integrationsPerFleetMax }, (_, i) => `i${i + 100}`);
      const body = "x".repeat(20_000);
      for (const id of ids) await integrations.add(anIntegration({ id, body }));
      const listed = (await integrations.fleetRouting(full.fleet)).integrations;
      expect(listed.map(({ id }) => id).sort()).toEqual(ids);
    });

    it("belong to one fleet: another fleet cannot find or remove them", async () => {
      const integrations = await open();
      const one = anIntegration();
      await integrations.add(one);
      expect((await integrations.fleetRouting("other")).integrations).toEqual([]);
      expect(await integrations.find("other", one.id)).toBeUndefined();
      expect(await integrations.remove("other", one.id)).toBe(false);
      expect((await integrations.fleetRouting(one.fleet)).integrations).toEqual([one]);
    });

    it("are replaced completely, and only if they exist", async () => {
      const integrations = await open();
      const after = anIntegration({ id: full.id, event: "after", disabled: true, revision: 1 });
      expect(await integrations.replace(after)).toBe(false);
      expect((await integrations.fleetRouting(full.fleet)).integrations).toEqual([]);
      await integrations.add(full);
      expect(await integrations.replace({ ...after, fleet: "other" })).toBe(false);
      expect(await integrations.replace(after)).toBe(true);
      expect(await integrations.find(full.fleet, full.id)).toEqual(after);
      expect((await integrations.fleetRouting("other")).integrations).toEqual([]);
    });

    it("are replaced only by their next revision, so that no write undoes a concurrent one", async () => {
      const integrations = await open();
      await integrations.add(full);
      const first = { ...full, event: "first", revision: 1 };
      expect(await integrations.replace(first)).toBe(true);
      expect(await integrations.replace({ ...full, event: "second", revision: 1 })).toBe(false);
      expect(await integrations.disable(full.fleet, full.id, "gone")).toBe(true);
      expect(await integrations.replace({ ...first, event: "third", revision: 2 })).toBe(false);
      const disabled = { ...first, disabled: true, disabledReason: "gone", revision: 2 };
      expect(await integrations.find(full.fleet, full.id)).toEqual(disabled);
      expect(await integrations.replace({ ...full, revision: 3 })).toBe(true);
    });

    it("are removed with a revision only if they have that one", async () => {
      const integrations = await open();
      const one = anIntegration();
      await integrations.add(one);
      expect(await integrations.remove(one.fleet, one.id, { revision: 1 })).toBe(false);
      await integrations.replace({ ...one, revision: 1 });
      expect(await integrations.remove(one.fleet, one.id, {})).toBe(false);
      expect(await integrations.remove("other", one.id, { revision: 1 })).toBe(false);
      expect(await integrations.find(one.fleet, one.id)).toBeDefined();
      expect(await integrations.remove(one.fleet, one.id, { revision: 1 })).toBe(true);
      expect(await integrations.remove(one.fleet, one.id, { revision: 1 })).toBe(false);
      expect(await integrations.find(one.fleet, one.id)).toBeUndefined();
    });

    it("are removed, and report whether they existed", async () => {
      const integrations = await open();
      const one = anIntegration();
      await integrations.add(one);
      expect(await integrations.remove(one.fleet, one.id)).toBe(true);
      expect(await integrations.remove(one.fleet, one.id)).toBe(false);
      expect(await integrations.find(one.fleet, one.id)).toBeUndefined();
      expect((await integrations.fleetRouting(one.fleet)).integrations).toEqual([]);
    });
  });
};
