import type { Session, Sessions } from "#shared/presence/session.ts";

/** The sessions of all regions, in memory. */
export type MemorySessions = Map<string, Session>;

/**
 * Sessions in memory, as one region sees them. Give several regions the same `rows`, and they are
 * replicated.
 */
export const memorySessions = (
  region = "us-east-1",
  rows: MemorySessions = new Map(),
): Sessions & { readonly rows: MemorySessions } => {
  const key = (device: string) => `${device} ${region}`;
  return {
    rows,
    find: async (device) => rows.get(key(device)),
    list: async (devices) => [...rows.values()].filter(({ device }) => devices.includes(device)),
    listHere: async (devices) => devices.flatMap((device) => rows.get(key(device)) ?? []),
    async put(session) {
      const before = rows.get(key(session.device));
      if (before !== undefined && before.revision !== session.revision - 1) return false;
      rows.set(key(session.device), { ...session, region });
      return true;
    },
  };
};
