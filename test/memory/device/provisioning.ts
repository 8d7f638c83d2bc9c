import type { PendingProvision, Provisioning } from "#shared/device/registry/registry.ts";

/** The rows of all regions. */
export interface ProvisioningRows {
  readonly endpoints: Map<string, string>;
  /** By region, then by device and fleet. */
  readonly pending: Map<string, Map<string, PendingProvision>>;
}

const keyOf = ({ device, fleet }: Pick<PendingProvision, "device" | "fleet">): string =>
  `${device}#${fleet}`;

const noRows = (): ProvisioningRows => ({
  endpoints: new Map(),
  pending: new Map(),
});

/** Pending provisions and endpoints in memory. Regions with the same `rows` are replicated. */
export const memoryProvisioning = (
  here = "us-east-1",
  rows = noRows(),
): Provisioning & { readonly rows: ProvisioningRows } => {
  const owedTo = (region: string): Map<string, PendingProvision> => {
    const known = rows.pending.get(region) ?? new Map<string, PendingProvision>();
    rows.pending.set(region, known);
    return known;
  };
  return {
    rows,
    async addPending({ isKeyedByDevice: _, ...pending }, regions) {
      for (const region of regions) {
        const key = keyOf(pending);
        if (pending.mustDisconnect || !owedTo(region).has(key)) owedTo(region).set(key, pending);
      }
    },
    async recordDisconnect({ device, fleet, since, movedAt }, region) {
      const key = keyOf({ device, fleet });
      if (owedTo(region).get(key)?.since !== since) return;
      owedTo(region).set(key, { device, fleet, since, ...(movedAt && { movedAt }) });
    },
    async listPending({ limit, after = "" }) {
      const all = [...owedTo(here)].filter(([key]) => key > after);
      const page = all.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, limit);
      const last = page.at(-1);
      return {
        pending: page.map(([, pending]) => pending),
        ...(page.length < all.length && last && { next: last[0] }),
      };
    },
    countPending: async (region, max) => Math.min(max, owedTo(region).size),
    async completePending(pending) {
      const key = keyOf(pending);
      if (owedTo(here).get(key)?.since === pending.since) owedTo(here).delete(key);
    },
    async putEndpoint(url) {
      rows.endpoints.set(here, url);
    },
    endpoint: async (region) => rows.endpoints.get(region),
  };
};
