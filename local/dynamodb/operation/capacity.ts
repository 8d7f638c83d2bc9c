/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const writeUnitBytes = 1_024;
const readUnitBytes = 4_096;

export type CapacityReport = "NONE" | "TOTAL" | "INDEXES";

/** Write units of an item with this size, the larger one of before and after. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / writeUnitBytes));

/** Read units: half for an eventually consistent read. */
export const readUnits = (bytes: number, isConsistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / readUnitBytes)) * (isConsistent ? 1 : 0.5);

/** The member `ConsumedCapacity` of a response, when the request asks for it. */
export const capacityOf = (report: CapacityReport, table: string, units: number): object => {
  if (report === "NONE") return {};
  return { ConsumedCapacity: capacity(report, table, units) };
};

/** The same for several tables. */
export const capacitiesOf = (report: CapacityReport, units: ReadonlyMap<string, number>): object =>
  report === "NONE"
    ? {}
    : { ConsumedCapacity: [...units].map(([table, each]) => capacity(report, table, each)) };

const capacity = (report: CapacityReport, TableName: string, CapacityUnits: number) => ({
  TableName,
  CapacityUnits,
  ...(report === "INDEXES" && { Table: { CapacityUnits } }),
});
