import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCsv } from "../../../admin/bulk/csv.ts";
import type { Options } from "../../../admin/command.ts";
import { provisionFile } from "../../../admin/commands/provisionFile.ts";
import { InvocationError } from "../../../admin/invocationError.ts";
import { readIdentity } from "../../../device/credentials/readIdentity.ts";
import { publicKeyOf } from "../../../local/iot/certificate/signingRequest.ts";
import { newKeys, signingRequest } from "../../local/iot/support/signingRequest.ts";

interface Asked {
  readonly key: string;
  readonly name?: string;
  readonly csr: string;
}

type Refusal = { code: string; message: string; retry: boolean };

/** A cloud that makes one device for each key, and a folder to work in. */
const world = async (csv: string) => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-bulk-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "devices.csv");
  const out = join(folder, "out");
  await writeFile(file, csv);
  const made = new Map<string, Asked & { id: string }>();
  const cloud = {
    made,
    fleet: "p1",
    room: undefined as number | undefined,
    batches: 0,
    /** Replaces the response after the devices were created. */
    loses: (): Error | undefined => undefined,
    refuses: (_: Asked): Refusal | undefined => undefined,
  };
  const answerFor = (asked: Asked) => {
    const failure = cloud.refuses(asked);
    if (failure) return { key: asked.key, failure };
    const known = made.get(asked.key);
    if (known && known.csr !== asked.csr) {
      const message = "used for another request";
      return { key: asked.key, failure: { code: "invalid_request", message, retry: false } };
    }
    const device = known ?? { ...asked, id: made.size.toString(16).padStart(24, "0") };
    made.set(asked.key, device);
    const { id, name } = device;
    const endpoints = [{ region: "us-east-1", mqtt: "mqtts://localhost:8883" }];
    const certificate = `CERT of ${id}`;
    return {
      key: asked.key,
      device: { id, name, fleet: "p1", certificate, endpoints, isRepeat: known !== undefined },
    };
  };
  const said: string[] = [];
  const waited: number[] = [];
  const go = async (options: Options = { product: "7", out }, isLocal = true) =>
    provisionFile.run(file, options, {
      isLocal,
      say: (line) => void said.push(line),
      wait: async (ms) => void waited.push(ms),
      askPassword: async () => "",
      invoke: async (request) => {
        if ("describeFleet" in request)
          return { fleet: cloud.fleet, owner: "ada", room: cloud.room };
        cloud.batches += 1;
        const { devices } = (request as { addDevices: { devices: Asked[] } }).addDevices;
        const results = devices.map(answerFor);
        const lost = cloud.loses();
        if (lost) throw lost;
        return { results, ca: "CA" };
      },
    });
  const identities = async () => (await readdir(join(out, "devices"))).sort();
  const listed = async () =>
    readCsv(await readFile(join(out, "devices.csv"), "utf8")).records.map(({ fields }) => fields);
  return { cloud, file, folder, out, said, waited, go, identities, listed };
};

const names = (count: number): string =>
  `name\n${Array.from({ length: count }, (_, i) => `unit-${i}\n`).join("")}`;

