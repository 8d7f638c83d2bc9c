import type { Owed, Provisioning } from "#shared/ports.ts";

/** The rows of all regions. */
export interface ProvisioningRows {
  readonly certificates: Map<string, string>;
  readonly endpoints: Map<string, string>;
  /** By region, then by device. */
  readonly owed: Map<string, Map<string, Owed>>;
}

const noRows = (): ProvisioningRows => ({
  certificates: new Map(),
  endpoints: new Map(),
  owed: new Map(),
});

/** What regions tell each other, in memory. Give several regions the same `rows`, and they are replicated. */
export const memoryProvisioning = (
  here = "us-east-1",
  rows = noRows(),
): Provisioning & { readonly rows: ProvisioningRows } => {
  const owedTo = (region: string): Map<string, Owed> => {
    const known = rows.owed.get(region) ?? new Map<string, Owed>();
    rows.owed.set(region, known);
    return known;
  };
  return {
    rows,
    async keepCertificate(device, certificate) {
      rows.certificates.set(device, certificate);
    },
    certificate: async (device) => rows.certificates.get(device),
    async owe(owed, regions) {
      for (const region of regions) owedTo(region).set(owed.device, owed);
    },
    async owed({ limit, after = "" }) {
      const all = [...owedTo(here).values()].filter(({ device }) => device > after);
      const owed = all.toSorted((a, b) => (a.device < b.device ? -1 : 1)).slice(0, limit);
      const last = owed.at(-1);
      return { owed, ...(owed.length < all.length && last && { next: last.device }) };
    },
    countOwed: async (region, max) => Math.min(max, owedTo(region).size),
    async settle({ device, since }) {
      if (owedTo(here).get(device)?.since === since) owedTo(here).delete(device);
    },
    async keepEndpoint(url) {
      rows.endpoints.set(here, url);
    },
    endpoint: async (region) => rows.endpoints.get(region),
  };
};
