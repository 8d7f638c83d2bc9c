import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { envelope } from "#shared/firmware/signing/envelope.ts";
import { currentKeys } from "#shared/firmware/signing/keyDocument.ts";
import { readManifest, verifyManifest } from "#shared/firmware/signing/manifest.ts";
import { splitSignedImage } from "#shared/firmware/signing/signedImage.ts";
import { run } from "../../firmware/run.ts";

const now = Date.parse("2026-12-01T00:00:00Z");
const product = 123_456_789;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-firmware-"));
  await writeFile(join(folder, "app.bin"), "an image");
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...names: string[]): string => join(folder, ...names);
const firmware = (...args: string[]): Promise<string> => run(args, now);
const readSigned = async (path: string) => envelope.parse(JSON.parse(await readFile(path, "utf8")));

/** Makes a key and a key document in a folder. Returns the path of the key. */
const newKeys = async (name: string, ...more: string[]): Promise<string> => {
  await firmware("keys", "new", "--product", String(product), "--out", at(name), ...more);
  return at(name, "key.pem");
};

describe("npm run firmware", () => {
  it("makes keys, signs an image and verifies it", async () => {
    const key = await newKeys("one");
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    const out = at("signed.bin");
    const sign = ["sign", at("app.bin"), "--product", `${product}`, "--version", "2"];
    const options = ["--platform", "esp32", "--minimum-version", "1", "--out", out];
    await firmware(...sign, "--key", key, ...options);
    const { image, signed } = splitSignedImage(await readFile(out));
    expect(image.toString()).toBe("an image");
    const keys = currentKeys(product, [await readSigned(at("one", "keys-1.json"))])!;
    const { size, sha256 } = readManifest(signed!);
    const expected = { product, version: 2, size, sha256 };
    expect(verifyManifest(signed!, expected, { keys, now })).toEqual({
      ...expected,
      sequence: now / 1_000,
      minimum_version: 1,
      platform: "esp32",
      expires: "2027-12-01T00:00:00.000Z",
    });
    const verified = await firmware("verify", out, "--document", at("one", "keys-1.json"));
    expect(verified).toContain("valid: 1 of 1 required signatures");
    await expect(firmware(...sign, "--key", key, ...options)).rejects.toThrow("exists already");
  });

  it("rotates keys, so that the next document follows", async () => {
    const key = await newKeys("two");
    const document = at("two", "keys-1.json");
    await firmware("keys", "rotate", "--document", document, "--key", key, "--out", at("three"));
    const documents = [await readSigned(document), await readSigned(at("three", "keys-2.json"))];
    const current = currentKeys(product, documents);
    expect(current).toMatchObject({ number: 2, threshold: 1 });
    expect(current?.keys).toHaveLength(1);
    const shared = JSON.parse(await readFile(at("three", "key.pub.json"), "utf8"));
    expect(current?.keys).toEqual([shared]);
    const other = await newKeys("four");
    const wrong = ["keys", "rotate", "--document", document, "--key", other, "--out", at("five")];
    await expect(firmware(...wrong)).rejects.toThrow("is not in the document 1");
  });

  it("collects the signatures of several people", async () => {
    await firmware("keys", "add", "--out", at("ann"));
    const ann = at("ann", "key.pem");
    const shared = ann.replace(".pem", ".pub.json");
    const said = await firmware(
      ...["keys", "new", "--product", `${product}`, "--out", at("bob")],
      ...["--public", shared, "--threshold", "2"],
    );
    expect(said).toContain("signatures that are missing: 1");
    const document = at("bob", "keys-1.json");
    await firmware("keys", "sign", document, "--key", ann);
    expect(currentKeys(product, [await readSigned(document)])).toMatchObject({ threshold: 2 });
    const out = at("both.bin");
    const image = ["sign", at("app.bin"), "--product", `${product}`, "--version", "2"];
    await firmware(...image, "--key", at("bob", "key.pem"), "--out", out);
    await expect(firmware("verify", out, "--document", document)).rejects.toThrow(
      "1 valid signatures of the 2",
    );
    await firmware("sign", out, "--add", "--key", ann);
    expect(await firmware("verify", out, "--document", document)).toContain("valid: 2 of 2");
  });

  it("signs the former version again with a larger sequence", async () => {
    const key = await newKeys("six");
    const out = at("former.bin");
    const image = ["sign", at("app.bin"), "--product", `${product}`, "--version", "2"];
    await firmware(...image, "--key", key, "--sequence", "7", "--out", out);
    const again = ["sign", out, "--again", "--key", key];
    await expect(firmware(...again, "--sequence", "7")).rejects.toThrow("larger than");
    await firmware(...again, "--sequence", "8");
    const made = await readSigned(`${out}.manifest.json`);
    expect(readManifest(made)).toMatchObject({ version: 2, sequence: 8 });
    await expect(firmware(...again, "--version", "3")).rejects.toThrow(
      "--version cannot be combined with --again",
    );
  });

  it("makes no key if the folder has one, or a document of the same number", async () => {
    const key = await newKeys("nine");
    await expect(newKeys("nine")).rejects.toThrow("exists already, and nothing is overwritten");
    await rm(key);
    await rm(at("nine", "key.pub.json"));
    await expect(newKeys("nine")).rejects.toThrow("keys-1.json exists already");
    expect(await readdir(at("nine"))).toEqual(["keys-1.json"]);
  });

  it("refuses a key that others may read", async () => {
    const key = await newKeys("seven");
    await chmod(key, 0o644);
    const image = ["sign", at("app.bin"), "--product", `${product}`, "--version", "2"];
    await expect(firmware(...image, "--key", key)).rejects.toThrow(`chmod 600 ${key}`);
  });

  it("notices an image that was changed after it was signed", async () => {
    const key = await newKeys("eight");
    const out = at("changed.bin");
    const image = ["sign", at("app.bin"), "--product", `${product}`, "--version", "2"];
    await firmware(...image, "--key", key, "--out", out);
    const bytes = await readFile(out);
    bytes[0] = 0;
    await writeFile(out, bytes);
    await expect(firmware("verify", out)).rejects.toThrow("changed after it was signed");
    await expect(firmware("verify", at("app.bin"))).rejects.toThrow("is not signed");
  });

  it.each([
    ["a command", ["sing"], "Did you mean 'sign'?"],
    ["a command of keys", ["keys", "rotat"], "Did you mean 'keys rotate'?"],
    ["an option", ["sign", "x", "--versio", "1"], "Did you mean '--version'?"],
    ["an option of another command", ["verify", "x", "--key", "k"], "verify has no option --key"],
    ["no file", ["sign"], "sign takes one file"],
    ["a product", ["keys", "new", "--product", "x", "--out", "y"], "--product must be"],
    ["a threshold", ["keys", "new", "--product", "1", "--out", "y", "--threshold", "2"], "1 keys"],
    ["a missing option", ["keys", "new", "--product", "1"], "--out is missing"],
    [
      "an expiry",
      ["keys", "new", "--product", "1", "--out", "y", "--expires", "2026-01-01"],
      "in the past",
    ],
    ["a missing file", ["verify", "/nowhere/x"], "cannot be read"],
  ])("names what is wrong: %s", async (_, args, message) => {
    await expect(firmware(...args)).rejects.toThrow(message);
  });

  it("prints its help", async () => {
    expect(await firmware("--help")).toContain("npm run firmware -- COMMAND");
    expect(await firmware()).toBe(await firmware("sign", "--help"));
  });
});
