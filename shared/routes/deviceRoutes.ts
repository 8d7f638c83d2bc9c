import * as z from "zod/mini";
import {
  claimCodeCharsMax,
  productDevicesAddedMax,
  signatureCharsMax,
} from "../device/fleet/limits.ts";
import { deviceInput } from "../device/provision/addDevice.ts";
import { idempotencyKey } from "../device/provision/provisionOnce.ts";
import { deviceChange } from "../device/updateDevice.ts";
import { cursorText } from "../input/cursor.ts";
import { deviceId } from "../input/deviceId.ts";
import { flag } from "../input/flag.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { pageInput } from "../presence/devicePage.ts";
import { presencePageDefault, presencePageMax } from "../presence/limits.ts";
import { recoveriesPerPageMax } from "../presence/recovery/limits.ts";
import { recoveryIssues } from "../presence/recovery/sessionRecovery.ts";
import {
  certificateRecord,
  credentials,
  endpoints,
  exampleCertificate,
} from "./certificateRoutes.ts";
import { done, isoTime, nextPage, noBody, noInput } from "./replies.ts";
import { route } from "./route.ts";

const deviceName = z.object({ device: z.string() });

const device = z.strictObject({
  id: z.string(),
  name: z.nullable(z.string()),
  owner: z.nullable(z.string()),
  connected: z.boolean(),
  online: z.boolean(),
  last_heard: z.nullable(isoTime),
  last_handshake_at: z.nullable(isoTime),
  last_ip_address: z.nullable(z.string()),
  last_app: z.null(),
  product_id: z.nullable(z.int()),
  platform_id: z.null(),
  cellular: z.literal(false),
  notes: z.nullable(z.string()),
  status: z.literal("normal"),
  quarantined: z.boolean(),
  serial_number: z.null(),
  iccid: z.null(),
  imei: z.null(),
  mac_wifi: z.null(),
  mobile_secret: z.null(),
  system_firmware_version: z.null(),
  firmware: z.nullable(z.string()),
  /** The firmware, if it is a number. */
  firmware_version: z.nullable(z.int()),
  firmware_updates_enabled: z.null(),
  firmware_updates_forced: z.null(),
});

const capabilities = {
  functions: z.array(z.string()),
  /** The type of each variable. */
  variables: z.record(z.string(), z.string()),
};

/** The fields that Particle's fleet tools look for. */
const inProduct = {
  firmware_product_id: z.nullable(z.int()),
  groups: z.readonly(z.array(z.string())),
  /** The firmware version that the device is locked to. */
  desired_firmware_version: z.nullable(z.int()),
  /** The firmware version that the releases of the product determine for the device. */
  targeted_firmware_release_version: z.nullable(z.int()),
  development: z.boolean(),
  denied: z.literal(false),
};
const productDevice = z.extend(device, inProduct);

/** A page of a list with a cursor. Without `cursor` it is the last one. */
const cursorPage = <Item extends z.ZodMiniType>(item: Item) =>
  z.strictObject({ devices: z.array(item), cursor: z.optional(cursorText) });

const details = { ...capabilities, certificate: certificateRecord };
const detailedDevice = z.extend(device, details);

const provisioned = z.strictObject({
  ok: z.literal(true),
  /** Present if an earlier request with the same idempotency key made the device. */
  repeated: z.optional(z.literal(true)),
  id: z.string(),
  device_id: z.string(),
  name: z.nullable(z.string()),
  fleet: z.string(),
  product_id: z.nullable(z.int()),
  ...credentials,
});

const recovery = z.strictObject({
  id: z.string(),
  region: z.string(),
  issue: z.enum(recoveryIssues),
  at: z.nullable(isoTime),
});
const recoveryPage = z.strictObject({
  recoveries: z.array(recovery),
  /** The value of `after` for the next page; `null` on the last page. */
  next: z.nullable(z.string()),
});

