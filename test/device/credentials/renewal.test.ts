import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CertificateStore } from "../../../device/credentials/certificateStore.ts";
import { fileCertificateStore } from "../../../device/credentials/fileCertificateStore.ts";
import { createRenewal } from "../../../device/credentials/renewal.ts";
import type { CertificateAnswer } from "../../../device/messages/control.ts";
import { publicKeyOf } from "../../../local/iot/certificate/signingRequest.ts";
import { issue } from "../../../local/iot/certificate/x509.ts";
import { manualClock } from "../support/manualClock.ts";

const id = "0123456789abcdef01234567";
const dayMs = 86_400_000;
const keys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const issuer = { name: "test", ...keys() };
const firstKeys = keys();
const first = {
  certificate: issue({ subject: id, publicKey: firstKeys.publicKey, use: "client" }, issuer),
  privateKey: firstKeys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};

/** What the cloud does with certificates: both let the device in, until it comes with the new one. */
const fakeCloud = () => {
  const clock = manualClock();
  let current = first.certificate;
  let next: { certificate: string; request: string } | undefined;
  const cloud = {
    clock,
    current: () => current,
    issued: 0,
    /** How many answers are lost on the way. */
    losesAnswers: 0,
    refusal: undefined as Partial<CertificateAnswer> | undefined,
    expiresAfterMs: undefined as number | undefined,
    letsIn(certificate: string): boolean {
      if (certificate === next?.certificate) {
        current = certificate;
        next = undefined;
      }
      return certificate === current;
    },
    answer(csr: string): CertificateAnswer {
      const request = createHash("sha256").update(csr).digest("hex");
      if (cloud.refusal) return { request, ...cloud.refusal };
      if (next?.request !== request) {
        const publicKey = publicKeyOf(csr);
        const certificate = issue({ subject: id, publicKey, use: "client" }, issuer);
        next = { certificate, request };
        cloud.issued += 1;
      }
      const issuedAt = clock.now();
      const expiresAt = cloud.expiresAfterMs && issuedAt + cloud.expiresAfterMs;
      const { certificate } = next;
      return { request, certificate, issuedAt, ...(expiresAt && { expiresAt }) };
    },
  };
  return cloud;
};

const memoryStore = () => {
  const store = {
    text: undefined as string | undefined,
    writes: 0,
    read: async () => store.text,
    async write(text: string) {
      store.writes += 1;
      store.text = text;
    },
  };
  return store;
};

/** Dies at a write, before or after it is done: nothing that comes later happens. */
const dying = (store: ReturnType<typeof memoryStore>, at: number, isDone: boolean) => {
  const died = { yet: false };
  const dies: CertificateStore = {
    read: store.read,
    async write(text) {
      const isLast = store.writes + 1 >= at;
      if (!isLast || isDone) await store.write(text);
      if (!isLast) return;
      died.yet = true;
      await new Promise(() => {});
    },
  };
  return { dies, died };
};

/** A process of a device, and the connections that it makes. */
const startDevice = async (
  cloud: ReturnType<typeof fakeCloud>,
  store: CertificateStore | undefined,
  expiry: { certificateIssuedAt?: number; certificateExpiresAt?: number } = {},
) => {
  const errors: unknown[] = [];
  const answers: CertificateAnswer[] = [];
  let wantsRestart = false;
  const renewal = createRenewal({
    identity: { id, fleet: "f1", endpoints: [], ...first, ...expiry },
    store,
    clock: cloud.clock,
    random: () => 0.5,
    async send(csr) {
      const answer = cloud.answer(csr);
      if (cloud.losesAnswers > 0) cloud.losesAnswers -= 1;
      else answers.push(answer);
    },
    async restart() {
      wantsRestart = true;
    },
    report: (error) => errors.push(error),
  });
  await renewal.open();
  const settle = async () => {
    for (let n = 0; n < 20; n += 1) await turn();
    for (const answer of answers.splice(0)) renewal.handleAnswer(answer);
    for (let n = 0; n < 20; n += 1) await turn();
  };
  const shown: string[] = [];
  /** Connects until it is let in, and again while it wants another connection. */
  const connect = async () => {
    for (let round = 0; round < 10; round += 1) {
      const { certificate } = renewal.credentials();
      shown.push(certificate);
      wantsRestart = false;
      if (!cloud.letsIn(certificate)) {
        renewal.lost({ wasReady: false });
        continue;
      }
      renewal.connectionReady();
      await settle();
      if (!wantsRestart) return certificate;
      renewal.lost({ wasReady: true });
    }
    throw new Error("the device is not let in");
  };
  const rotate = async () => {
    renewal.rotate();
    await settle();
    if (!wantsRestart) return;
    renewal.lost({ wasReady: true });
    await connect();
  };
  /** Time passes while it is connected. */
  const pass = async (ms: number) => {
    cloud.clock.advance(ms);
    await settle();
    if (!wantsRestart) return;
    renewal.lost({ wasReady: true });
    await connect();
  };
  return { renewal, connect, rotate, pass, settle, shown, errors };
};

