import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { monthOf } from "#shared/ledger/usage/forecast.ts";
import { usageTableMax } from "#shared/ledger/usage/limits.ts";
import type { UsageRows } from "#shared/ledger/usage/ports.ts";
import { type DeviceUsage, listDeviceUsage, readUsage } from "#shared/ledger/usage/readUsage.ts";
import { operationsOf } from "#shared/ledger/usage/usage.ts";
import {
  findUsageReport,
  reportState,
  requestUsageReport,
  type UsageReportRequest,
} from "#shared/ledger/usage/usageReport.ts";
import { Failure } from "#shared/platform/failure.ts";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import type { AgreementBody, ReportBody } from "#shared/routes/serviceAgreementRoutes.ts";
import { Csv } from "./http/csv.ts";

interface Deps {
  readonly usage: UsageRows;
  readonly regions: readonly string[];
  readonly now: () => number;
}

type Owner = Pick<Caller, "fleet" | "username" | "product">;

const iso = (at: number): string => new Date(at).toISOString();

const kilobytesPerMegabyte = 1_024;

/** The usage of this month as Particle shows an agreement. Its id is that of the fleet. */
export const serviceAgreement = async (
  { fleet, username, product }: Owner,
  deps: Deps,
): Promise<AgreementBody> => {
  const month = monthOf(deps.now());
  const { total } = await readUsage({ fleet, from: month.from, step: "day" }, deps);
  const operations = operationsOf(total);
  return {
    id: fleet,
    type: "service_agreement",
    attributes: {
      owner_id: product === undefined ? username : String(product.id),
      owner_type: product === undefined ? "User" : "Product",
      name: product?.name ?? "Godwit",
      agreement_type: "self-hosted",
      duration: "monthly",
      state: "active",
      starts_on: iso(month.from),
      ends_on: null,
      current_billing_period_start: iso(month.from),
      current_billing_period_end: iso(month.to),
      next_billing_period_start: iso(month.to),
      current_usage_summary: {
        device_limit_reached: false,
        connectivity: {
          all: { device_messages: operations, device_data: operations / kilobytesPerMegabyte },
        },
      },
      pricing_terms: {
        device: { max_devices: null },
        messaging: { max_messages: null },
        device_data: { uom: "MB", max_data: null },
      },
    },
  };
};

interface Asked {
  readonly agreement: string;
  readonly date_period_start: number;
  readonly date_period_end: number;
  readonly devices: readonly string[];
}

/** Fails with `not_found` for the agreement of another fleet. */
export const requireAgreement = (fleet: string, agreement: string): void => {
  if (agreement === fleet) return;
  throw new Failure("there is no such service agreement", { code: "not_found" });
};

/** A new report, which is pending. Fails with `not_found` for the agreement of another fleet. */
export const createReport = (
  { fleet, product }: Owner,
  { agreement, devices, ...period }: Asked,
  { api, now }: { api: string; now: () => number },
): ReportBody => {
  requireAgreement(fleet, agreement);
  const range = { from: period.date_period_start, to: period.date_period_end };
  const report = requestUsageReport(fleet, { ...range, devices }, now());
  return { ...reportView(report, { fleet, product, api, state: "pending" }) };
};

interface Shown {
  readonly fleet: string;
  readonly product: Owner["product"];
  readonly api: string;
  readonly state: ReportBody["attributes"]["state"];
}

const reportView = (
  report: UsageReportRequest,
  { fleet, product, api, state }: Shown,
): ReportBody => {
  const path = product === undefined ? "/v1/user" : `/v1/products/${product.id}`;
  return {
    id: report.id,
    type: "usage_report",
    attributes: {
      state,
      service_agreement_id: fleet,
      date_period_start: iso(report.from),
      date_period_end: iso(report.to),
      created_at: iso(report.createdAt),
      expires_at: iso(report.expiresAt),
      report_type: "devices",
      report_params: { devices: report.devices, products: [], recipient_list: [] },
      download_url:
        state === "available" ? `${api}${path}/usage_reports/${report.id}?format=csv` : null,
    },
  };
};

/** A report, or with `format=csv` its table. */
export const showReport = async (
  { fleet, product }: Owner,
  asked: { report: string; format: "json" | "csv"; cursor?: string | undefined },
  deps: Deps & { readonly api: string },
): Promise<{ data: ReportBody } | Csv> => {
  const report = findUsageReport(fleet, asked.report);
  const state = reportState(report, deps.now());
  if (asked.format === "json") {
    return { data: reportView(report, { fleet, product, api: deps.api, state }) };
  }
  if (state === "expired") {
    throw new Failure("the usage report has expired: request another one", { code: "not_found" });
  }
  if (state === "pending") {
    throw new Failure("the usage report is pending: try again in two minutes", {
      code: "conflict",
    });
  }
  const { devices, cursor } = await rowsOf(fleet, report, { cursor: asked.cursor, deps });
  const day = (at: number): string => iso(at).slice(0, 10);
  const fileName = `usage-${day(report.from)}-${day(report.to)}.csv`;
  return new Csv(usageTable(devices), { fileName, cursor });
};

/** Concurrent reads of devices that a report names. */
const devicesAtOnce = 4;

const rowsOf = async (
  fleet: string,
  { from, to, devices }: UsageReportRequest,
  { cursor, deps }: { cursor: string | undefined; deps: Deps },
): Promise<{ devices: readonly DeviceUsage[]; cursor?: string }> => {
  if (devices.length === 0) {
    return listDeviceUsage({ fleet, from, to, limit: usageTableMax, cursor }, deps);
  }
  const found = await mapConcurrently(new Set(devices), devicesAtOnce, async (device) => {
    const { total } = await readUsage({ fleet, device, from, to, step: "day" }, deps);
    return { device, counts: total };
  });
  return { devices: found };
};

/** The usage of devices as a table. */
export const usageTable = (devices: readonly DeviceUsage[]) => ({
  columns: [
    "device",
    "operations",
    "publishes",
    "publish_operations",
    "functions",
    "variables",
    "free_events",
    "deliveries",
  ],
  rows: devices.map(({ device, counts }) => [
    device,
    operationsOf(counts),
    counts.publishes,
    counts.publishOperations,
    counts.functions,
    counts.variables,
    counts.free,
    counts.deliveries,
  ]),
});
