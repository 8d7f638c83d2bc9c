import type {
  CertificateRecord,
  CertificateStore,
  Deadline,
  Realignment,
} from "#shared/device/registry/certificate.ts";
import { Failure } from "#shared/platform/failure.ts";

/** The rows of all regions. */
export interface CertificateRows {
  readonly records: Map<string, CertificateRecord>;
  /** By region, then by device. */
  readonly pending: Map<string, Map<string, Realignment>>;
  readonly deadlines: Map<string, Deadline>;
}

const noRows = (): CertificateRows => ({
  records: new Map(),
  pending: new Map(),
  deadlines: new Map(),
});

const keyOf = ({ at, device }: Deadline): string => `${new Date(at).toISOString()}#${device}`;

/**
 * Records of certificates in memory. Give several regions the same `rows`, and they are replicated.
 */
export const memoryCertificates = (
  here = "us-east-1",
  rows = noRows(),
): CertificateStore & { readonly rows: CertificateRows } => {
  let passed = "";
  const owedTo = (region: string): Map<string, Realignment> => {
    const known = rows.pending.get(region) ?? new Map<string, Realignment>();
    rows.pending.set(region, known);
    return known;
  };
  return {
    rows,
    find: async (device) => rows.records.get(device),
    list: async (devices) => devices.flatMap((device) => rows.records.get(device) ?? []),
    async put(record) {
      const before = rows.records.get(record.device)?.revision ?? 0;
      if (record.revision !== before + 1) {
        throw new Failure("it was changed meanwhile", { code: "conflict" });
      }
      rows.records.set(record.device, record);
    },
    async addPending(realignment, regions) {
      for (const region of regions) owedTo(region).set(realignment.device, realignment);
    },
    async listPending({ limit, after = "" }) {
      const all = [...owedTo(here).values()].filter(({ device }) => device > after);
      const pending = all.toSorted((a, b) => (a.device < b.device ? -1 : 1)).slice(0, limit);
      const last = pending.at(-1);
      return { pending, ...(pending.length < all.length && last && { next: last.device }) };
    },
    async completePending({ device, since }) {
      if (owedTo(here).get(device)?.since === since) owedTo(here).delete(device);
    },
    async planDeadline(deadline) {
      rows.deadlines.set(keyOf(deadline), deadline);
    },
    async listDue(now, limit) {
      const all = [...rows.deadlines].filter(([key, { at }]) => key > passed && at <= now);
      return all
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([, deadline]) => deadline);
    },
    async completeDeadlines(deadlines) {
      passed = deadlines.map(keyOf).toSorted().at(-1) ?? passed;
    },
  };
};
