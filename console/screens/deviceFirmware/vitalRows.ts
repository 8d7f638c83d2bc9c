/** A vital of a device: its place in the document, and its value as text. */
export interface VitalRow {
  readonly name: string;
  readonly value: string;
}

const rowsMax = 300;

/** The values of vitals with their names, such as `system.uptime`. A device sent them. */
export const vitalRows = (branch: unknown, prefix = ""): VitalRow[] => {
  if (typeof branch !== "object" || branch === null) {
    return [{ name: prefix, value: String(branch) }];
  }
  // As Device OS publishes what it could not measure.
  const { err } = Object(branch);
  if (typeof err === "number") return [{ name: prefix, value: `not measured (error ${err})` }];
  return Object.entries(branch)
    .flatMap(([name, value]) => vitalRows(value, prefix === "" ? name : `${prefix}.${name}`))
    .slice(0, rowsMax);
};

/** The numbers of one vital over time. */
export const numberAt = (branch: unknown, name: string): number | undefined => {
  const found = vitalRows(branch).find((row) => row.name === name);
  const value = Number(found?.value);
  return found === undefined || Number.isNaN(value) ? undefined : value;
};