const change = z.strictObject({
  at: isoTime,
  online: z.boolean(),
  /** The broker's reason of a disconnect. */
  reason: z.optional(z.string()),
  region: z.string(),
});

const heartbeat = z.strictObject({
  /** The region of the request. Each region has a profile of the devices that connect to it. */
  region: z.string(),
  /** The first and the latest sign of life; `null`: the device was never heard in this region. */
  first_heard: z.nullable(isoTime),
  last_heard: z.nullable(isoTime),
  /** The longest pause between two signs of life in the last 8 to 16 days. */
  longest_pause_seconds: z.nullable(z.int()),
  /** The interval that the device announces. */
  wake_seconds: z.nullable(z.int()),
  /** The silence after which the device is checked; `null` while the profile is too young. */
  expected_seconds: z.nullable(z.int()),
  expected_by: z.nullable(isoTime),
  /** When it was found silent; `null`: it is not. */
  silent_since: z.nullable(isoTime),
});

const added = z.strictObject({
  updated: z.int(),
  updatedDeviceIds: z.readonly(z.array(z.string())),
  existingDeviceIds: z.readonly(z.array(z.string())),
  nonmemberDeviceIds: z.readonly(z.array(z.string())),
  invalidDeviceIds: z.readonly(z.array(z.string())),
});

/** Bodies of replies about devices. */
export type DeviceBody = z.input<typeof device>;
export type ProductDeviceBody = z.input<typeof productDevice>;
export type ProvisionedBody = z.input<typeof provisioned>;
export type RecoveryBody = z.input<typeof recovery>;
export type AddedBody = z.input<typeof added>;
export type HeartbeatBody = z.input<typeof heartbeat>;

const id = "0123456789abcdef01234567";

const aDevice: DeviceBody = {
  id,
  name: "lamp",
  owner: "ada@example.com",
  connected: true,
  online: true,
  last_heard: "2026-01-01T00:00:00.000Z",
  last_handshake_at: "2026-01-01T00:00:00.000Z",
  last_ip_address: "192.0.2.1",
  last_app: null,
  product_id: null,
  platform_id: null,
  cellular: false,
  notes: null,
  status: "normal",
  quarantined: false,
  serial_number: null,
  iccid: null,
  imei: null,
  mac_wifi: null,
  mobile_secret: null,
  system_firmware_version: null,
  firmware: "7",
  firmware_version: 7,
  firmware_updates_enabled: null,
  firmware_updates_forced: null,
};

const someDetails = {
  functions: ["led"],
  variables: { temperature: "double" },
  certificate: exampleCertificate,
};

const aProductDevice: ProductDeviceBody = {
  ...aDevice,
  product_id: 123_456_789,
  firmware_product_id: 123_456_789,
  groups: [],
  desired_firmware_version: null,
  targeted_firmware_release_version: null,
  development: false,
  denied: false,
};

const aProvisioned: ProvisionedBody = {
  ok: true,
  id,
  device_id: id,
  name: "lamp",
  fleet: "f0a1b2c3d4e5f6a7b",
  product_id: null,
  certificate: "-----BEGIN CERTIFICATE-----\n…",
  private_key: "-----BEGIN RSA PRIVATE KEY-----\n…",
  ca: "-----BEGIN CERTIFICATE-----\n…",
  endpoints: [{ region: "us-east-1", mqtt: "mqtts://example-ats.iot.us-east-1.amazonaws.com" }],
  certificate_issued_at: "2026-01-01T00:00:00.000Z",
  certificate_expires_at: null,
};

const aRecovery: RecoveryBody = {
  id,
  region: "us-east-1",
  issue: recoveryIssues[0],
  at: "2026-01-01T00:00:00.000Z",
};

/** Proof that the caller may claim a device that has no owner. */
const proof = {
  claim_code: z.optional(z.string().check(z.maxLength(claimCodeCharsMax))),
  signature: z.optional(z.string().check(z.maxLength(signatureCharsMax))),
};

