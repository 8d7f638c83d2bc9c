import * as z from "zod/mini";
import { groupName } from "../device/group/group.ts";
import {
  firmwareDescriptionCharsMax,
  firmwareGroupsMax,
  firmwareTitleCharsMax,
  firmwareVersionMax,
  firmwareVersionMin,
  uploadBytesMax,
} from "../firmware/limits.ts";
import { envelope } from "../firmware/signing/envelope.ts";
import { flag } from "../input/flag.ts";
import { uploadedFile } from "../input/uploadedFile.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { isoTime, noBody } from "./replies.ts";
import { route } from "./route.ts";

const versionNumber = wholeNumber(firmwareVersionMin, firmwareVersionMax);
const title = z.string().check(z.trim(), z.minLength(1), z.maxLength(firmwareTitleCharsMax));
const description = z.string().check(z.maxLength(firmwareDescriptionCharsMax));

const ofVersion = z.object({ version: versionNumber });

/** A firmware version, as Particle's API shows it, with the fields of Godwit at the end. */
const firmwareFields = {
  _id: z.string(),
  version: z.int(),
  title: z.string(),
  description: z.string(),
  name: z.string(),
  size: z.int(),
  product_default: z.boolean(),
  uploaded_on: isoTime,
  product_id: z.int(),
  uploaded_by: z.strictObject({ username: z.string() }),
  groups: z.array(z.string()),
  device_count: z.int(),
  mandatory: z.boolean(),
  /** The hash of the image, in hex. */
  sha256: z.string(),
  /** Whether a manifest with valid signatures was uploaded with it. */
  signed: z.boolean(),
  /** The time of its first release. */
  released_at: z.nullable(isoTime),
};

const firmware = z.strictObject(firmwareFields);

/** The reply of a change also has `current`, the older name of `product_default`. */
const changedFirmware = z.strictObject({ ...firmwareFields, current: z.boolean() });

/** A firmware version in a reply. */
export type FirmwareBody = z.input<typeof firmware>;
export type ChangedFirmwareBody = z.input<typeof changedFirmware>;

const example: FirmwareBody = {
  _id: "5c7d2f0e9a1b4c3d8e6f7a90",
  version: 3,
  title: "v1.2.0",
  description: "Reconnects after an outage of the network",
  name: "thermostat.bin",
  size: 312_024,
  product_default: false,
  uploaded_on: "2026-12-01T09:30:00.000Z",
  product_id: 123_456_789,
  uploaded_by: { username: "ada@example.com" },
  groups: [],
  device_count: 0,
  mandatory: false,
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  signed: true,
  released_at: null,
};

const exampleChange: ChangedFirmwareBody = { ...example, current: false };

const exampleEnvelope: z.input<typeof envelope> = {
  payloadType: "application/vnd.godwit.firmware+json",
  payload: "eyJwcm9kdWN0IjoxMjM0NTY3ODksInZlcnNpb24iOjN9",
  signatures: [
    { keyid: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sig: "AAAA" },
  ],
};

const released = z.strictObject({
  updated_at: isoTime,
  version: z.int(),
  title: z.string(),
  size: z.int(),
  product_default: z.boolean(),
  uploaded_on: isoTime,
  uploaded_at: isoTime,
  product_id: z.int(),
  uploaded_by: z.strictObject({ username: z.string() }),
  groups: z.array(z.string()),
  intelligent: z.boolean(),
});

/** The reply of a release. */
export type ReleasedBody = z.input<typeof released>;

const keys = z.strictObject({
  number: z.int(),
  threshold: z.int(),
  /** The ids of the keys. */
  keys: z.array(z.string()),
  expires: z.nullable(isoTime),
});

/** The current signing keys in a reply. */
export type SigningKeysBody = z.input<typeof keys>;

const exampleKeys: SigningKeysBody = {
  number: 1,
  threshold: 1,
  keys: ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  expires: null,
};

