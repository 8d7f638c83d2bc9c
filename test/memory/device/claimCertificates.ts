import type {
  ClaimCertificate,
  ClaimCertificates,
  PendingClaim,
} from "#shared/device/provision/claimCertificates.ts";

/** Claim certificates in memory, as region `here` sees them. */
export const memoryClaimCertificates = (
  here = "r1",
  pending = new Map<string, PendingClaim & { readonly region: string }>(),
): ClaimCertificates => {
  const known = new Map<string, ClaimCertificate>();
  const used = new Map<string, number>();
  return {
    async put(certificate) {
      known.set(certificate.id, certificate);
    },
    find: async (id) => known.get(id),
    list: async (product, max) =>
      [...known.values()].filter((one) => one.product === product).slice(0, max),
    async count(id, minute) {
      const key = `${id} ${minute}`;
      const count = (used.get(key) ?? 0) + 1;
      used.set(key, count);
      return count;
    },
    async addPending(one, regions) {
      for (const region of regions) pending.set(`${region} ${one.id}`, { ...one, region });
    },
    listPending: async (max) =>
      [...pending.values()]
        .filter(({ region }) => region === here)
        .slice(0, max)
        .map(({ id, since }) => ({ id, since })),
    async completePending({ id, since }) {
      const key = `${here} ${id}`;
      if (pending.get(key)?.since === since) pending.delete(key);
    },
  };
};
