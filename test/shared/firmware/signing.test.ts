import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSignatures,
  type Envelope,
  envelope,
  preAuthEncoding,
  signersOf,
} from "#shared/firmware/signing/envelope.ts";
import {
  currentKeys,
  readKeyDocument,
  verifyKeyDocument,
} from "#shared/firmware/signing/keyDocument.ts";
import { type Manifest, verifyManifest } from "#shared/firmware/signing/manifest.ts";
import { joinSignedImage, splitSignedImage } from "#shared/firmware/signing/signedImage.ts";
import {
  keyDocumentOf,
  manifestOf,
  newKey,
  product,
  signKeys,
  signManifest,
} from "./support/signing.ts";

const [ann, bob, eve] = [newKey(), newKey(), newKey()];
const image = Buffer.from("the bytes of an image GODWITFW and more");
const now = Date.parse("2026-12-01T00:00:00Z");
const keys = keyDocumentOf([ann, bob], { threshold: 2 });

const expected = {
  product,
  version: 2,
  size: image.length,
  sha256: createHash("sha256").update(image).digest("hex"),
};

/** Accepts a file as an upload does. */
const accept = (file: Buffer): Manifest => {
  const { image: bytes, signed } = splitSignedImage(file);
  if (signed === undefined) throw new Error("unsigned");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return verifyManifest(signed, { ...expected, size: bytes.length, sha256 }, { keys, now });
};

describe("an envelope", () => {
  it("is signed as DSSE's protocol says", () => {
    const text = preAuthEncoding("http://example.com/HelloWorld", Buffer.from("hello world"));
    expect(text.toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  });

  it("counts each key once, and only keys of the document", () => {
    const signed = signManifest(manifestOf(image), [ann, eve]);
    const twice = { ...signed, signatures: [...signed.signatures, ...signed.signatures] };
    expect(signersOf(twice, keys.keys)).toEqual([ann.id]);
    expect(addSignatures(signed, [ann]).signatures).toHaveLength(2);
  });

  it.each(["AB==", "QQ", "QQ=", "Q Q=", "QQ==\n", "QR=="])("refuses the base64 %j", (payload) => {
    const signed = signManifest(manifestOf(image), [ann]);
    expect(envelope.safeParse({ ...signed, payload }).success).toBe(false);
  });
});

describe("a manifest", () => {
  const verify = (manifest: Partial<Manifest>, by = [ann, bob]): Manifest =>
    verifyManifest(signManifest(manifestOf(image, manifest), by), expected, { keys, now });

  it("is accepted with the threshold of signatures", () => {
    expect(verify({ minimum_version: 1, platform: "esp32" })).toMatchObject({ version: 2 });
  });

  it.each([
    ["wrong_signature", {}, [ann]],
    ["wrong_signature", {}, [ann, eve]],
    ["expired", { expires: "2026-12-01T00:00:00Z" }, [ann, bob]],
    ["wrong_product", { product: 1 }, [ann, bob]],
    ["wrong_version", { version: 3 }, [ann, bob]],
    ["wrong_hash", { size: 1 }, [ann, bob]],
    ["wrong_hash", { sha256: "0".repeat(64) }, [ann, bob]],
  ] as const)("is refused as %s: %j", (reason, manifest, by) => {
    expect(() => verify(manifest, [...by])).toThrow(
      expect.objectContaining({ code: "invalid_request", details: { reason } }),
    );
  });

  it("is refused with fields of another tool, and in an envelope of another type", () => {
    const more = { ...manifestOf(image), minimumVersion: 2 };
    const signed = signManifest(more, [ann, bob]);
    expect(() => verifyManifest(signed, expected, { keys, now })).toThrow(
      "minimumVersion: is an unknown field; did you mean minimum_version?",
    );
    const document = signKeys(keys, [ann, bob]);
    expect(() => verifyManifest(document, expected, { keys, now })).toThrow("payloadType");
  });

  it("is refused when the keys have expired", () => {
    const expired = { ...keys, expires: "2026-01-01T00:00:00Z" };
    const signed = signManifest(manifestOf(image), [ann, bob]);
    expect(() => verifyManifest(signed, expected, { keys: expired, now })).toThrow("rotate");
  });
});

describe("a signed image", () => {
  const signed = signManifest(manifestOf(image), [ann, bob]);
  const file = joinSignedImage({ image, signed });

  it("has the image and the envelope", () => {
    expect(splitSignedImage(file)).toEqual({ image, signed });
    expect(accept(file)).toEqual(manifestOf(image));
  });

  it("without a trailer is the image", () => {
    expect(splitSignedImage(image)).toEqual({ image });
    expect(splitSignedImage(Buffer.from("GODWITFW"))).toEqual({ image: Buffer.from("GODWITFW") });
  });

  it("is refused with any byte changed, anywhere", () => {
    const position = fc.integer({ min: 0, max: file.length - 1 });
    const check = (at: number, change: number): void => {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ change;
      expect(() => accept(changed)).toThrow();
    };
    fc.assert(fc.property(position, fc.integer({ min: 1, max: 255 }), check), { numRuns: 300 });
    for (let at = 0; at < file.length; at += 1) check(at, 1 << (at % 8));
  });

  it("is refused when it ends anywhere before its end, or has more bytes", () => {
    for (let length = 0; length < file.length; length += 1) {
      expect(() => accept(file.subarray(0, length))).toThrow();
    }
    expect(() => accept(Buffer.concat([file, Buffer.from([0])]))).toThrow();
  });

  it("tells a truncated signature from an image without one", () => {
    expect(() => splitSignedImage(file.subarray(0, -1))).toThrow("upload it again");
    expect(() => splitSignedImage(file.subarray(0, image.length + 20))).toThrow("upload it again");
  });
});

describe("key documents", () => {
  const first = keyDocumentOf([ann]);
  const second = keyDocumentOf([bob], { number: 2 });
  const verify = (signed: Envelope, before = first) =>
    verifyKeyDocument(signed, { product, before, now });

  it("follow one another when both sign", () => {
    const signed = [signKeys(first, [ann]), signKeys(second, [ann, bob])];
    expect(currentKeys(product, signed)).toEqual(second);
    expect(currentKeys(product, [])).toBeUndefined();
  });

  it("are refused without the threshold of either document", () => {
    expect(() => verify(signKeys(second, [ann]))).toThrow("signatures");
    expect(() => verify(signKeys(second, [bob]))).toThrow("for the document 1");
    expect(() => verify(signKeys(second, [eve, eve]))).toThrow("signatures");
    expect(() => verifyKeyDocument(signKeys(first, [eve]), { product, now })).toThrow("signatures");
  });

  it("are refused with another number or product, and when they have expired", () => {
    const both = [ann, bob];
    expect(() => verify(signKeys({ ...second, number: 3 }, both))).toThrow("the next one is 2");
    expect(() => verify(signKeys({ ...second, product: 1 }, both))).toThrow("of the product 1");
    const expires = "2026-11-30T00:00:00Z";
    expect(() => verify(signKeys({ ...second, expires }, both))).toThrow("expired");
  });

  it.each([
    ["a threshold above the keys", { threshold: 2 }],
    ["a key twice", { keys: [...keyDocumentOf([ann, ann]).keys] }],
    ["no key", { keys: [] }],
    ["another id", { keys: [{ id: bob.id, public: ann.public }] }],
    ["a short key", { keys: [{ id: ann.id, public: "AAAA" }] }],
  ])("are refused with %s", (_, given) => {
    expect(() => readKeyDocument(signKeys(keyDocumentOf([ann], given), [ann]))).toThrow();
  });
});
