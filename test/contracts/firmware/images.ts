import { describe, expect, it } from "vitest";
import type { Images } from "#shared/firmware/images.ts";

const sha256 = "c".repeat(64);

/** Contract of every implementation of `Images`. */
export const imagesContract = (open: () => Promise<Images>): void => {
  describe("images", () => {
    it("are stored byte for byte, also twice, and deleted", async () => {
      const images = await open();
      expect(await images.get(sha256)).toBeUndefined();
      const bytes = Buffer.from(Uint8Array.from({ length: 1_000 }, (_, i) => i % 256));
      await images.put(sha256, bytes);
      await images.put(sha256, bytes);
      expect(await images.putElsewhere(sha256, bytes)).toEqual([]);
      expect((await images.get(sha256))?.equals(bytes)).toBe(true);
      await images.remove(sha256);
      await images.remove(sha256);
      expect(await images.get(sha256)).toBeUndefined();
    });
  });
};