const provisionInput = z.object({
  ...deviceInput.shape,
  provision: z.pipe(flag, z.literal(true)),
  idempotency_key: z.optional(idempotencyKey),
});

/** What a client says of a new device, and its proof that it may claim one. */
export type ProvisionInput = Partial<z.output<typeof provisionInput>>;
export type ClaimProof = z.output<z.ZodMiniObject<typeof proof>>;

const addedIds = z.array(z.string()).check(z.maxLength(productDevicesAddedMax));
const idsInText = z.pipe(
  z.string(),
  z.transform((text: string) => text.split(/[\s,]+/).filter(Boolean)),
);
const listOfIds = z.union([
  z.pipe(
    z.object({ ids: z.union([addedIds, idsInText]) }),
    z.transform((given: { ids: string[] }) => given.ids),
  ),
  z.pipe(
    z.object({ id: z.string() }),
    z.transform((given: { id: string }) => [given.id]),
  ),
  // A file with one id in each line.
  z.pipe(
    z.object({ file: idsInText }),
    z.transform((given: { file: string[] }) => given.file),
  ),
]);

const recoveriesInput = z.object({
  limit: z._default(wholeNumber(1, recoveriesPerPageMax), recoveriesPerPageMax),
  after: z.optional(nextPage(200)),
});

const provisionErrors = [
  "already_exists",
  "limit_reached",
  "conflict",
  "too_many_requests",
] as const;
const commandErrors = ["device_offline", "device_timeout", "too_many_requests"] as const;

