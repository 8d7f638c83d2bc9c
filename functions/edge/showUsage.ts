import type { Devices } from "#shared/device/device.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { forecastUsage } from "#shared/ledger/usage/forecast.ts";
import { usagePageDefault } from "#shared/ledger/usage/limits.ts";
import type { UsageRows } from "#shared/ledger/usage/ports.ts";
import { listDeviceUsage, readUsage } from "#shared/ledger/usage/readUsage.ts";
import { addUsage, zeroUsage } from "#shared/ledger/usage/usage.ts";
import { Failure } from "#shared/platform/failure.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { deviceIdPattern } from "#shared/platform/topic.ts";
import type { UsageBody } from "#shared/routes/usageRoutes.ts";
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
  readonly now: () => number;
}

interface Asked {
  readonly by: UsageBody["by"];
  readonly fleet?: string | undefined;
  readonly device?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const notMetered: UsageBody["not_metered"] = ["subscription"];

/** The usage of a fleet as the API shows it. */
export const showUsage = async (
  fleet: string,
  { by, fleet: named, device: idOrName, ...asked }: Asked,
  deps: Deps,
): Promise<UsageBody> => {
  if (named !== undefined && named !== fleet) {
    throw new Failure("fleet: there is none of this id; that of a product is at its path", {
      code: "not_found",
    });
  }
  if (by === "device") return showDevices(fleet, asked, deps);
  const device = idOrName === undefined ? undefined : await idOf(fleet, idOrName, deps);
  const step = by === "hour" ? "hour" : "day";
  const of = { fleet, ...omitUndefined({ device }) };
  const [report, forecast] = await Promise.all([
    readUsage({ ...of, from: asked.from, to: asked.to, step }, deps),
    forecastUsage(of, deps),
  ]);
  return {
    ...of,
    ...rangeView(report),
    by,
    total: usageCountsView(report.total),
    ...(by === "kind" ? { kinds: kindsView(report.total) } : { steps: stepsView(report.steps) }),
    ...(device === undefined && { top_devices: [...report.top] }),
    forecast: forecastView(forecast),
    showback: showbackView(report.total),
    not_metered: notMetered,
  };
};

/** A page of devices; the total is that of the page. */
const showDevices = async (
  fleet: string,
  { from, to, limit = usagePageDefault, cursor }: Omit<Asked, "by" | "fleet" | "device">,
  deps: Deps,
): Promise<UsageBody> => {
  const page = await listDeviceUsage({ fleet, from, to, limit, cursor }, deps);
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