/** The operations on the firmware versions of a product, and on its signing keys. */
export const firmwareRoutes = {
  listFirmware: route({
    method: "GET",
    path: "/v1/products/{product}/firmware",
    access: "firmware:list",
    summary: "List the firmware versions of a product, the highest first",
    input: z.object({}),
    replies: { 200: z.array(firmware) },
    example: { input: {}, reply: [example] },
    errors: [],
  }),
  uploadFirmware: route({
    method: "POST",
    path: "/v1/products/{product}/firmware",
    access: "firmware:create",
    audit: { action: "firmware.create", created: "version" },
    summary: "Upload an image as a new firmware version",
    upload: { file: "file", bytesMax: uploadBytesMax },
    input: z.object({
      file: uploadedFile,
      version: versionNumber,
      title,
      description: z._default(description, ""),
      mandatory: z._default(flag, false),
    }),
    replies: { 201: changedFirmware },
    example: {
      input: { version: 3, title: "v1.2.0", file: "AAECAwQ=" },
      reply: exampleChange,
    },
    errors: ["already_exists", "limit_reached", "conflict"],
  }),
  listSigningKeys: route({
    method: "GET",
    path: "/v1/products/{product}/firmware/keys",
    access: "firmware:get",
    summary: "Show the key documents of a product, oldest first",
    input: z.object({}),
    replies: {
      200: z.strictObject({ documents: z.array(envelope), current: z.nullable(keys) }),
    },
    example: { input: {}, reply: { documents: [exampleEnvelope], current: exampleKeys } },
    errors: [],
  }),
  registerSigningKeys: route({
    method: "POST",
    path: "/v1/products/{product}/firmware/keys",
    access: "firmware.keys:update",
    audit: { action: "firmware_keys.create", created: "keys.number" },
    summary: "Register the first signing keys of a product, or the next ones",
    input: z.object({
      document: envelope,
      plan: z.optional(flag),
      /** The first document needs it: the slug, the name or the id of the product. */
      confirm: z.optional(z.string()),
    }),
    replies: {
      201: z.strictObject({ ok: z.literal(true), keys }),
      200: z.strictObject({
        ok: z.literal(true),
        plan: z.strictObject({
          current: z.nullable(keys),
          next: keys,
          /** Firmware versions that cannot be released after the change. */
          unusable_versions: z.array(z.int()),
        }),
        confirm: z.nullable(z.string()),
      }),
    },
    example: {
      input: { document: exampleEnvelope, confirm: "thermostat-123456789" },
      reply: { ok: true, keys: exampleKeys },
    },
    errors: ["needs_confirmation", "conflict", "limit_reached"],
  }),
  releaseFirmware: route({
    method: "PUT",
    path: "/v1/products/{product}/firmware/release",
    access: "firmware:release",
    audit: { action: "firmware.release", id: "version" },
    summary: "Release a firmware version to groups, or to all devices without one",
    input: z.object({
      version: versionNumber,
      product_default: z._default(flag, false),
      groups: z._default(z.array(groupName).check(z.maxLength(firmwareGroupsMax)), []),
      intelligent: z._default(flag, false),
    }),
    replies: { 200: released },
    example: {
      input: { version: 3, product_default: true, groups: [] },
      reply: {
        updated_at: "2026-12-01T10:00:00.000Z",
        version: 3,
        title: "v1.2.0",
        size: 312_024,
        product_default: true,
        uploaded_on: "2026-12-01T09:30:00.000Z",
        uploaded_at: "2026-12-01T09:30:00.000Z",
        product_id: 123_456_789,
        uploaded_by: { username: "ada@example.com" },
        groups: [],
        intelligent: false,
      },
    },
    errors: ["conflict"],
  }),
  showFirmware: route({
    method: "GET",
    path: "/v1/products/{product}/firmware/{version}",
    versioned: true,
    access: "firmware:get",
    summary: "Show a firmware version",
    input: ofVersion,
    replies: { 200: firmware },
    example: { input: { version: 3 }, reply: example },
    errors: [],
  }),
  changeFirmware: route({
    method: "PUT",
    path: "/v1/products/{product}/firmware/{version}",
    versioned: true,
    access: "firmware:update",
    audit: { action: "firmware.update", id: "version" },
    summary: "Change the title and the description of a firmware version",
    input: z.object({
      version: versionNumber,
      title: z.optional(title),
      description: z.optional(description),
      mandatory: z.optional(flag),
    }),
    replies: { 200: changedFirmware },
    example: { input: { version: 3, title: "v1.2.0" }, reply: exampleChange },
    errors: ["conflict"],
  }),
  removeFirmware: route({
    method: "DELETE",
    path: "/v1/products/{product}/firmware/{version}",
    versioned: true,
    access: "firmware:remove",
    audit: { action: "firmware.remove", id: "version" },
    summary: "Delete a firmware version that was never released",
    input: ofVersion,
    replies: { 204: noBody },
    example: { input: { version: 3 }, reply: undefined },
    errors: ["conflict"],
  }),
  replaceManifest: route({
    method: "PUT",
    path: "/v1/products/{product}/firmware/{version}/manifest",
    access: "firmware:update",
    audit: { action: "firmware.update", id: "version" },
    summary: "Replace the signed manifest of a firmware version by one with a higher sequence",
    input: z.object({ version: versionNumber, manifest: envelope }),
    replies: { 200: changedFirmware },
    example: { input: { version: 3, manifest: exampleEnvelope }, reply: exampleChange },
    errors: ["conflict"],
  }),
};

/** The bytes of images: a function of its own streams them. */
export const firmwareBinaryRoutes = {
  downloadFirmware: route({
    method: "GET",
    path: "/v1/products/{product}/firmware/{version}/binary",
    access: "firmware.binary:get",
    summary: "Download the image of a firmware version, without its signature",
    binary: true,
    input: ofVersion,
    replies: { 200: z.string() },
    example: { input: { version: 3 }, reply: "(bytes)" },
    errors: [],
  }),
};