/** The operations on devices. */
export const deviceRoutes = {
  listDevices: route({
    method: "GET",
    path: "/v1/devices",
    access: "devices:list",
    summary: "List the caller's devices, or a page of them",
    input: pageInput,
    replies: { 200: z.union([z.array(device), cursorPage(device)]) },
    example: { input: {}, reply: [aDevice] },
    errors: ["too_many_requests"],
  }),
  listProductDevices: route({
    method: "GET",
    path: "/v1/products/{product}/devices",
    access: "devices:list",
    summary: "List a page of the devices of a product",
    input: pageInput,
    replies: {
      200: z.union([
        z.strictObject({
          devices: z.array(productDevice),
          customers: z.array(z.never()),
          meta: z.strictObject({ total_pages: z.int() }),
        }),
        cursorPage(productDevice),
      ]),
    },
    example: {
      input: { page: 1, per_page: 25 },
      reply: { devices: [aProductDevice], customers: [], meta: { total_pages: 1 } },
    },
    errors: ["too_many_requests"],
  }),
  addDevice: route({
    method: "POST",
    path: "/v1/devices",
    access: "devices:import",
    audit: { action: "device.create", id: "id", created: "id" },
    summary: "Provision a new device, or claim a device by its id",
    input: z.union([
      provisionInput,
      z.object({
        product_id: z.union([z.string(), z.number()]),
        idempotency_key: z.optional(idempotencyKey),
      }),
      z.object({
        id: deviceId,
        ...proof,
        /** particle-cli sends it. No device is taken from its owner on request. */
        request_transfer: z.optional(flag),
      }),
    ]),
    replies: {
      200: z.union([
        z.strictObject({
          ok: z.literal(true),
          id: z.string(),
          deviceID: z.string(),
          claimed: z.literal(true),
        }),
        provisioned,
      ]),
      201: provisioned,
    },
    example: { input: { provision: true, name: "lamp" }, reply: aProvisioned },
    errors: [...provisionErrors, "device_not_claimable"],
  }),
  addProductDevices: route({
    method: "POST",
    path: "/v1/products/{product}/devices",
    access: "devices:import",
    audit: { action: "device.create", id: "id", created: "id" },
    summary: "Provision a new device for a product, or add existing devices to it",
    input: z.union([provisionInput, z.pipe(listOfIds, addedIds)]),
    replies: { 200: z.union([added, provisioned]), 201: provisioned },
    example: {
      input: { ids: [id] },
      reply: {
        updated: 1,
        updatedDeviceIds: [id],
        existingDeviceIds: [],
        nonmemberDeviceIds: [],
        invalidDeviceIds: [],
      },
    },
    errors: [...provisionErrors],
  }),
  showDevice: route({
    method: "GET",
    path: "/v1/devices/{device}",
    versioned: true,
    access: "devices:get",
    summary: "Show a device with its functions, its variables and its certificate",
    input: deviceName,
    replies: { 200: detailedDevice },
    example: { input: { device: "lamp" }, reply: { ...aDevice, ...someDetails } },
    errors: [],
  }),
  showProductDevice: route({
    method: "GET",
    path: "/v1/products/{product}/devices/{device}",
    versioned: true,
    access: "devices:get",
    summary: "Show a device of a product",
    input: deviceName,
    replies: { 200: z.extend(productDevice, details) },
    example: { input: { device: "lamp" }, reply: { ...aProductDevice, ...someDetails } },
    errors: [],
  }),
  changeDevice: route({
    method: "PUT",
    path: "/v1/devices/{device}",
    product: true,
    versioned: true,
    access: "devices:update",
    audit: { action: "device.update", id: "device" },
    summary:
      "Change the name, the notes, the quarantine or the product settings of a device, or signal it",
    input: z.object({ ...deviceName.shape, ...deviceChange.shape }),
    replies: {
      200: z.union([
        z.strictObject({ id: z.string(), connected: z.literal(true), signaling: z.boolean() }),
        z.strictObject({
          id: z.string(),
          name: z.optional(z.nullable(z.string())),
          notes: z.optional(z.nullable(z.string())),
          groups: z.optional(z.readonly(z.array(z.string()))),
          development: z.optional(z.boolean()),
          desired_firmware_version: z.optional(z.nullable(z.int())),
          updated_at: z.optional(isoTime),
          /** With `flash` and `latest`: the release that installs the version. */
          status: z.optional(z.literal("Update started")),
          release: z.optional(z.string()),
          /** The rest: after a change of `quarantined`. */
          ok: z.optional(z.literal(true)),
          quarantined: z.optional(z.boolean()),
          certificate: z.optional(certificateRecord),
          pending_regions: z.optional(z.readonly(z.array(z.string()))),
        }),
      ]),
    },
    example: {
      input: { device: id, name: "lamp" },
      reply: { id, name: "lamp", updated_at: "2026-01-01T00:00:00.000Z" },
    },
    errors: ["already_exists", "conflict", "limit_reached", ...commandErrors],
  }),
  removeDevice: route({
    method: "DELETE",
    path: "/v1/devices/{device}",
    versioned: true,
    access: "devices:remove",
    audit: { action: "device.remove", id: "device" },
    summary: "Give up a device",
    input: z.object({ ...deviceName.shape, keep_certificate: z.optional(flag) }),
    replies: { 200: done },
    example: { input: { device: id }, reply: { ok: true } },
    errors: ["conflict"],
  }),
  removeProductDevice: route({
    method: "DELETE",
    path: "/v1/products/{product}/devices/{device}",
    versioned: true,
    access: "devices:remove",
    audit: { action: "device.remove", id: "device" },
    summary: "Remove a device from a product and return it to its owner",
    /** `deny`: it leaves the product in quarantine, and its owner may release it. */
    input: z.object({ ...deviceName.shape, deny: z.optional(flag) }),
    replies: { 204: noBody },
    example: { input: { device: id }, reply: undefined },
    errors: ["conflict"],
  }),
  pingDevice: route({
    method: "PUT",
    path: "/v1/devices/{device}/ping",
    product: true,
    access: "devices:ping",
    audit: { none: "a ping changes nothing" },
    summary: "Check whether a device answers now",
    input: deviceName,
    replies: { 200: z.strictObject({ ok: z.literal(true), online: z.boolean() }) },
    example: { input: { device: id }, reply: { ok: true, online: true } },
    errors: [...commandErrors],
  }),
  listDeviceRecoveries: route({
    method: "GET",
    path: "/v1/devices/{device}/recoveries",
    product: true,
    access: "devices:get",
    summary: "List the recoveries of a device, newest first",
    input: z.object({ ...recoveriesInput.shape, ...deviceName.shape }),
    replies: { 200: recoveryPage },
    example: { input: { device: id }, reply: { recoveries: [aRecovery], next: null } },
    errors: [],
  }),
  listRecoveries: route({
    method: "GET",
    path: "/v1/recoveries",
    product: true,
    access: "devices:list",
    summary: "List the recoveries of all devices of the fleet, newest first",
    input: recoveriesInput,
    replies: { 200: recoveryPage },
    example: { input: { limit: 10 }, reply: { recoveries: [aRecovery], next: null } },
    errors: [],
  }),
  listPresence: route({
    method: "GET",
    path: "/v1/devices/{device}/presence",
    product: true,
    access: "devices:get",
    summary: "List a page of the connects and disconnects of a device, newest first",
    input: z.object({
      device: z.string(),
      limit: z._default(wholeNumber(1, presencePageMax), presencePageDefault),
      cursor: z.optional(cursorText),
      since: z.optional(time),
      until: z.optional(time),
    }),
    replies: {
      200: z.strictObject({ changes: z.array(change), cursor: z.optional(cursorText) }),
    },
    example: {
      input: { device: "lamp" },
      reply: {
        changes: [
          {
            at: "2026-01-01T00:00:00.000Z",
            online: false,
            reason: "CONNECTION_LOST",
            region: "us-east-1",
          },
        ],
      },
    },
    errors: [],
  }),
  showHeartbeat: route({
    method: "GET",
    // Below `presence`: a device may have a variable with any name of one segment.
    path: "/v1/devices/{device}/presence/heartbeat",
    product: true,
    access: "devices:get",
    summary: "Show how often a device is expected to be heard, and whether it is silent",
    input: z.object({ device: z.string() }),
    replies: { 200: heartbeat },
    example: {
      input: { device: "lamp" },
      reply: {
        region: "us-east-1",
        first_heard: "2026-01-01T00:00:00.000Z",
        last_heard: "2026-01-31T12:00:00.000Z",
        longest_pause_seconds: 900,
        wake_seconds: null,
        expected_seconds: 2_700,
        expected_by: "2026-01-31T12:45:00.000Z",
        silent_since: null,
      },
    },
    errors: ["too_many_requests"],
  }),
  createClaimCode: route({
    method: "POST",
    path: "/v1/device_claims",
    product: true,
    access: "devices:import",
    audit: { action: "claim.create" },
    summary: "Create a claim code",
    input: z.object({ iccid: z.optional(z.string()), imei: z.optional(z.string()) }),
    replies: {
      200: z.strictObject({
        claim_code: z.string(),
        /** The caller's devices, as Particle's clients expect them. */
        device_ids: z.array(z.string()),
      }),
    },
    example: { input: {}, reply: { claim_code: "rCFGYCYdVcsCfFZ1h3Qzj2b8", device_ids: [id] } },
    errors: ["limit_reached"],
  }),
  listEndpoints: route({
    method: "GET",
    path: "/v1/endpoints",
    access: "devices:list",
    summary: "List the MQTT endpoints of all regions",
    input: noInput,
    replies: { 200: z.strictObject({ endpoints }) },
    example: {
      input: {},
      reply: {
        endpoints: [
          { region: "us-east-1", mqtt: "mqtts://example-ats.iot.us-east-1.amazonaws.com" },
        ],
      },
    },
    errors: [],
  }),
};