describe("a device that is told to renew its certificate", () => {
  it("comes back with a new one, and keeps only that", async () => {
    const cloud = fakeCloud();
    const store = memoryStore();
    const device = await startDevice(cloud, store);
    await device.connect();
    await device.rotate();
    expect(cloud.current()).not.toBe(first.certificate);
    expect(device.shown).toEqual([first.certificate, cloud.current()]);
    expect(device.errors).toEqual([]);
    const { current, next } = JSON.parse(store.text!);
    expect(current.certificate).toBe(cloud.current());
    expect(next).toBeUndefined();
  });

  it.each(
    [1, 2, 3].flatMap((at) => [[at, "before", false] as const, [at, "after", true] as const]),
  )(
    "is let in at its next start when it dies at write %i, %s it is done",
    async (at, _, isDone) => {
      const cloud = fakeCloud();
      const store = memoryStore();
      const { dies, died } = dying(store, at, isDone);
      const device = await startDevice(cloud, dies);
      await device.connect();
      await device.rotate();
      expect(died.yet).toBe(true);

      const restarted = await startDevice(cloud, store);
      expect(await restarted.connect()).toBe(cloud.current());
      expect(restarted.errors).toEqual([]);
      // One that died before the new key was kept has forgotten that it was told.
      await restarted.rotate();
      expect(cloud.current()).not.toBe(first.certificate);
      expect(JSON.parse(store.text!).current.certificate).toBe(cloud.current());
      expect(JSON.parse(store.text!).next).toBeUndefined();
    },
  );

  it("asks again with the same request when the answer is lost, also after a restart", async () => {
    const cloud = fakeCloud();
    const store = memoryStore();
    cloud.losesAnswers = 2;
    const device = await startDevice(cloud, store);
    await device.connect();
    await device.rotate();
    await device.pass(60_000);
    expect(cloud.current()).toBe(first.certificate);
    const restarted = await startDevice(cloud, store);
    expect(await restarted.connect()).toBe(cloud.current());
    expect(cloud.issued).toBe(1);
    expect(cloud.current()).not.toBe(first.certificate);
  });

  it("falls back to the old certificate while the new one is refused, and tries again later", async () => {
    const cloud = fakeCloud();
    const device = await startDevice(cloud, memoryStore());
    await device.connect();
    const letsIn = cloud.letsIn;
    cloud.letsIn = (certificate) => certificate === first.certificate;
    await device.rotate();
    expect(device.shown.at(-2)).not.toBe(first.certificate);
    expect(device.shown.at(-1)).toBe(first.certificate);
    cloud.letsIn = letsIn;
    await device.pass(dayMs);
    expect(cloud.current()).not.toBe(first.certificate);
    expect(device.shown.at(-1)).toBe(cloud.current());
    expect(cloud.issued).toBe(1);
  });

  it("waits for as long as the cloud says when it is refused", async () => {
    const cloud = fakeCloud();
    cloud.refusal = { error: "too many", retryAfterSeconds: 7_200 };
    const device = await startDevice(cloud, memoryStore());
    await device.connect();
    await device.rotate();
    expect(String(device.errors[0])).toContain("too many");
    cloud.refusal = undefined;
    await device.pass(7_199_000);
    expect(cloud.issued).toBe(0);
    await device.pass(1_000);
    expect(cloud.current()).not.toBe(first.certificate);
  });

  it("does not take a certificate of another key, nor an answer to another request", async () => {
    const cloud = fakeCloud();
    const answer = cloud.answer;
    cloud.answer = (csr) => ({ ...answer(csr), certificate: first.certificate });
    const device = await startDevice(cloud, memoryStore());
    await device.connect();
    await device.rotate();
    expect(String(device.errors[0])).toContain("does not belong to the key");
    device.renewal.handleAnswer({ request: "0".repeat(64), certificate: first.certificate });
    await device.settle();
    expect(device.shown).toEqual([first.certificate]);
  });

  it("says so when it has no store, and keeps its certificate", async () => {
    const cloud = fakeCloud();
    const device = await startDevice(cloud, undefined);
    await device.connect();
    await device.rotate();
    expect(String(device.errors[0])).toContain("no store");
    expect(cloud.issued).toBe(0);
  });

  it("keeps its certificate when nothing can be written, and renews it when told again", async () => {
    const cloud = fakeCloud();
    const store = memoryStore();
    const write = store.write;
    store.write = async () => Promise.reject(new Error("the disk is full"));
    const device = await startDevice(cloud, store);
    await device.connect();
    await device.rotate();
    expect(cloud.issued).toBe(0);
    store.write = write;
    await device.rotate();
    expect(cloud.current()).not.toBe(first.certificate);
  });
});

