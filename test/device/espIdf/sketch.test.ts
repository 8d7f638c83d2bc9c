import { execFile, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEnvelope, signedBytes } from "../../../device/update/envelope.ts";
import {
  keyDocument,
  type OwnerKey,
  offerOf,
  ownerKey,
  type SignedDocument,
  sha256,
} from "../support/signedFirmware.ts";

const run = promisify(execFile);
const stubs = resolve("test/device/espIdf");
const sketch = resolve("device/esp-idf");

const compiler = ["cc", "gcc", "clang"].find(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);

const [a, b] = [ownerKey(), ownerKey()];
const keys = keyDocument([a]);
const old = randomBytes(5_000);
const next = randomBytes(9_501);

describe.skipIf(compiler === undefined)(
  "the sketch for ESP-IDF, with the compiler of this machine",
  () => {
    let folder = "";
    const flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"];
    const include = () => ["-I", join(folder, "include"), "-I", stubs, "-I", sketch];

    /** A header for each one that the sources include, in place of those of ESP-IDF. */
    const writeHeaders = async (sources: readonly string[]) => {
      for (const [, name = ""] of sources.join("\n").matchAll(/#include "([\w/]+\.h)"/g)) {
        if (["godwit_update.h", "esp_stubs.h"].includes(name)) continue;
        const file = join(folder, "include", name);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, '#include "esp_stubs.h"\n');
      }
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "godwit-esp-"));
      const markdown = await readFile("docs/device.md", "utf8");
      const blocks = [...markdown.matchAll(/^```c\n(.*?)^```/gms)].map(([, code = ""]) => code);
      await writeFile(join(folder, "documented.c"), blocks.join("\n"));
      const update = await readFile(join(sketch, "godwit_update.c"), "utf8");
      const header = await readFile(join(sketch, "godwit_update.h"), "utf8");
      await writeHeaders([...blocks, update, header]);
      const sources = [
        join(sketch, "godwit_update.c"),
        join(stubs, "simulated_chip.c"),
        join(stubs, "small_libraries.c"),
      ];
      const output = join(folder, "chip");
      await run(compiler ?? "cc", [...flags, ...include(), ...sources, "-o", output]);
      await writeFile(join(folder, "old"), old);
      await writeFile(join(folder, "next"), next);
      await writeFile(join(folder, "keys"), JSON.stringify(keys));
    }, 60_000);

    afterAll(() => rm(folder, { recursive: true, force: true }));

    /** The signatures of documents that Node.js verifies, for the stub of libsodium. */
    const validSignatures = (documents: readonly unknown[], owners: readonly OwnerKey[]): string =>
      documents
        .flatMap((document) => {
          const envelope = parseEnvelope(document);
          return (envelope?.signatures ?? []).flatMap(({ keyId, bytes }) => {
            const owner = owners.find(({ id }) => id === keyId);
            if (owner === undefined || envelope === undefined) return [];
            const key = Buffer.from(owner.public, "base64").toString("hex");
            const message = createHash("sha256").update(signedBytes(envelope)).digest("hex");
            return `${key} ${message} ${bytes.toString("hex")}\n`;
          });
        })
        .join("");

    type Offer = ReturnType<typeof offerOf>;
    type Message = Readonly<Record<string, unknown>>;
    interface Boot {
      readonly code: number;
      readonly messages: readonly Message[];
    }

    const chipOf = async (documents: readonly SignedDocument[] = []) => {
      const state = join(folder, `state-${randomBytes(6).toString("hex")}`);
      await writeFile(state, "");
      await run(join(folder, "chip"), [state, "--install", join(folder, "old"), "1"]);
      let stored = 0;
      const boot = async (
        offer?: object,
        faults: Readonly<Record<string, number>> = {},
      ): Promise<Boot> => {
        const args = Object.entries(faults).map(([name, value]) => `${name}=${value}`);
        const valid = join(folder, "valid");
        const offered = offer === undefined ? [] : [(offer as Partial<Offer>).manifest];
        const signatures = validSignatures([keys, ...documents, ...offered], [a, b]);
        await writeFile(valid, signatures);
        if (offer !== undefined) {
          stored += 1;
          const file = join(folder, `offer-${stored}`);
          await writeFile(file, JSON.stringify(offer));
          args.push(`offer=${file}`);
        }
        args.push(
          `image=${join(folder, "next")}`,
          `keys=${join(folder, "keys")}`,
          `valid=${valid}`,
        );
        const { code, stdout } = await run(join(folder, "chip"), [state, ...args]).then(
          (done) => ({ code: 0, stdout: done.stdout }),
          (error: { code: number; stdout: string }) => error,
        );
        const messages = stdout.trim().split("\n").filter(Boolean);
        return { code, messages: messages.map((text): Message => JSON.parse(text)) };
      };
      return { boot };
    };

    const offer = (changes: Readonly<Record<string, unknown>> = {}) =>
      offerOf(next, 2, [a], { url: "https://images.test/", ...changes });

    const statesOf = ({ messages }: Boot) => messages.flatMap(({ state }) => state ?? []);
    const imageOf = ({ messages }: Boot) => messages.find(({ hello }) => hello)?.image;

    it("compiles as it is in the documentation", async () => {
      const file = join(folder, "documented.c");
      await run(compiler ?? "cc", [...flags, "-fsyntax-only", ...include(), file]);
      expect(await readFile(file, "utf8")).toContain("godwit_update_step");
    });

    it("updates, boots the new image on trial and confirms it", async () => {
      const { boot } = await chipOf();
      const first = await boot(offer());
      expect(first.code).toBe(10);
      expect(statesOf(first)).toEqual(["accepted", "downloading", "verified", "restarting"]);
      const second = await boot();
      expect(imageOf(second)).toBe(sha256(next));
      expect(second.messages[0]).toMatchObject({ other: sha256(old), reset: "update", keys: 1 });
      expect(statesOf(second)).toEqual(["confirmed"]);
      expect(imageOf(await boot())).toBe(sha256(next));
    });

    it("boots a complete image and updates after a power cut at any change of the flash", async () => {
      let cuts = 0;
      for (let cut = 1; ; cut += 1) {
        const { boot } = await chipOf();
        const boots = [await boot(offer(), { cut })];
        for (let n = 0; n < 4; n += 1) boots.push(await boot(offer()));
        expect(boots.map(({ code }) => code)).not.toContain(12);
        expect([cut, imageOf(boots.at(-1)!)]).toEqual([cut, sha256(next)]);
        expect(boots.flatMap(statesOf)).toContain("confirmed");
        if (boots[0]?.code !== 11) break;
        cuts += 1;
      }
      expect(cuts).toBeGreaterThan(15);
    }, 60_000);

    it("confirms after a power cut at any change of the confirmation", async () => {
      for (let cut = 1; ; cut += 1) {
        const { boot } = await chipOf();
        await boot(offer());
        const trial = await boot(undefined, { cut });
        const boots = [trial];
        for (let n = 0; n < 4; n += 1) boots.push(await boot(offer()));
        expect(boots.map(({ code }) => code)).not.toContain(12);
        expect(imageOf(boots.at(-1)!)).toBe(sha256(next));
        if (trial.code !== 11) break;
      }
    }, 60_000);

    it.each([0, 1, 1_023, 4_095, 4_096, 4_097, 9_500])(
      "continues after the connection has ended after %i bytes",
      async (drop) => {
        const { boot } = await chipOf();
        const first = await boot(offer(), { drop });
        expect([first.code, statesOf(first).at(-1)]).toEqual([10, "restarting"]);
        expect(statesOf(first).filter((state) => state === "downloading")).toHaveLength(2);
      },
    );

    it.each([0, 5_000, 9_500])("starts over once if byte %i changed on the way", async (flip) => {
      const { boot } = await chipOf();
      const first = await boot(offer(), { flip });
      expect(statesOf(first)).toEqual([
        "accepted",
        "downloading",
        "downloading",
        "verified",
        "restarting",
      ]);
    });

    it("reverts an image that crashes, or whose check fails", async () => {
      const faults: Readonly<Record<string, number>>[] = [{ crash: 1 }, { healthy: 0 }];
      for (const fault of faults) {
        const { boot } = await chipOf();
        await boot(offer());
        expect((await boot(undefined, fault)).code).toBe(10);
        const after = await boot();
        expect(imageOf(after)).toBe(sha256(old));
        expect(after.messages.at(-1)).toMatchObject({ state: "failed", error: "reverted" });
      }
    });

    it("rolls back without a download, once", async () => {
      const { boot } = await chipOf();
      await boot(offer());
      await boot();
      const rollback = { command: "rollback", release: "r2" };
      const rolled = await boot(rollback);
      expect([rolled.code, statesOf(rolled).at(-1)]).toEqual([10, "restarting"]);
      const after = await boot();
      expect(imageOf(after)).toBe(sha256(old));
      expect(statesOf(after)).toEqual(["confirmed"]);
      const again = await boot(rollback);
      expect([again.code, imageOf(again)]).toEqual([0, sha256(old)]);
      expect(again.messages.at(-1)).toMatchObject({ state: "failed", error: "not_supported" });
    });

    const refusals: [string, () => object][] = [
      ["unsigned", () => ({ ...offer(), manifest: undefined })],
      ["wrong_signature", () => offerOf(next, 2, [b], { url: "https://images.test/" })],
      ["wrong_product", () => offer({ manifest: { product: 8 } })],
      ["wrong_platform", () => offer({ manifest: { platform: "lamp-3" } })],
      ["expired", () => offer({ manifest: { expires: "2020-01-01T00:00:00.000Z" } })],
      ["wrong_version", () => offer({ version: 3 })],
      ["wrong_version", () => offer({ manifest: { minimum_version: 2 } })],
      ["too_large", () => offer({ manifest: { size: 65_537 } })],
      ["wrong_signature", () => offer({ manifest: { sha256: "x" } })],
    ];

    it.each(refusals)("refuses an offer as %s", async (error, make) => {
      const { boot } = await chipOf();
      const answer = await boot(make());
      expect(answer.messages.at(-1)).toMatchObject({ release: "r2", state: "failed", error });
      expect(answer.code).toBe(0);
    });

    it("refuses an older sequence than it has installed", async () => {
      const { boot } = await chipOf();
      await boot(offer());
      await boot();
      const older = offerOf(old, 3, [a], {
        manifest: { sequence: 1 },
        url: "https://images.test/",
      });
      expect((await boot(older)).messages.at(-1)).toMatchObject({ error: "older" });
    });

    it("walks key documents, and refuses those that the keys before have not signed", async () => {
      const second = keyDocument([b], { number: 2, signers: [a, b] });
      const forged = keyDocument([b], { number: 2 });
      const { boot } = await chipOf([second, forged]);
      const byNew = (document: SignedDocument) =>
        offerOf(next, 2, [b], { url: "https://images.test/", keys: [document] });
      expect((await boot(byNew(forged))).messages.at(-1)).toMatchObject({
        error: "wrong_signature",
      });
      expect((await boot(byNew(second))).code).toBe(10);
      const after = await boot();
      expect(after.messages[0]).toMatchObject({ keys: 2, image: sha256(next) });
      // The manifest is signed by keys of a document that did not fit into the offer.
      const { boot: behind } = await chipOf([second]);
      const early = offerOf(next, 2, [a], { url: "https://images.test/", keys: [second] });
      const { messages } = await behind(early);
      expect(messages).toContainEqual({ hello_again: true });
      expect(messages.at(-1)).toEqual({ request: "url", release: "r2" });
    });
  },
);
