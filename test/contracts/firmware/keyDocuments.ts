import { describe, expect, it } from "vitest";
import type { Envelope } from "#shared/firmware/signing/envelope.ts";
import type { KeyDocuments } from "#shared/firmware/signing/keyDocument.ts";

const envelope = (payload: string): Envelope => ({
  payloadType: "application/json",
  payload,
  signatures: [{ keyid: "0".repeat(64), sig: "AAAA" }],
});

/** Contract of every implementation of `KeyDocuments`. */
export const keyDocumentsContract = (open: () => Promise<KeyDocuments>): void => {
  describe("key documents", () => {
    it("are listed by product, oldest first, and written once", async () => {
      const documents = await open();
      await documents.add(1, 2, envelope("AAAB"));
      await documents.add(1, 10, envelope("AAAC"));
      await documents.add(1, 1, envelope("AAAD"));
      await documents.add(2, 1, envelope("AAAE"));
      const payloads = async (product: number) =>
        (await documents.list(product)).map(({ payload }) => payload);
      expect(await payloads(1)).toEqual(["AAAD", "AAAB", "AAAC"]);
      expect(await payloads(3)).toEqual([]);
      await expect(documents.add(1, 2, envelope("AAAF"))).rejects.toMatchObject({
        code: "conflict",
      });
      expect(await payloads(1)).toEqual(["AAAD", "AAAB", "AAAC"]);
      await documents.removeAll(1);
      expect(await payloads(1)).toEqual([]);
      expect(await payloads(2)).toEqual(["AAAE"]);
    });
  });
};
