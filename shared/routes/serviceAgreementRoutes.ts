import * as z from "zod/mini";
import { cursorText } from "../input/cursor.ts";
import { time } from "../input/time.ts";
import { usageReportDevicesMax } from "../ledger/usage/limits.ts";
import { deviceIdPattern } from "../platform/topic.ts";
import { isoTime } from "./replies.ts";
import { route } from "./route.ts";

const connectivity = z.strictObject({
  device_messages: z.int(),
  /** Megabytes of events and calls, each of whole kilobytes. */
  device_data: z.number(),
});

/** In the form of JSON:API, as Particle. */
const agreement = z.strictObject({
  id: z.string(),
  type: z.literal("service_agreement"),
  attributes: z.strictObject({
    owner_id: z.string(),
    owner_type: z.enum(["User", "Product"]),
    name: z.string(),
    /** The deployment belongs to its owner: nobody charges, and its owner sets limits. */
    agreement_type: z.literal("self-hosted"),
    duration: z.literal("monthly"),
    state: z.literal("active"),
    starts_on: isoTime,
    ends_on: z.null(),
    current_billing_period_start: isoTime,
    current_billing_period_end: isoTime,
    next_billing_period_start: isoTime,
    current_usage_summary: z.strictObject({
      device_limit_reached: z.literal(false),
      connectivity: z.strictObject({ all: connectivity }),
    }),
    pricing_terms: z.strictObject({
      device: z.strictObject({ max_devices: z.null() }),
      messaging: z.strictObject({ max_messages: z.null() }),
      device_data: z.strictObject({ uom: z.literal("MB"), max_data: z.null() }),
    }),
  }),
});

/** A service agreement in a reply. */
export type AgreementBody = z.input<typeof agreement>;

const report = z.strictObject({
  id: z.string(),
  type: z.literal("usage_report"),
  attributes: z.strictObject({
    state: z.enum(["pending", "available", "expired"]),
    service_agreement_id: z.string(),
    date_period_start: isoTime,
    date_period_end: isoTime,
    created_at: isoTime,
    expires_at: isoTime,
    report_type: z.literal("devices"),
    report_params: z.strictObject({
      devices: z.array(z.string()),
      products: z.array(z.string()),
      recipient_list: z.array(z.string()),
    }),
    /** Needs a token, as every request. `null` unless the report is available. */
    download_url: z.nullable(z.string()),
  }),
});

/** A usage report in a reply. */
export type ReportBody = z.input<typeof report>;

const text = z.string().check(z.minLength(1), z.maxLength(100));

const exampleReport: ReportBody = {
  id: "WyJhYmMiLHt9XQ",
  type: "usage_report",
  attributes: {
    state: "pending",
    service_agreement_id: "f1c0ffee",
    date_period_start: "2026-01-01T00:00:00.000Z",
    date_period_end: "2026-02-01T00:00:00.000Z",
    created_at: "2026-02-01T12:00:00.000Z",
    expires_at: "2026-02-08T12:00:00.000Z",
    report_type: "devices",
    report_params: { devices: [], products: [], recipient_list: [] },
    download_url: null,
  },
};

const notification = z.strictObject({
  id: z.string(),
  type: z.literal("notification"),
  attributes: z.strictObject({
    /** `pending` until the event and the mail of the notice were sent. */
    state: z.enum(["pending", "sent"]),
    /** The name of the event with the same data. */
    event_name: z.literal("usage/notice"),
    time_period: z.enum(["day", "month"]),
    created_at: isoTime,
    /** The id of the device, the integration or the product, or the name of the user. */
    resource_id: z.string(),
    resource_type: z.enum(["User", "Product", "Device", "Integration"]),
    details: z.strictObject({
      limit_id: z.string(),
      name: z.nullable(z.string()),
      kind: z.enum(["threshold", "forecast"]),
      /** The percentage that was reached; `null` for a forecast. */
      percent: z.nullable(z.int()),
      scope: z.string(),
      target: z.nullable(z.string()),
      action: z.string(),
      period: z.enum(["day", "month"]),
      period_begins: isoTime,
      period_ends: isoTime,
      limit: z.int(),
      used: z.int(),
      expected: z.int(),
      reached_at: z.nullable(isoTime),
    }),
  }),
});

/** A notice about a limit of usage, in a reply. */
export type NotificationBody = z.input<typeof notification>;

const exampleNotification: NotificationBody = {
  id: "5f0c3f1e2d4b6a79-2026-01-01-10000-90",
  type: "notification",
  attributes: {
    state: "sent",
    event_name: "usage/notice",
    time_period: "month",
    created_at: "2026-01-24T08:31:20.000Z",
    resource_id: "0123456789abcdef01234567",
    resource_type: "Device",
    details: {
      limit_id: "5f0c3f1e2d4b6a79",
      name: "pump 7",
      kind: "threshold",
      percent: 90,
      scope: "device",
      target: "0123456789abcdef01234567",
      action: "slow",
      period: "month",
      period_begins: "2026-01-01T00:00:00.000Z",
      period_ends: "2026-02-01T00:00:00.000Z",
      limit: 10_000,
      used: 9_003,
      expected: 12_130,
      reached_at: "2026-01-26T04:10:00.000Z",
    },
  },
};

