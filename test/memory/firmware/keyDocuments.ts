import type { Envelope } from "#shared/firmware/signing/envelope.ts";
import type { KeyDocuments } from "#shared/firmware/signing/keyDocument.ts";
import { Failure } from "#shared/platform/failure.ts";

/** Key documents in memory. */
export const memoryKeyDocuments = (): KeyDocuments => {
  const rows = new Map<number, Map<number, Envelope>>();
  return {
    list: async (product) =>
      [...(rows.get(product) ?? [])]
        .toSorted(([one], [other]) => one - other)
        .map(([, signed]) => signed),
    async add(product, number, signed) {
      const own = rows.get(product) ?? new Map<number, Envelope>();
      if (own.has(number)) throw new Failure("exists", { code: "conflict" });
      rows.set(product, own.set(number, signed));
    },
    async removeAll(product) {
      rows.delete(product);
    },
  };
};