describe("provisioning a file of devices", () => {
  it("writes an identity for each device, readable by the owner only, with the key of the signed request", async () => {
    const { go, cloud, out, identities, listed } = await world(names(60));
    expect(await go()).toMatchObject({ lines: 60, made: 60, earlier: 0, fleet: "p1" });
    expect(await identities()).toHaveLength(60);
    expect(await listed()).toHaveLength(61);
    for (const { id, name, csr } of cloud.made.values()) {
      const file = join(out, "devices", `${name}.json`);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const identity = await readIdentity(file);
      expect(identity).toMatchObject({ id, fleet: "p1", ca: "CA", certificate: `CERT of ${id}` });
      expect(identity.endpoints).toEqual(["mqtts://localhost:8883"]);
      const own = createPublicKey(createPrivateKey(identity.privateKey));
      expect(own.equals(publicKeyOf(csr))).toBe(true);
      expect(await listed()).toContainEqual([name, id, `devices/${name}.json`]);
    }
    expect(await readdir(join(out, "pending"))).toEqual([]);
    expect(await readdir(out)).not.toContain("lock");
  });

  it("creates no device when it is repeated, and only the new devices when lines were added or moved", async () => {
    const { go, cloud, file, identities } = await world(names(30));
    await go();
    const { batches } = cloud;
    expect(await go()).toMatchObject({ made: 0, earlier: 30 });
    expect(cloud.batches).toBe(batches);
    await writeFile(file, `name\nnew\n${names(30).replace("name\n", "").toUpperCase()}`);
    expect(await go()).toMatchObject({ made: 1, earlier: 30 });
    expect(cloud.made.size).toBe(31);
    expect(await identities()).toHaveLength(31);
  });

  it("keeps the keys of devices whose responses were lost, and creates no second device", async () => {
    const { go, cloud, out, identities } = await world(names(60));
    cloud.loses = () => new Error("socket hang up");
    await expect(go()).rejects.toThrow("socket hang up");
    const before = [...cloud.made.values()];
    expect(before.length).toBeGreaterThan(0);
    expect(await identities()).toEqual([]);
    for (const file of await readdir(join(out, "pending"))) {
      expect((await stat(join(out, "pending", file))).mode & 0o777).toBe(0o600);
    }
    cloud.loses = () => undefined;
    expect(await go()).toMatchObject({ made: 60, earlier: 0 });
    expect(cloud.made.size).toBe(60);
    for (const { id, name, csr } of before) {
      const identity = await readIdentity(join(out, "devices", `${name}.json`));
      expect(identity.id).toBe(id);
      const own = createPublicKey(createPrivateKey(identity.privateKey));
      expect(own.equals(publicKeyOf(csr))).toBe(true);
    }
  });

  it("repairs a list that a crash truncated, and removes its incomplete files", async () => {
    const { go, out, listed, identities } = await world(names(10));
    await go();
    const list = join(out, "devices.csv");
    const text = await readFile(list, "utf8");
    await writeFile(list, text.slice(0, text.indexOf("unit-4") + 3));
    await writeFile(join(out, "devices", "unit-3.json.x.tmp"), "half");
    await writeFile(join(out, "lock"), "999999999");
    expect(await go()).toMatchObject({ made: 0, earlier: 10 });
    expect(new Set((await listed()).map(([name]) => name)).size).toBe(11);
    expect(await listed()).toHaveLength(11);
    expect(await identities()).toHaveLength(10);
  });

  it("retries throttled requests with backoff, and requests without a response", async () => {
    const { go, cloud, waited } = await world(names(30));
    const tries = new Map<string, number>();
    cloud.refuses = ({ key }) => {
      const count = (tries.get(key) ?? 0) + 1;
      tries.set(key, count);
      if (count > 3) return undefined;
      return { code: "too_many_requests", message: "slow down", retry: true };
    };
    let losses = 2;
    cloud.loses = () => (losses-- > 0 ? new Error("reset") : undefined);
    expect(await go()).toMatchObject({ made: 30 });
    expect(cloud.made.size).toBe(30);
    expect(Math.max(...waited)).toBeGreaterThanOrEqual(2_000);
  });

  it("creates the other devices when some are refused, names these, and succeeds when they are corrected", async () => {
    const { go, cloud, out, said, file } = await world(names(40));
    cloud.refuses = ({ name }) =>
      name === "unit-7"
        ? { code: "already_exists", message: "there is a device unit-7 already", retry: false }
        : undefined;
    await expect(go()).rejects.toThrow(/^1 of 40 devices were not created/);
    expect(said).toContain("line 9: there is a device unit-7 already");
    const failures = readCsv(await readFile(join(out, "failures.csv"), "utf8")).records;
    expect(failures[1]?.fields.slice(0, 3)).toEqual(["9", "unit-7", "already_exists"]);
    expect(cloud.made.size).toBe(39);
    await writeFile(file, names(40).replace("unit-7\n", "unit-7b\n"));
    expect(await go()).toMatchObject({ made: 1, earlier: 39 });
    expect(await readdir(out)).not.toContain("failures.csv");
  });

  it("signs requests of the file and writes no key for them", async () => {
    const csr = signingRequest(newKeys());
    const nameless = signingRequest(newKeys());
    const { go, out, identities, file } = await world(`name,csr\nlamp,"${csr}"\n,"${nameless}"\n`);
    expect(await go()).toMatchObject({ made: 2 });
    expect(await identities()).toEqual([
      expect.stringMatching(/^_[0-9a-f]{64}.json$/),
      "lamp.json",
    ]);
    const text = await readFile(join(out, "devices", "lamp.json"), "utf8");
    expect(text).not.toContain("rivateKey");
    await writeFile(file, `name,csr\nlamp,"${signingRequest(newKeys())}"\n`);
    await expect(go()).rejects.toThrow(/Line 2 has another csr/);
  });

  it("sends no request when a line is invalid, and reports all faults", async () => {
    const { go, cloud, said, out } = await world("name\ngood\nbad name\n\nGOOD\n");
    await expect(go()).rejects.toMatchObject({ name: "UsageError" });
    expect(said).toEqual([expect.stringMatching(/^line 3: /), expect.stringMatching(/^line 5: /)]);
    expect(cloud.batches).toBe(0);
    await expect(stat(out)).rejects.toThrow();
  });

  it("does not overwrite its own input in the folder", async () => {
    const { go, cloud, folder, file } = await world(names(2));
    await expect(go({ product: "7", out: folder })).rejects.toThrow(/would be overwritten/);
    expect(cloud.batches).toBe(0);
    expect(await readFile(file, "utf8")).toBe(names(2));
  });

  it("creates nothing with --check", async () => {
    const { go, cloud, out } = await world(names(3));
    expect(await go({ product: "7", check: true })).toMatchObject({ lines: 3, fleet: "p1" });
    expect(cloud.batches).toBe(0);
    await expect(stat(out)).rejects.toThrow();
  });

  it("does not mix two fleets in a folder, and lets one process use it", async () => {
    const { go, cloud, out } = await world(names(3));
    await go();
    cloud.fleet = "p2";
    await expect(go()).rejects.toThrow(/another product, user or cloud/);
    cloud.fleet = "p1";
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "lock"), String(process.ppid));
    await expect(go()).rejects.toThrow(new RegExp(`Process ${process.ppid} uses the folder`));
  });

  it("ends at once when the function refuses the request", async () => {
    const { go, cloud, waited } = await world(names(100));
    cloud.loses = () => new InvocationError("a bug");
    await expect(go()).rejects.toThrow("a bug");
    expect(waited.length).toBeLessThanOrEqual(6);
  });

  it("respects IoT Core's quotas in AWS, and has no rate limit on one machine", async () => {
    const local = await world(names(50));
    await local.go();
    expect(local.waited.filter((ms) => ms > 0)).toEqual([]);
    const aws = await world(names(50));
    await aws.go(undefined, false);
    expect(Math.max(...aws.waited)).toBeGreaterThan(4_000);
  });

  it.each([
    [{ out: "x" }, /--user/],
    [{ out: "x", user: "ada", product: "7" }, /--user/],
    [{ user: "ada" }, /--out/],
    [{ user: "ada", out: "x", rate: "0" }, /--rate/],
  ])("refuses the options %j", async (options, message) => {
    const { go, cloud } = await world(names(1));
    await expect(go(options)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(message),
    });
    expect(cloud.batches).toBe(0);
  });
});