describe("a device whose certificate expires", () => {
  it("renews it after seven tenths of its lifetime, give or take one, and then the next one", async () => {
    const cloud = fakeCloud();
    cloud.expiresAfterMs = 100 * dayMs;
    const now = cloud.clock.now();
    const expiry = { certificateIssuedAt: now, certificateExpiresAt: now + 100 * dayMs };
    const device = await startDevice(cloud, memoryStore(), expiry);
    await device.connect();
    await device.pass(70 * dayMs - 1);
    expect(cloud.issued).toBe(0);
    await device.pass(3_600_000);
    expect(cloud.issued).toBe(1);
    await device.pass(69 * dayMs);
    expect(cloud.issued).toBe(1);
    await device.pass(2 * dayMs);
    expect(cloud.issued).toBe(2);
    expect(device.errors).toEqual([]);
  });
});

describe("the store of certificates", () => {
  const folder = async () => {
    const made = await mkdtemp(join(tmpdir(), "godwit-certificates-"));
    onTestFinished(() => rm(made, { recursive: true }));
    return made;
  };

  it("is one file for its owner alone, which outlives what was torn beside it", async () => {
    const path = join(await folder(), "new", "certificates");
    const store = fileCertificateStore(path);
    expect(await store.read()).toBeUndefined();
    await store.write("one");
    await writeFile(`${path}.new`, "tor");
    expect(await fileCertificateStore(path).read()).toBe("one");
    await store.write("two");
    expect(await store.read()).toBe("two");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, ".."))).toEqual(["certificates"]);
  });

  it("is passed over when the device is given another certificate, and when it is damaged", async () => {
    const cloud = fakeCloud();
    const store = memoryStore();
    const device = await startDevice(cloud, store);
    await device.connect();
    await device.rotate();
    const renewed = cloud.current();
    const follows = JSON.parse(store.text!);
    store.text = JSON.stringify({ ...follows, follows: "0".repeat(64) });
    const given = await startDevice(cloud, store);
    expect(given.renewal.credentials().certificate).toBe(first.certificate);
    store.text = "{";
    const damaged = await startDevice(cloud, store);
    expect(damaged.renewal.credentials().certificate).toBe(first.certificate);
    expect(String(damaged.errors[0])).toContain("damaged");
    expect(renewed).not.toBe(first.certificate);
  });
});
