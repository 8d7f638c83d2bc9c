import type { ExposedDevice } from "#shared/firmware/exposure.ts";
import type { FirmwareChange } from "#shared/firmware/firmwareHistory.ts";
import type { FixedDevice } from "#shared/firmware/rollout.ts";
import type {
  ExposedDeviceBody,
  FirmwareChangeBody,
  FixedDeviceBody,
} from "#shared/routes/firmwareHistoryRoutes.ts";
import type { Cell } from "../http/csv.ts";

const isoTime = (ms: number): string => new Date(ms).toISOString();
const isoTimeOrNull = (ms: number | undefined): string | null =>
  ms === undefined ? null : isoTime(ms);

/** A device that has run a firmware version. */
export const exposedDeviceView = (exposed: ExposedDevice): ExposedDeviceBody => ({
  id: exposed.device,
  name: exposed.name ?? null,
  in_product: exposed.inProduct,
  first_seen: isoTime(exposed.first),
  last_seen: isoTimeOrNull(exposed.last),
  runs_now: exposed.runsNow,
  version_now: exposed.versionNow ?? null,
  sha256: exposed.image ?? null,
  regions: [...exposed.regions],
});

/** A change of the firmware that a device reports. */
export const firmwareChangeView = (change: FirmwareChange): FirmwareChangeBody => ({
  at: isoTime(change.at),
  version: change.version,
  sha256: change.image ?? null,
  region: change.region,
});

/** A device in the rollout of a fix. */
export const fixedDeviceView = (fixed: FixedDevice): FixedDeviceBody => ({
  id: fixed.device,
  name: fixed.name ?? null,
  state: fixed.state,
  exposed_version: fixed.exposedVersion,
  exposed_first: isoTime(fixed.exposedFirst),
  exposed_last: isoTime(fixed.exposedLast),
  version_now: fixed.versionNow ?? null,
  fixed_at: isoTimeOrNull(fixed.fixedAt),
});

/** The columns of the exports. */
export const exposureColumns = [
  "id",
  "name",
  "in_product",
  "first_seen",
  "last_seen",
  "runs_now",
  "version_now",
  "sha256",
  "regions",
] as const;
export const rolloutColumns = [
  "id",
  "name",
  "state",
  "exposed_version",
  "exposed_first",
  "exposed_last",
  "version_now",
  "fixed_at",
] as const;

/** Bodies as a table with their fields as the columns. */
export const tableOf = <Body extends object>(
  columns: readonly (keyof Body & string)[],
  bodies: readonly Body[],
): { columns: readonly string[]; rows: Cell[][] } => ({
  columns,
  rows: bodies.map((body) => columns.map((column) => cellOf(body[column]))),
});

const cellOf = (value: unknown): Cell => {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "number" || typeof value === "boolean") return value;
  return Array.isArray(value) ? value.join(" ") : String(value);
};
