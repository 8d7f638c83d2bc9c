import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  describeFirmware,
  removeFirmware,
  replaceManifest,
} from "#shared/firmware/changeFirmware.ts";
import { firmwareVersionsMax, imageBytesMax } from "#shared/firmware/limits.ts";
import { findReleasable, recordRelease } from "#shared/firmware/releasable.ts";
import { readManifest } from "#shared/firmware/signing/manifest.ts";
import { planKeys, registerKeys } from "#shared/firmware/signing/registerKeys.ts";
import { joinSignedImage } from "#shared/firmware/signing/signedImage.ts";
import { type NewFirmware, uploadFirmware } from "#shared/firmware/uploadFirmware.ts";
import { UploadedFile } from "#shared/input/uploadedFile.ts";
import { createImageRefusal } from "#shared/release/controller/imageRefusal.ts";
import { offersEndMs } from "#shared/release/limits.ts";
import { memoryFirmwareVersions } from "../../memory/firmware/firmwareVersions.ts";
import { memoryImageReferences, memoryImages } from "../../memory/firmware/images.ts";
import { memoryKeyDocuments } from "../../memory/firmware/keyDocuments.ts";
import {
  product as id,
  keyDocumentOf,
  manifestOf,
  newKey,
  signKeys,
  signManifest,
  type TestKey,
} from "./support/signing.ts";

const start = Date.parse("2026-12-01T00:00:00Z");
const product = {
  id,
  name: "Thermostat",
  description: "",
  platformId: 13,
  owner: "ada@example.com",
  fleet: "p1",
  createdAt: "2026-01-01T00:00:00Z",
};
const image = Buffer.from("the bytes of an image");

const make = (elsewhere: readonly string[] = []) => {
  const bucket = memoryImages(elsewhere);
  const errors: string[] = [];
  const clock = { ms: start };
  const deps = {
    versions: memoryFirmwareVersions(),
    keyDocuments: memoryKeyDocuments(),
    images: bucket.images,
    references: memoryImageReferences(),
    now: () => clock.ms,
    onError: (what: string) => void errors.push(what),
  };
  const upload = (
    bytes: Buffer,
    given: Partial<NewFirmware> = {},
    of: { id: number; platformId: number } = product,
  ) => {
    const file = new UploadedFile(bytes, "app.bin");
    const described = { version: 2, title: "Two", description: "", mandatory: false };
    return uploadFirmware({ file, ...described, ...given }, { product: of, by: "ada" }, deps);
  };
  const register = async (keys: readonly TestKey[]) =>
    registerKeys(
      { document: signKeys(keyDocumentOf(keys), keys), confirm: String(id) },
      product,
      deps,
    );
  return { ...bucket, deps, clock, errors, upload, register };
};

const reason = (of: string) => ({ code: "invalid_request", details: { reason: of } });

describe("an upload", () => {
  it("stores the image once, in every region, and the version with its metadata", async () => {
    const { upload, of, deps } = make(["eu-west-1"]);
    const stored = await upload(image, { description: "d", mandatory: true });
    expect(stored).toMatchObject({
      version: 2,
      size: image.length,
      name: "app.bin",
      mandatory: true,
    });
    expect(await deps.versions.find(id, 2)).toEqual(stored);
    await upload(image, { version: 3 });
    expect([of("here"), of("eu-west-1")]).toEqual([[stored.sha256], [stored.sha256]]);
  });

  it("succeeds while another region does not respond", async () => {
    const { upload, down, of } = make(["eu-west-1"]);
    down.add("eu-west-1");
    await upload(image);
    expect([of("here").length, of("eu-west-1").length]).toEqual([1, 0]);
  });

  it.each([
    ["an empty file", Buffer.alloc(0), "invalid_request"],
    ["an image over the limit", Buffer.alloc(imageBytesMax + 1), "too_large"],
  ])("of %s is refused", async (_, bytes, code) => {
    const { upload, of } = make();
    await expect(upload(bytes)).rejects.toMatchObject({ code });
    expect(of("here")).toEqual([]);
  });

  it("may have an image of exactly the limit", async () => {
    const { upload } = make();
    expect(await upload(Buffer.alloc(imageBytesMax, 1))).toMatchObject({ size: imageBytesMax });
  });

  it("of a known version is refused, and the stored image stays", async () => {
    const { upload, of, deps } = make();
    const { sha256 } = await upload(image);
    await expect(upload(Buffer.from("other"))).rejects.toMatchObject({ code: "already_exists" });
    expect(of("here")).toEqual([sha256]);
    expect(await deps.versions.find(id, 2)).toMatchObject({ sha256 });
  });

  it("that loses against a concurrent one of the same version leaves no image", async () => {
    const { upload, of, deps } = make();
    const add = deps.versions.add;
    let others = 0;
    deps.versions.add = async (version) => {
      others += 1;
      if (others === 1) await upload(Buffer.from("the winner"));
      await add(version);
    };
    await expect(upload(image)).rejects.toMatchObject({ code: "already_exists" });
    const winner = await deps.versions.find(id, 2);
    expect(of("here")).toEqual([winner?.sha256]);
  });

  it("is refused when the product has its maximum of versions", async () => {
    const { upload, deps } = make();
    const { version: _, ...row } = await upload(image);
    for (let version = 3; version < firmwareVersionsMax + 2; version += 1) {
      await deps.versions.add({ ...row, version });
    }
    await expect(upload(image, { version: 60_000 })).rejects.toMatchObject({
      code: "limit_reached",
    });
  });

  it("waits for the removal of the same image", async () => {
    const { upload, deps, clock } = make();
    const { sha256 } = await upload(image);
    await removeFirmware({ product: id, version: 2 }, {}, deps);
    await deps.references.beginRemoval(sha256, clock.ms);
    await expect(upload(image)).rejects.toMatchObject({ code: "conflict", retry: true });
    clock.ms += 61_000;
    await upload(image);
  });
});

