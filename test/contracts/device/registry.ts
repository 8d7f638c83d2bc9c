import { describe, expect, it } from "vitest";
import type { Registry } from "#shared/device/registry/registry.ts";

/** Contract of every registry of devices. */
export const registryContract = (open: () => Promise<Registry>): void => {
  const pem = /^-----BEGIN CERTIFICATE-----\n/;

  describe("a registry", () => {
    it("provisions a device with a certificate and its key", async () => {
      const registry = await open();
      const made = await registry.provision("00000000000000000000aaa1", "f1");
      expect(made.certificate).toMatch(pem);
      expect(made.privateKey).toBeDefined();
    });

    it("registers a device with its certificate again, and reports that its fleet changed", async () => {
      const registry = await open();
      const { certificate } = await registry.provision("00000000000000000000aaa2", "f1");
      expect(await registry.admit("00000000000000000000aaa2", "f1", certificate)).toBe(false);
      expect(await registry.admit("00000000000000000000aaa2", "f2", certificate)).toBe(true);
      await registry.move("00000000000000000000aaa2", "f3");
    });

    it("replaces, suspends and revokes certificates, repeatedly", async () => {
      const registry = await open();
      const id = "00000000000000000000aaa3";
      const first = await registry.provision(id, "f1");
      const second = await registry.issue();
      expect(second.certificate).toMatch(pem);
      const both = [first.certificate, second.certificate];
      for (const [certificates, isSuspended] of [
        [both, false],
        [both, true],
        [both, false],
        [[second.certificate], false],
        [[second.certificate], false],
        [[], true],
      ] as const) {
        expect(await registry.align(id, "f1", { certificates, isSuspended })).toBe(false);
      }
      expect(await registry.align(id, "f2", { certificates: [], isSuspended: true })).toBe(true);
    });

    it("has an endpoint for devices", async () => {
      expect(await (await open()).endpoint()).toMatch(/^mqtts:\/\/[^:/]+:\d+$/);
    });
  });
};
