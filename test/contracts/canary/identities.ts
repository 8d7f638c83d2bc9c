import { describe, expect, it } from "vitest";
import type { CanaryIdentities, CanaryIdentity } from "#shared/canary/identity.ts";

export const identitySample: CanaryIdentity = {
  token: "token",
  endpoint: "mqtts://broker:8883",
  device: { id: "d1", fleet: "f1", certificate: "certificate", privateKey: "private key" },
};

/** Contract of every store of a canary's identity. */
export const canaryIdentitiesContract = (open: () => Promise<CanaryIdentities>): void => {
  describe("the identity of a canary", () => {
    it("is absent before the first run", async () => {
      expect(await (await open()).find()).toBeUndefined();
    });

    it("is the last one that was stored", async () => {
      const identities = await open();
      await identities.put(identitySample);
      expect(await identities.find()).toEqual(identitySample);
      const complete = {
        ...identitySample,
        renewAt: 1,
        integration: { id: "i1", url: "https://a" },
      };
      await identities.put(complete);
      expect(await identities.find()).toEqual(complete);
    });
  });
};
