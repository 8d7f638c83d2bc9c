import * as z from "zod/mini";
import { cursorText } from "../input/cursor.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { vitalsPageDefault, vitalsPageMax } from "../presence/vitals/limits.ts";
import { done, isoTime } from "./replies.ts";
import { route } from "./route.ts";

const deviceName = z.object({ device: z.string() });

const branch = z.record(z.string(), z.unknown());

const vitals = z.strictObject({
  updated_at: isoTime,
  deviceID: z.string(),
  payload: z.strictObject({ device: branch, service: z.optional(branch) }),
});

/** The body of vitals in a reply. */
export type VitalsBody = z.input<typeof vitals>;

const someVitals: VitalsBody = {
  updated_at: "2026-01-01T00:00:00.000Z",
  deviceID: "0123456789abcdef01234567",
  payload: {
    device: {
      network: { signal: { at: "Wi-Fi", strength: 72, quality: 60 } },
      power: { battery: { charge: { err: -210 } } },
      system: { uptime: 86_400, memory: { used: 81_920, total: 262_144 } },
    },
  },
};

/** The operations on the vitals (diagnostics) of devices. */
export const vitalsRoutes = {
  requestVitals: route({
    method: "POST",
    path: "/v1/diagnostics/{device}/update",
    product: true,
    access: "devices.diagnostics:update",
    audit: { none: "asks the device for its vitals and changes nothing" },
    summary: "Ask a device to publish its vitals",
    input: deviceName,
    replies: { 200: done },
    example: { input: { device: "lamp" }, reply: { ok: true } },
    errors: ["device_offline", "device_timeout", "too_many_requests"],
  }),
  showLastVitals: route({
    method: "GET",
    path: "/v1/diagnostics/{device}/last",
    product: true,
    access: "devices.diagnostics:get",
    summary: "Show the latest vitals of a device",
    input: deviceName,
    replies: { 200: z.strictObject({ diagnostics: vitals }) },
    example: { input: { device: "lamp" }, reply: { diagnostics: someVitals } },
    errors: [],
  }),
  listVitals: route({
    method: "GET",
    path: "/v1/diagnostics/{device}",
    product: true,
    access: "devices.diagnostics:get",
    summary: "List a page of the vitals of a device, newest first",
    input: z.object({
      ...deviceName.shape,
      /** Inclusive, as `end_date`. */
      start_date: z.optional(time),
      end_date: z.optional(time),
      limit: z._default(wholeNumber(1, vitalsPageMax), vitalsPageDefault),
      cursor: z.optional(cursorText),
    }),
    replies: {
      200: z.strictObject({ diagnostics: z.array(vitals), cursor: z.optional(cursorText) }),
    },
    example: { input: { device: "lamp" }, reply: { diagnostics: [someVitals] } },
    errors: [],
  }),
  showVitalsMetadata: route({
    method: "GET",
    path: "/v1/diagnostics/{device}/metadata",
    product: true,
    access: "devices.diagnostics.metadata:get",
    summary: "Show what the vitals of a device mean",
    input: deviceName,
    replies: {
      200: z.strictObject({
        diagnostics_metadata: z.strictObject({ device: branch, service: branch }),
      }),
    },
    example: {
      input: { device: "lamp" },
      reply: {
        diagnostics_metadata: {
          device: {
            system: {
              uptime: {
                title: "Uptime",
                type: "number",
                priority: 8,
                units: { title: "s" },
                messages: { description: "The time since the start of the device." },
              },
            },
          },
          service: {},
        },
      },
    },
    errors: [],
  }),
};
