import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createUpdates } from "../../../device/update/createUpdates.ts";
import { diskSlots, installImage } from "../../../device/update/diskSlots.ts";
import { manualClock } from "../support/manualClock.ts";
import { powerCutDisk } from "../support/powerCutDisk.ts";
import {
  keyDocument,
  manifestOf,
  manifestType,
  offerOf,
  ownerKey,
  signDocument,
} from "../support/signedFirmware.ts";
import { blockOf, updateMachine } from "../support/updateMachine.ts";

const [a, b, c] = [ownerKey(), ownerKey(), ownerKey()];
const first = keyDocument([a]);
const old = randomBytes(1_000);
const next = randomBytes(20_000);

const machineOf = async (options: Partial<Parameters<typeof updateMachine>[1]> = {}) => {
  const disk = powerCutDisk();
  await installImage(disk, old, { version: 5, sequence: 5 });
  const machine = updateMachine(disk, { keys: first, transport: "blocks", ...options });
  machine.onBlockRequest((request) => blockOf(next, request));
  await machine.boot();
  machine.connect();
  return { disk, machine };
};

/** The report that answers an offer. */
const answerTo = async (offer: object, options = {}) => {
  const { machine } = await machineOf(options);
  machine.command(offer);
  return await machine.reported("failed");
};

const valid = (changes: object = {}) => offerOf(next, 6, [a], { ...changes });

describe("an offer is refused", () => {
  it("without a manifest", async () => {
    expect(await answerTo({ ...valid(), manifest: undefined })).toMatchObject({
      error: "unsigned",
    });
    expect(await answerTo({ ...valid(), manifest: null })).toMatchObject({ error: "unsigned" });
  });

  it("with a signature of another key, or of none", async () => {
    const offer = valid();
    const other = offerOf(next, 6, [b]);
    expect(await answerTo(other)).toMatchObject({ error: "wrong_signature" });
    const none = { ...offer, manifest: { ...offer.manifest, signatures: [] } };
    expect(await answerTo(none)).toMatchObject({ error: "wrong_signature" });
  });

  it("with a valid signature under the id of another key of the document", async () => {
    const keys = keyDocument([a, b], { threshold: 2 });
    const twice = valid();
    const [signature] = twice.manifest.signatures;
    const forged = { keyid: b.id, sig: signature!.sig };
    const offer = { ...twice, manifest: { ...twice.manifest, signatures: [signature, forged] } };
    expect(await answerTo(offer, { keys })).toMatchObject({ error: "wrong_signature" });
    const repeated = [signature, signature];
    const same = { ...twice, manifest: { ...twice.manifest, signatures: repeated } };
    expect(await answerTo(same, { keys })).toMatchObject({ error: "wrong_signature" });
  });

  it("with fewer signatures than the threshold", async () => {
    const keys = keyDocument([a, b, c], { threshold: 2 });
    expect(await answerTo(valid(), { keys })).toMatchObject({ error: "wrong_signature" });
  });

  it.each([
    ["wrong_product", { product: 8 }],
    ["wrong_platform", { platform: "lamp-3" }],
    ["expired", { expires: "2020-01-01T00:00:00.000Z" }],
    ["older", { sequence: 4 }],
    ["wrong_version", { minimum_version: 6 }],
    ["too_large", { size: 1_000_001 }],
    ["wrong_signature", { size: 0 }],
    ["wrong_signature", { sha256: "x" }],
    ["wrong_signature", { sequence: 1.5 }],
    ["wrong_signature", { expires: "soon" }],
  ])("as %s with a manifest of %o", async (error, manifest) => {
    const answer = await answerTo(valid({ manifest }), { platform: "lamp-2" });
    expect(answer).toMatchObject({ release: "r6", state: "failed", error });
  });

  it.each([
    ["wrong_product", { product: 8 }],
    ["wrong_version", { version: 7 }],
    ["wrong_hash", { size: 20_001 }],
    ["wrong_hash", { sha256: "0".repeat(64) }],
  ])("as %s if it disagrees with its manifest: %o", async (error, changes) => {
    expect(await answerTo(valid(changes))).toMatchObject({ error });
  });

  it("of another type: a signed key document is no manifest", async () => {
    const manifest = signDocument(
      "application/vnd.godwit.firmware-keys+json",
      manifestOf(next, 6),
      [a],
    );
    expect(await answerTo({ ...valid(), manifest })).toMatchObject({ error: "wrong_signature" });
    const other = signDocument("x/y", manifestOf(next, 6), [a]);
    const renamed = { ...other, payloadType: manifestType };
    const offer = { ...valid(), manifest: renamed };
    expect(await answerTo(offer)).toMatchObject({ error: "wrong_signature" });
  });

  it("after any flipped bit of the manifest or its signature", async () => {
    const text = JSON.stringify(valid().manifest);
    const { machine } = await machineOf();
    let refused = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at) ^ (1 << (at % 7));
      const flipped = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
      let manifest: unknown;
      try {
        manifest = JSON.parse(flipped);
      } catch {
        continue;
      }
      // Each in a release of its own: after three failures a release is not tried again.
      machine.command({ ...valid(), release: `flip-${at}`, manifest });
      refused += 1;
    }
    machine.command({ ...valid(), release: "last", manifest: undefined });
    const answers = () => machine.sent.filter(({ state }) => state === "failed");
    await eventuallyCount(answers, refused + 1);
    expect(machine.states().every((state) => state === "failed")).toBe(true);
    expect(refused).toBeGreaterThan(300);
  });
});

