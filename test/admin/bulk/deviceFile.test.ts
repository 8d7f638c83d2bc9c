import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkSigningRequest } from "#shared/device/registry/checkSigningRequest.ts";
import { readDeviceFile } from "../../../admin/bulk/deviceFile.ts";
import { createKeyAndRequest } from "../../../device/credentials/signingRequest.ts";
import { newKeys, newRsaKeys, signingRequest } from "../../local/iot/support/signingRequest.ts";

const fileOf = async (text: string | Buffer, beside: Record<string, string> = {}) => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-bulk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(beside))
    await writeFile(join(folder, name), content);
  const file = join(folder, "devices.csv");
  await writeFile(file, text);
  return file;
};

const read = async (...args: Parameters<typeof fileOf>) => readDeviceFile(await fileOf(...args));

describe("a file of devices", () => {
  it("has names, with a byte order mark, CRLF, quotes, spaces and columns in any order", async () => {
    const csr = signingRequest(newKeys());
    const { devices, bad } = await read(
      `\ufeffCSR, Name\r\n,"lamp-1"\r\n\r\n"${csr}", Lamp_2 \r\n`,
    );
    expect(bad).toEqual([]);
    expect(devices).toEqual([
      { line: 2, key: "lamp-1", name: "lamp-1" },
      { line: 4, key: "lamp_2", name: "Lamp_2", csr: csr.trim() },
    ]);
  });

  it("has signing requests without names, in the file or in files beside it", async () => {
    const one = signingRequest(newKeys());
    const other = signingRequest(newRsaKeys());
    const { devices, bad } = await read(`csr\n"${one}"\nother.csr\n`, { "other.csr": other });
    expect(bad).toEqual([]);
    expect(devices.map(({ csr }) => csr?.trim())).toEqual([one.trim(), other.trim()]);
    expect(new Set(devices.map(({ key }) => key)).size).toBe(2);
    for (const { key } of devices) expect(key).toMatch(/^_[0-9a-f]{64}$/);
  });

  it("reports every invalid line by its number", async () => {
    const csr = signingRequest(newKeys());
    const foreign = signingRequest(newKeys(), { key: newKeys().privateKey });
    const text = [
      "name,csr",
      "good,",
      "two words,",
      ",",
      "one,two,three",
      "GOOD,",
      `a,"${csr}"`,
      `b,"${csr.replaceAll("\n", "\r\n")}"`,
      `c,"${foreign}"`,
      "d,missing.pem",
      "e,-----BEGIN",
      `${"0".repeat(24)},`,
      `${"x".repeat(65)},`,
      'f"g,',
      "../etc,",
    ].join("\n");
    const { devices, bad } = await read(text);
    expect(devices.map(({ name }) => name)).toEqual(["good", "GOOD", "a", "b"]);
    const lineOf = (start: string): number =>
      text.split("\n").findIndex((line) => line.startsWith(start)) + 1;
    expect(bad.map(({ line, error }) => `${line} ${error}`)).toEqual([
      expect.stringMatching(/^3 name 'two words' must be letters/),
      "4 has no name and no csr",
      "5 has 3 fields; the header has 2",
      "6 name 'GOOD' is already in line 2 (case does not matter)",
      `${lineOf("b,")} csr is the same as in line 7`,
      expect.stringContaining("csr is not signed by its own key"),
      expect.stringMatching(/'missing.pem' does not exist$/),
      expect.stringMatching(/csr is not one PKCS#10 request in PEM$/),
      expect.stringMatching(/must not look like an id$/),
      expect.stringMatching(/is too long$/),
      expect.stringMatching(/quote is inside/),
      expect.stringMatching(/name '..\/etc' must be letters/),
    ]);
  });

  it.each([
    ["", /is empty/],
    ["name;csr\nx;\n", /use commas/],
    ["nmae\nx\n", /'nmae' is not one of them. Did you mean 'name'/],
    ["name,owner\nx,y\n", /'owner' is not one of them/],
    ["name,Name\nx,y\n", /column name twice/],
    ["lamp-1\nlamp-2\n", /begins with a header/],
    [Buffer.from([0xff, 0xfe, 0x6e, 0]), /not UTF-8/],
    [Buffer.from([0x6e, 0xe9]), /not UTF-8/],
  ])("is refused as a whole: %j", async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(message),
    });
  });
});

describe("a signing request", () => {
  it("that the tool created is valid", async () => {
    const { csr, privateKey } = await createKeyAndRequest();
    expect(checkSigningRequest(csr)).toBeUndefined();
    expect(privateKey).toContain("BEGIN PRIVATE KEY");
  });

  it.each([
    ["P-256", signingRequest(newKeys())],
    ["P-384", signingRequest(newKeys("P-384"))],
    ["RSA", signingRequest(newRsaKeys())],
  ])("with a key of %s is valid", (_, csr) => {
    expect(checkSigningRequest(csr)).toBeUndefined();
    expect(checkSigningRequest(csr.replaceAll("\n", "\r\n"))).toBeUndefined();
    expect(checkSigningRequest(csr.replaceAll("CERTIFICATE", "NEW CERTIFICATE"))).toBeUndefined();
  });

  it("that is long and malformed is refused in linear time", () => {
    const begin = "-----BEGIN CERTIFICATE REQUEST-----";
    for (const filling of [" ", "\n", "A", "A ", begin]) {
      const text = `${begin}${filling.repeat(200_000)}`;
      expect(checkSigningRequest(text)).toContain("PEM");
      expect(checkSigningRequest(`${text}x`)).toContain("PEM");
    }
  });

  it("is refused without an exception if any byte is changed or missing", () => {
    const csr = signingRequest(newKeys());
    const der = Buffer.from(csr.replace(/-----[^-]+-----/g, ""), "base64");
    const inPem = (bytes: Buffer) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(checkSigningRequest(inPem(der))).toBeUndefined();
    for (let at = 0; at < der.length; at += 1) {
      const changed = Buffer.from(der);
      changed[at] = (der[at] ?? 0) ^ 0x41;
      expect(checkSigningRequest(inPem(changed))).toBeTypeOf("string");
      expect(checkSigningRequest(inPem(der.subarray(0, at)))).toBeTypeOf("string");
    }
  });

  it.each([
    ["a weak key", signingRequest(newRsaKeys(1_024))],
    ["a curve that IoT Core does not take", signingRequest(newKeys("secp256k1"))],
    ["SHA-1", signingRequest(newKeys(), { algorithm: "sha1" })],
    ["two requests", signingRequest(newKeys()) + signingRequest(newKeys())],
  ])("with %s is refused", (_, csr) => {
    expect(checkSigningRequest(csr)).toBeTypeOf("string");
  });
});
