import * as z from "zod/mini";
import { rotation } from "../device/registry/rotateCertificate.ts";
import { flag } from "../input/flag.ts";
import { isoTime } from "./replies.ts";
import { route } from "./route.ts";

const deviceName = z.object({ device: z.string() });

/** The MQTT endpoint of each region. */
export const endpoints = z.readonly(
  z.array(z.strictObject({ region: z.string(), mqtt: z.string() })),
);

/** The certificates of a device; `null` if they were never recorded. */
export const certificateRecord = z.nullable(
  z.strictObject({
    status: z.enum(["active", "quarantined", "revoked", "expired", "given_up"]),
    id: z.nullable(z.string()),
    issued_at: z.nullable(isoTime),
    expires_at: z.nullable(isoTime),
    /** The certificate that replaces the current one. */
    next: z.nullable(
      z.strictObject({
        id: z.string(),
        issued_at: z.nullable(isoTime),
        expires_at: z.nullable(isoTime),
        overlap_until: z.nullable(isoTime),
      }),
    ),
    revoked_at: z.nullable(isoTime),
    quarantined_at: z.nullable(isoTime),
  }),
);

/** The fields of a reply with a new certificate. */
export const credentials = {
  certificate: z.string(),
  /** Shown once; absent if the request had a signing request. */
  private_key: z.optional(z.string()),
  ca: z.string(),
  endpoints,
  certificate_issued_at: z.nullable(isoTime),
  certificate_expires_at: z.nullable(isoTime),
};

const change = z.strictObject({
  ok: z.literal(true),
  id: z.string(),
  certificate: certificateRecord,
  /** The regions that apply the change later. */
  pending_regions: z.readonly(z.array(z.string())),
});

const rotated = z.strictObject({
  ok: z.literal(true),
  id: z.string(),
  fleet: z.string(),
  ...credentials,
  state: certificateRecord,
  pending_regions: z.readonly(z.array(z.string())),
});

/** Bodies of replies about certificates. */
export type CertificateRecordBody = z.input<typeof certificateRecord>;
export type CertificateChangeBody = z.input<typeof change>;
export type RotatedBody = z.input<typeof rotated>;

const id = "0123456789abcdef01234567";

/** An example of the certificates of a device. */
export const exampleCertificate: CertificateRecordBody = {
  status: "active",
  id: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  issued_at: "2026-01-01T00:00:00.000Z",
  expires_at: null,
  next: null,
  revoked_at: null,
  quarantined_at: null,
};

const changed: CertificateChangeBody = {
  ok: true,
  id,
  certificate: exampleCertificate,
  pending_regions: [],
};

/** The operations on the certificate of a device. */
export const certificateRoutes = {
  showCertificate: route({
    method: "GET",
    path: "/v1/devices/{device}/certificate",
    product: true,
    access: "devices:get",
    summary: "Show the certificate of a device",
    input: deviceName,
    replies: { 200: z.strictObject({ id: z.string(), certificate: certificateRecord }) },
    example: { input: { device: id }, reply: { id, certificate: exampleCertificate } },
    errors: [],
  }),
  rotateCertificate: route({
    method: "POST",
    path: "/v1/devices/{device}/certificate/rotate",
    product: true,
    access: "devices:update",
    audit: { action: "certificate.rotate", id: "device" },
    summary: "Issue a new certificate for a device, or ask the device to renew it",
    input: z.union([
      z.extend(deviceName, { by: z.literal("device") }),
      z.object({
        ...deviceName.shape,
        ...rotation.shape,
        by: z.optional(z.literal("cloud")),
      }),
    ]),
    replies: {
      200: z.union([
        rotated,
        z.strictObject({ ok: z.literal(true), id: z.string(), asked: z.literal(true) }),
      ]),
    },
    example: {
      input: { device: id, overlap_hours: 24 },
      reply: {
        ok: true,
        id,
        fleet: "f0a1b2c3d4e5f6a7b",
        certificate: "-----BEGIN CERTIFICATE-----\n…",
        private_key: "-----BEGIN RSA PRIVATE KEY-----\n…",
        ca: "-----BEGIN CERTIFICATE-----\n…",
        endpoints: [
          { region: "us-east-1", mqtt: "mqtts://example-ats.iot.us-east-1.amazonaws.com" },
        ],
        certificate_issued_at: "2026-01-01T00:00:00.000Z",
        certificate_expires_at: null,
        state: exampleCertificate,
        pending_regions: [],
      },
    },
    errors: ["refused", "conflict", "too_many_requests", "device_offline", "device_timeout"],
  }),
  confirmCertificate: route({
    method: "POST",
    path: "/v1/devices/{device}/certificate/confirm",
    product: true,
    access: "devices:update",
    audit: { action: "certificate.confirm", id: "device" },
    summary: "Revoke the previous certificate of a device before its overlap ends",
    input: deviceName,
    replies: { 200: change },
    example: { input: { device: id }, reply: changed },
    errors: ["conflict"],
  }),
  revokeCertificate: route({
    method: "POST",
    path: "/v1/devices/{device}/certificate/revoke",
    product: true,
    access: "devices:remove",
    audit: { action: "certificate.revoke", id: "device" },
    summary: "Revoke all certificates of a device, or plan it",
    input: z.extend(deviceName, { plan: z.optional(flag) }),
    replies: {
      200: z.union([
        change,
        z.strictObject({
          plan: z.literal(true),
          id: z.string(),
          certificates: z.array(z.string()),
          regions: z.array(z.string()),
          can_be_undone: z.literal(false),
        }),
      ]),
    },
    example: { input: { device: id }, reply: changed },
    errors: ["conflict"],
  }),
};