const eventuallyCount = async (list: () => readonly unknown[], count: number) => {
  while (list().length < count) await new Promise(setImmediate);
};

describe("key documents", () => {
  const second = keyDocument([b], { number: 2, signers: [a, b] });
  const third = keyDocument([c], { number: 3, signers: [b, c] });
  const signedByThird = (changes: Readonly<Record<string, unknown>> = {}) =>
    offerOf(next, 6, [c], changes);

  it("are walked to the newest, which is stored", async () => {
    const { disk, machine } = await machineOf();
    expect(machine.connect().keys).toBe(1);
    machine.command(signedByThird({ keys: [second, third] }));
    await machine.reported("accepted");
    expect(machine.connect().keys).toBe(3);
    machine.stop();
    const again = updateMachine(disk, { keys: first, transport: "blocks" });
    await again.boot();
    expect(again.connect().keys).toBe(3);
    again.command(offerOf(next, 7, [a]));
    expect(await again.reported("failed")).toMatchObject({ error: "wrong_signature" });
  });

  it("that the device has already are ignored", async () => {
    const { machine } = await machineOf({ keys: second });
    machine.command(signedByThird({ keys: [first, second, third] }));
    await machine.reported("accepted");
  });

  it.each([
    ["a missing document", [third]],
    ["a document that only the new keys have signed", [keyDocument([b], { number: 2 })]],
    [
      "a document that only the old keys have signed",
      [keyDocument([b], { number: 2, signers: [a] })],
    ],
    [
      "a document of another product",
      [keyDocument([b], { number: 2, signers: [a, b], product: 8 })],
    ],
    ["a text", ["x"]],
    ["more documents than fit", Array.from({ length: 9 }, () => second)],
  ])("with %s are refused", async (_what, keys) => {
    const offer = offerOf(next, 6, [b], { keys });
    const { error } = await answerTo(offer);
    expect(["wrong_signature", "wrong_product"]).toContain(error);
  });

  it("whose id is not the hash of the key are refused", async () => {
    const renamed = { ...b, id: c.id };
    const document = keyDocument([renamed], { number: 2, signers: [a, renamed] });
    const offer = offerOf(next, 6, [renamed], { keys: [document] });
    expect(await answerTo(offer)).toMatchObject({ error: "wrong_signature" });
  });

  it("that have expired accept no image", async () => {
    const keys = keyDocument([a], { expires: "2020-01-01T00:00:00Z" });
    expect(await answerTo(valid(), { keys })).toMatchObject({ error: "expired" });
  });

  it("beyond those of one offer are requested with a new hello", async () => {
    const chain = [first];
    for (let number = 2; number <= 12; number += 1) {
      chain.push(keyDocument([a], { number }));
    }
    const { machine } = await machineOf();
    machine.command(valid({ keys: chain.slice(1, 9) }));
    // The same keys sign: this offer is valid already.
    await machine.reported("accepted");
    const { machine: behind } = await machineOf();
    const last = keyDocument([b], { number: 10, signers: [a, b] });
    behind.command(offerOf(next, 6, [b], { keys: chain.slice(1, 9) }));
    await eventuallyCount(() => behind.sent.filter(({ request }) => request === "url"), 1);
    expect(behind.sent.find(({ hello }) => hello)?.hello).toMatchObject({ keys: 9 });
    behind.command(offerOf(next, 6, [b], { keys: [last] }));
    await behind.reported("accepted");
    expect(behind.states()).not.toContain("failed");
  });

  it("of which the stored copy is damaged are replaced by the delivered one", async () => {
    const { disk, machine } = await machineOf();
    machine.command(signedByThird({ keys: [second, third] }));
    await machine.reported("accepted");
    machine.stop();
    for (const area of ["state-0", "state-1"] as const) {
      for (let at = 40; at < disk.content(area).length; at += 97) disk.flip(area, at);
    }
    await machine.boot();
    expect(machine.connect().keys).toBe(1);
  });

  it("must be of the product of the device", () => {
    const slots = diskSlots(powerCutDisk(), 1_000);
    const options = { slots, product: 8, keys: first, restart: () => {} };
    expect(() => createUpdates(options)).toThrow("of product 7, not 8");
    expect(() => createUpdates({ ...options, keys: "{}" })).toThrow("not a valid key document");
  });
});

describe("a device without a clock", () => {
  it("defers, because it cannot tell whether the manifest has expired", async () => {
    const disk = powerCutDisk();
    await installImage(disk, old, { version: 5, sequence: 5 });
    const machine = updateMachine(disk, { keys: first }, { clock: manualClock(0) });
    await machine.boot();
    machine.connect();
    machine.command(valid());
    expect(await machine.reported("deferred")).toMatchObject({ reason: "the clock is not set" });
  });
});
