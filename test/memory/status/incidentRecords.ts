import { firstIdOf } from "#shared/status/incidentId.ts";
import type { IncidentRecord } from "#shared/status/incidentRecord.ts";
import type { IncidentRecords } from "#shared/status/incidentRecords.ts";

/** Records of incidents in memory. */
export const memoryIncidentRecords = (): IncidentRecords => {
  const records = new Map<string, IncidentRecord>();
  const sorted = (): IncidentRecord[] =>
    [...records].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, record]) => record);
  return {
    list: async (since) => sorted().filter(({ incident }) => incident >= firstIdOf(since)),
    find: async (id) => sorted().filter(({ incident }) => incident === id),
    async put(record) {
      const { kind, incident } = record;
      const part = kind === "update" ? `${kind}#${record.id}` : kind;
      records.set(`${incident}#${part}`, record);
    },
  };
};
