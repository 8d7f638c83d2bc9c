import type { Devices } from "#shared/device/device.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import type { LimitUsageRows } from "#shared/ledger/limit/ports.ts";
import { largestDevices } from "#shared/ledger/usage/aggregateUsage.ts";
import { forecastUsage } from "#shared/ledger/usage/forecast.ts";
import { usagePageDefault, usageTableMax } from "#shared/ledger/usage/limits.ts";
import type { TopDevice, UsageRows } from "#shared/ledger/usage/ports.ts";
import { listDeviceUsage, readUsage, type UsageReport } from "#shared/ledger/usage/readUsage.ts";
import { addUsage, operationsOf, zeroUsage } from "#shared/ledger/usage/usage.ts";
import type { UsageLimits } from "#shared/limit/usageLimit.ts";
import { Failure } from "#shared/platform/failure.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { deviceIdPattern } from "#shared/platform/topic.ts";
import type { UsageBody } from "#shared/routes/usageRoutes.ts";
import { Csv } from "./http/csv.ts";
import { showLimits } from "./http/usageLimitEndpoints.ts";
import { usageTable } from "./usageReports.ts";
import {
  devicesView,
  forecastView,
  kindsView,
  rangeView,
  showbackView,
  stepsView,
  usageCountsView,
} from "./views/usageView.ts";

interface Deps {
  readonly usage: UsageRows;
  readonly devices: Devices;
  readonly regions: readonly string[];
  readonly limits: UsageLimits;
  readonly limitUsage: Pick<LimitUsageRows, "ofFleet">;
  readonly now: () => number;
}

interface Asked {
  readonly by: UsageBody["by"];
  readonly fleet?: string | undefined;
  readonly device?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly format: "json" | "csv";
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const notMetered: UsageBody["not_metered"] = ["subscription"];

/** The usage of a fleet as the API shows it. */
export const showUsage = async (
  fleet: string,
  { by, fleet: named, device: idOrName, ...asked }: Asked,
  deps: Deps,
): Promise<UsageBody | Csv> => {
  if (named !== undefined && named !== fleet) {
    throw new Failure("fleet: there is none of this id; that of a product is at its path", {
      code: "not_found",
    });
  }
  if (by === "device") return showDevices(fleet, asked, deps);
  const device = idOrName === undefined ? undefined : await idOf(fleet, idOrName, deps);
  const step = by === "hour" ? "hour" : "day";
  const of = { fleet, ...omitUndefined({ device }) };
  const [report, forecast, limits] = await Promise.all([
    readUsage({ ...of, from: asked.from, to: asked.to, step }, deps),
    forecastUsage(of, deps),
    showLimits(fleet, deps),
  ]);
  const own = limits.filter(({ scope, target }) =>
    device === undefined ? target === null : scope === "device" && target === device,
  );
  return {
    ...of,
    ...rangeView(report),
    by,
    total: usageCountsView(report.total),
    ...(by === "kind" ? { kinds: kindsView(report.total) } : { steps: stepsView(report.steps) }),
    ...(device === undefined && { top_devices: await topDevices(fleet, report, deps) }),
    forecast: forecastView(forecast, own),
    showback: showbackView(report.total),
    not_metered: notMetered,
  };
};

/** The rows of minutes have no largest devices, so in the first hour the devices are read. */
const topDevices = async (
  fleet: string,
  { top, total, from, to }: UsageReport,
  deps: Deps,
): Promise<TopDevice[]> => {
  if (top.length > 0 || operationsOf(total) === 0) return [...top];
  const range = { fleet, from, to, limit: usagePageDefault };
  const { devices } = await listDeviceUsage(range, deps);
  return largestDevices(
    devices.map(({ device, counts }) => ({ device, operations: operationsOf(counts) })),
  );
};

/** A page of devices; the total is that of the page. */
const showDevices = async (
  fleet: string,
  { from, to, format, limit, cursor }: Omit<Asked, "by" | "fleet" | "device">,
  deps: Deps,
): Promise<UsageBody | Csv> => {
  const usual = format === "csv" ? usageTableMax : usagePageDefault;
  const page = await listDeviceUsage({ fleet, from, to, limit: limit ?? usual, cursor }, deps);
  if (format === "csv") {
    return new Csv(usageTable(page.devices), { fileName: "usage.csv", cursor: page.cursor });
  }
  const total = page.devices.reduce((sum, { counts }) => addUsage(sum, counts), zeroUsage);
  return {
    fleet,
    ...rangeView(page),
    by: "device",
    total: usageCountsView(total),
    devices: devicesView(page.devices),
    ...(page.cursor !== undefined && { cursor: page.cursor }),
    showback: showbackView(total),
    not_metered: notMetered,
  };
};

/** A device that was removed is still in the usage, by its id. */
const idOf = async (fleet: string, idOrName: string, { devices }: Deps): Promise<string> =>
  deviceIdPattern.test(idOrName) ? idOrName : (await findDevice(fleet, idOrName, { devices })).id;