describe("the platform of an image", () => {
  /** A module of Device OS for a platform. */
  const moduleOf = (platform: number): Buffer => {
    const bytes = Buffer.alloc(64, 7);
    bytes.writeUInt32LE(0x1000, 0);
    bytes.writeUInt32LE(0x1000 + bytes.length - 4, 4);
    bytes.writeUInt16LE(platform, 12);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
    return bytes;
  };

  it("must be that of the product, if the image has one", async () => {
    const { upload } = make();
    await expect(upload(moduleOf(12))).rejects.toMatchObject(reason("wrong_platform"));
    await upload(moduleOf(13));
    const changed = moduleOf(12);
    changed[20] = 1;
    await upload(changed, { version: 3 });
  });

  it("must be that of the product, if the manifest has a number", async () => {
    const { upload, register } = make();
    const key = newKey();
    await register([key]);
    const signed = (platform: string, sequence: number) =>
      joinSignedImage({
        image,
        signed: signManifest(manifestOf(image, { platform, sequence }), [key]),
      });
    await expect(upload(signed("12", 1))).rejects.toMatchObject(reason("wrong_platform"));
    await upload(signed("esp32", 1));
  });
});

describe("a product with signing keys", () => {
  const key = newKey();
  const signed = (given: Parameters<typeof manifestOf>[1] = {}, by = [key]) =>
    joinSignedImage({ image, signed: signManifest(manifestOf(image, given), by) });

  it("accepts signed images, and stores them without the signature", async () => {
    const { upload, register, images } = make();
    await register([key]);
    const stored = await upload(signed());
    expect((await images.get(stored.sha256))?.equals(image)).toBe(true);
    expect(stored.manifest).toEqual(signManifest(manifestOf(image), [key]));
  });

  it.each([
    ["without a signature", image, "unsigned"],
    ["by another key", signed({}, [newKey()]), "wrong_signature"],
    ["whose manifest has expired", signed({ expires: "2026-11-30T23:59:59Z" }), "expired"],
    ["of another product", signed({ product: 1 }), "wrong_product"],
    ["of another version", signed({ version: 9 }), "wrong_version"],
    ["that is truncated", signed().subarray(0, -1), "wrong_signature"],
  ])("refuses an image %s", async (_, bytes, why) => {
    const { upload, register, of } = make();
    await register([key]);
    await expect(upload(bytes)).rejects.toMatchObject(reason(why));
    expect(of("here")).toEqual([]);
  });

  it("refuses a sequence that is not larger than every one before", async () => {
    const { upload, register } = make();
    await register([key]);
    await upload(signed({ sequence: 5 }));
    const next = signed({ version: 3, sequence: 5 });
    await expect(upload(next, { version: 3 })).rejects.toMatchObject(reason("older"));
    await upload(signed({ version: 3, sequence: 6 }), { version: 3 });
  });

  it("replaces a manifest by one with a larger sequence for the same image", async () => {
    const { upload, register, deps } = make();
    await register([key]);
    await upload(signed({ sequence: 5 }));
    await upload(signed({ version: 3, sequence: 6 }), { version: 3 });
    const again = (given: Parameters<typeof manifestOf>[1]) =>
      replaceManifest(
        { product: id, version: 2 },
        signManifest(manifestOf(image, given), [key]),
        deps,
      );
    await expect(again({ sequence: 6 })).rejects.toMatchObject(reason("older"));
    await expect(again({ sequence: 7, size: 1 })).rejects.toMatchObject(reason("wrong_hash"));
    await again({ sequence: 7 });
    expect(await findReleasable({ product: id, version: 2 }, deps)).toMatchObject({ revision: 1 });
  });

  it("keeps the manifest with the largest sequence of several at the same time", async () => {
    const { upload, register, deps } = make();
    await register([key]);
    await upload(signed({ sequence: 1 }));
    const replaced = [9, 2, 8, 3].map((sequence) => {
      const envelope = signManifest(manifestOf(image, { sequence }), [key]);
      return replaceManifest({ product: id, version: 2 }, envelope, deps);
    });
    await Promise.allSettled(replaced);
    const { manifest } = await findReleasable({ product: id, version: 2 }, deps);
    expect(manifest && readManifest(manifest).sequence).toBe(9);
  });

  it("releases no version that was uploaded before its keys, or whose keys were replaced", async () => {
    const { upload, register, deps } = make();
    await upload(Buffer.from("unsigned"), { version: 1 });
    await register([key]);
    await upload(signed());
    const release = (version: number) => findReleasable({ product: id, version }, deps);
    await expect(release(1)).rejects.toMatchObject(reason("unsigned"));
    expect(await release(2)).toMatchObject({ version: 2 });
    const next = newKey();
    const document = signKeys(keyDocumentOf([next], { number: 2 }), [key, next]);
    expect(await planKeys(document, product, deps)).toMatchObject({ unusable: [2, 1] });
    await registerKeys({ document }, product, deps);
    await expect(release(2)).rejects.toMatchObject(reason("wrong_signature"));
    await expect(release(7)).rejects.toMatchObject({ code: "not_found" });
  });

  it("says why devices refuse a version, from three minutes before its manifest expires", async () => {
    const { upload, register, deps } = make();
    await upload(Buffer.from("unsigned"), { version: 1 });
    const refusal = createImageRefusal(deps);
    expect(await refusal({ product: id, version: 7 })).toBe(
      "the product has no firmware version 7",
    );
    expect(await refusal({ product: id, version: 1 })).toBeUndefined();
    await register([key]);
    expect(await refusal({ product: id, version: 1 })).toContain("without a signature");
    const expires = (ms: number) => new Date(deps.now() + ms).toISOString();
    await upload(signed({ expires: expires(offersEndMs) }));
    expect(await refusal({ product: id, version: 2 })).toContain(
      "devices refuse version 2: the manifest expired",
    );
    await upload(signed({ version: 3, sequence: 2, expires: expires(offersEndMs + 1) }), {
      version: 3,
    });
    expect(await refusal({ product: id, version: 3 })).toBeUndefined();
    const next = newKey();
    const document = signKeys(keyDocumentOf([next], { number: 2 }), [key, next]);
    await registerKeys({ document }, product, deps);
    expect(await refusal({ product: id, version: 3 })).toContain("the manifest");
  });

  it("needs a confirmation for the first keys, and the former keys for the next ones", async () => {
    const { deps } = make();
    const document = signKeys(keyDocumentOf([key]), [key]);
    await expect(registerKeys({ document }, product, deps)).rejects.toMatchObject({
      code: "needs_confirmation",
    });
    expect(await deps.keyDocuments.list(id)).toEqual([]);
    await registerKeys({ document, confirm: "thermostat-123456789" }, product, deps);
    const eve = newKey();
    const takeover = signKeys(keyDocumentOf([eve], { number: 2 }), [eve]);
    await expect(
      registerKeys({ document: takeover, confirm: String(id) }, product, deps),
    ).rejects.toMatchObject(reason("wrong_signature"));
    await expect(
      registerKeys({ document, confirm: String(id) }, product, deps),
    ).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("refuses a signed image of a product without keys", async () => {
    const { upload } = make();
    await expect(upload(signed())).rejects.toThrow("register them first");
  });
});

describe("a firmware version", () => {
  it("is deleted with its image, unless another version has it", async () => {
    const { upload, of, deps } = make(["eu-west-1"]);
    await upload(image);
    await upload(image, { version: 3 });
    await removeFirmware({ product: id, version: 2 }, {}, deps);
    expect(of("eu-west-1")).toHaveLength(1);
    await removeFirmware({ product: id, version: 3 }, {}, deps);
    expect([of("here"), of("eu-west-1")]).toEqual([[], []]);
    await expect(removeFirmware({ product: id, version: 3 }, {}, deps)).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("keeps its image when a region does not respond: another version may have it", async () => {
    const { upload, of, deps, errors } = make();
    await upload(image);
    deps.references.beginRemoval = () => Promise.reject(new Error("a region does not respond"));
    await removeFirmware({ product: id, version: 2 }, {}, deps);
    expect(of("here")).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it("is not deleted after its release, and only as it was read", async () => {
    const { upload, deps } = make();
    await upload(image);
    const key = { product: id, version: 2 };
    const expected = new Set(["r7"]);
    await expect(removeFirmware(key, { expected }, deps)).rejects.toMatchObject({
      code: "precondition_failed",
    });
    const release = { productDefault: true, groups: ["east"], at: start };
    const released = await recordRelease(key, release, deps);
    expect(released).toMatchObject({
      releasedAt: start,
      defaultAt: start,
      groups: { east: start },
    });
    await expect(removeFirmware(key, {}, deps)).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps every change of concurrent requests", async () => {
    const { upload, deps } = make();
    await upload(image);
    const key = { product: id, version: 2 };
    await Promise.all([
      describeFirmware(key, { title: "New" }, deps),
      describeFirmware(key, { description: "Words" }, deps),
      recordRelease(key, { productDefault: false, groups: ["east"], at: start }, deps),
    ]);
    expect(await deps.versions.find(id, 2)).toMatchObject({
      title: "New",
      description: "Words",
      groups: { east: start },
      revision: 3,
    });
  });
});
