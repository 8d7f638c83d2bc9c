import { describe, expect, it } from "vitest";
import type { ImageReferences } from "#shared/firmware/images.ts";

const sha256 = "a".repeat(64);
const minuteMs = 60_000;
const now = 1_735_787_045_678;

/** Contract of every implementation of `ImageReferences`. */
export const imageReferencesContract = (open: () => Promise<ImageReferences>): void => {
  describe("references of an image", () => {
    it("keep it while any firmware version has it", async () => {
      const references = await open();
      await references.add({ sha256, product: 1, version: 1 });
      await references.add({ sha256, product: 100_000_001, version: 7 });
      await references.add({ sha256: "b".repeat(64), product: 3, version: 1 });
      await references.remove({ sha256, product: 1, version: 1 });
      expect(await references.beginRemoval(sha256, now)).toBe(false);
      await references.remove({ sha256, product: 100_000_001, version: 7 });
      expect(await references.beginRemoval(sha256, now)).toBe(true);
      await references.remove({ sha256, product: 1, version: 1 });
    });

    it("show a removal until it ends or is too old", async () => {
      const references = await open();
      expect(await references.isBeingRemoved(sha256, now)).toBe(false);
      await references.beginRemoval(sha256, now);
      expect(await references.isBeingRemoved(sha256, now + 1)).toBe(true);
      expect(await references.isBeingRemoved(sha256, now + minuteMs)).toBe(false);
      expect(await references.isBeingRemoved("b".repeat(64), now)).toBe(false);
      await references.endRemoval(sha256);
      expect(await references.isBeingRemoved(sha256, now)).toBe(false);
    });
  });
};
