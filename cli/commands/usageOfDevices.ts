import type { Usage } from "../cloud/bodies.ts";
import type { Cloud } from "../cloud/cloud.ts";
import type { Output } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";

/** What the data operations are counted by. */
export const operationGroups = ["device", "kind"] as const;

export type OperationGroup = (typeof operationGroups)[number];

export const isOperationGroup = (text: string | undefined): text is OperationGroup =>
  operationGroups.some((one) => one === text);

const devices: readonly Column<NonNullable<Usage["devices"]>[number]>[] = [
  { title: "DEVICE", of: ({ device }) => device },
  { title: "OPERATIONS", of: ({ operations }) => operations, align: "right" },
  { title: "EVENTS", of: ({ publishes }) => publishes, align: "right" },
  { title: "FUNCTIONS", of: ({ functions }) => functions, align: "right" },
  { title: "VARIABLES", of: ({ variables }) => variables, align: "right" },
  { title: "FREE EVENTS", of: (one) => one.free_events, align: "right" },
  { title: "DELIVERIES", of: ({ deliveries }) => deliveries, align: "right" },
];

const kinds: readonly Column<NonNullable<Usage["kinds"]>[number]>[] = [
  { title: "KIND", of: ({ kind }) => kind },
  { title: "COUNT", of: ({ count }) => count, align: "right" },
  { title: "OPERATIONS", of: ({ operations }) => operations, align: "right" },
];

/** Devices in the table; the API has more pages. */
const devicesMax = 1_000;

interface ShowDeps {
  readonly cloud: Pick<Cloud, "showUsage">;
  readonly out: Output;
  readonly title: string;
}

/** Shows data operations by device or by kind, and what they cost. */
export const showOperations = async (
  { by, from, to }: { by: OperationGroup; from: string; to: string },
  { cloud, out, title }: ShowDeps,
): Promise<void> => {
  const limit = by === "device" ? { limit: devicesMax } : {};
  const found = await cloud.showUsage({ by, from, to, ...limit });
  if (by === "device") out.rows(found.devices ?? [], devices, "No device has usage.", title);
  else out.rows(found.kinds ?? [], kinds, "", title);
  if (out.isJson) return;
  if (found.cursor !== undefined)
    out.note(`There are more than ${devicesMax} devices: see the API.`);
  const { showback, forecast } = found;
  out.note(
    `At the list prices of AWS: $${showback.dollars.toFixed(showback.dollars < 1 ? 4 : 2)}.`,
  );
  if (forecast !== undefined) {
    const ends = forecast.month_ends.slice(0, 10);
    out.note(`Operations expected until ${ends}: ${forecast.expected_operations}.`);
  }
};