/** The operations on usage with Particle's paths. */
export const serviceAgreementRoutes = {
  listServiceAgreements: route({
    method: "GET",
    path: "/v1/user/service_agreements",
    product: { path: "/v1/products/{product}/service_agreements" },
    access: "integrations:get",
    summary: "Show the usage of the fleet in this month, as a service agreement",
    input: z.object({}),
    replies: { 200: z.strictObject({ data: z.array(agreement) }) },
    example: {
      input: {},
      reply: {
        data: [
          {
            id: "f1c0ffee",
            type: "service_agreement",
            attributes: {
              owner_id: "ada@example.com",
              owner_type: "User",
              name: "Godwit",
              agreement_type: "self-hosted",
              duration: "monthly",
              state: "active",
              starts_on: "2026-01-01T00:00:00.000Z",
              ends_on: null,
              current_billing_period_start: "2026-01-01T00:00:00.000Z",
              current_billing_period_end: "2026-02-01T00:00:00.000Z",
              next_billing_period_start: "2026-02-01T00:00:00.000Z",
              current_usage_summary: {
                device_limit_reached: false,
                connectivity: { all: { device_messages: 130, device_data: 0.13 } },
              },
              pricing_terms: {
                device: { max_devices: null },
                messaging: { max_messages: null },
                device_data: { uom: "MB", max_data: null },
              },
            },
          },
        ],
      },
    },
    errors: [],
  }),
  listOrganizationAgreements: route({
    method: "GET",
    path: "/v1/orgs/{org}/service_agreements",
    access: "integrations:get",
    summary: "Show the usage of an organization: there are none, so this fails",
    input: z.object({ org: text }),
    replies: { 200: z.strictObject({ data: z.array(agreement) }) },
    example: { input: { org: "acme" }, reply: { data: [] } },
    errors: [],
  }),
  listUsageNotices: route({
    method: "GET",
    path: "/v1/user/service_agreements/{agreement}/notifications",
    product: { path: "/v1/products/{product}/service_agreements/{agreement}/notifications" },
    access: "integrations:get",
    summary: "List the latest notices about limits of usage, newest first",
    input: z.object({ agreement: text }),
    replies: { 200: z.strictObject({ data: z.array(notification) }) },
    example: { input: { agreement: "f1c0ffee" }, reply: { data: [exampleNotification] } },
    errors: [],
  }),
  listOrganizationNotices: route({
    method: "GET",
    path: "/v1/orgs/{org}/service_agreements/{agreement}/notifications",
    access: "integrations:get",
    summary: "List the notices of an organization: there are none, so this fails",
    input: z.object({ org: text, agreement: text }),
    replies: { 200: z.strictObject({ data: z.array(notification) }) },
    example: { input: { org: "acme", agreement: "f1c0ffee" }, reply: { data: [] } },
    errors: [],
  }),
  createUsageReport: route({
    method: "POST",
    path: "/v1/user/service_agreements/{agreement}/usage_reports",
    product: { path: "/v1/products/{product}/service_agreements/{agreement}/usage_reports" },
    access: "integrations:get",
    audit: { none: "a report changes nothing" },
    summary: "Request a table of the usage of devices",
    input: z.object({
      agreement: text,
      report_type: z.literal("devices", "must be devices"),
      date_period_start: time,
      date_period_end: time,
      devices: z._default(
        z
          .array(z.string().check(z.regex(deviceIdPattern, "must be the id of a device")))
          .check(z.maxLength(usageReportDevicesMax)),
        [],
      ),
    }),
    replies: { 202: z.strictObject({ data: report }) },
    example: {
      input: {
        agreement: "f1c0ffee",
        report_type: "devices",
        date_period_start: "2026-01-01",
        date_period_end: "2026-02-01",
      },
      reply: { data: exampleReport },
    },
    errors: [],
  }),
  showUsageReport: route({
    method: "GET",
    path: "/v1/user/usage_reports/{report}",
    product: { path: "/v1/products/{product}/usage_reports/{report}" },
    access: "integrations:get",
    summary: "Show a usage report, or download its table",
    csv: true,
    input: z.object({
      report: z.string().check(z.regex(/^[\w-]{1,1200}$/, "must be the id of a usage report")),
      format: z._default(z.enum(["json", "csv"]), "json"),
      /** Of the table: the header `X-Next-Cursor` of the page before. */
      cursor: z.optional(cursorText),
    }),
    replies: { 200: z.strictObject({ data: report }) },
    example: { input: { report: "WyJhYmMiLHt9XQ" }, reply: { data: exampleReport } },
    errors: ["conflict"],
  }),
};
