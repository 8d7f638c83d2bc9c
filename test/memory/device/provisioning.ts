import type { Owed, Provisioning } from "#shared/device/registry/registry.ts";

/** The rows of all regions. */
export interface ProvisioningRows {
  readonly endpoints: Map<string, string>;
  /** By region, then by device and fleet. */
  readonly owed: Map<string, Map<string, Owed>>;
}

const keyOf = ({ device, fleet }: Pick<Owed, "device" | "fleet">): string => `${device}#${fleet}`;

const noRows = (): ProvisioningRows => ({
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
    async owe({ isKeyedByDevice: _, ...owed }, regions) {
      for (const region of regions) {
        const key = keyOf(owed);
        if (owed.mustCut || !owedTo(region).has(key)) owedTo(region).set(key, owed);
      }
    },
    async noteCut({ device, fleet, since, movedAt }, region) {
      const key = keyOf({ device, fleet });
      if (owedTo(region).get(key)?.since !== since) return;
      owedTo(region).set(key, { device, fleet, since, ...(movedAt && { movedAt }) });
    },
    async owed({ limit, after = "" }) {
      const all = [...owedTo(here)].filter(([key]) => key > after);
      const page = all.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, limit);
      const last = page.at(-1);
      return {
        owed: page.map(([, owed]) => owed),
        ...(page.length < all.length && last && { next: last[0] }),
      };
    },
    countOwed: async (region, max) => Math.min(max, owedTo(region).size),
    async settle(owed) {
      const key = keyOf(owed);
      if (owedTo(here).get(key)?.since === owed.since) owedTo(here).delete(key);
    },
    async keepEndpoint(url) {
      rows.endpoints.set(here, url);
    },
    endpoint: async (region) => rows.endpoints.get(region),
  };
};
