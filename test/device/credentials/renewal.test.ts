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

/** Accepts the old and the new certificate until the device presents the new one. */
const fakeCloud = () => {
  const clock = manualClock();
  let current = first.certificate;
  let next: { certificate: string; request: string } | undefined;
  const cloud = {
    clock,
    current: () => current,
    issued: 0,
    /** Number of answers to lose. */
    losesAnswers: 0,
    rejection: undefined as Partial<CertificateAnswer> | undefined,
    expiresAfterMs: undefined as number | undefined,
    accepts(certificate: string): boolean {
      if (certificate === next?.certificate) {
        current = certificate;
        next = undefined;
      }
      return certificate === current;
    },
    answer(csr: string): CertificateAnswer {
      const request = createHash("sha256").update(csr).digest("hex");
      if (cloud.rejection) return { request, ...cloud.rejection };
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

/** A store that crashes before or after the given write: later writes never resolve. */
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

/** Simulates a process of the device and its connections. */
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
  /** Connects until the cloud accepts the certificate, and again after each requested restart. */
  const connect = async () => {
    for (let round = 0; round < 10; round += 1) {
      const { certificate } = renewal.credentials();
      shown.push(certificate);
      wantsRestart = false;
      if (!cloud.accepts(certificate)) {
        renewal.connectionLost({ wasReady: false });
        continue;
      }
      renewal.connectionReady();
      await settle();
      if (!wantsRestart) return certificate;
      renewal.connectionLost({ wasReady: true });
    }
    throw new Error("the cloud does not accept the device");
  };
  const rotate = async () => {
    renewal.rotate();
    await settle();
    if (!wantsRestart) return;
    renewal.connectionLost({ wasReady: true });
    await connect();
  };
  /** Advances the clock while connected. */
  const pass = async (ms: number) => {
    cloud.clock.advance(ms);
    await settle();
    if (!wantsRestart) return;
    renewal.connectionLost({ wasReady: true });
    await connect();
  };
  return { renewal, connect, rotate, pass, settle, shown, errors };
};

describe("a device that gets the command rotate", () => {
  it("reconnects with a new certificate and stores only that", async () => {
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
    "connects after a restart if it crashed at write %i, %s it completed",
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
      // After a crash before the first write, the command is lost.
      await restarted.rotate();
      expect(cloud.current()).not.toBe(first.certificate);
      expect(JSON.parse(store.text!).current.certificate).toBe(cloud.current());
      expect(JSON.parse(store.text!).next).toBeUndefined();
    },
  );

  it("repeats the same request if the answer is lost, also after a restart", async () => {
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

  it("falls back to the old certificate while the new one is rejected, and tries it again later", async () => {
    const cloud = fakeCloud();
    const device = await startDevice(cloud, memoryStore());
    await device.connect();
    const accepts = cloud.accepts;
    cloud.accepts = (certificate) => certificate === first.certificate;
    await device.rotate();
    expect(device.shown.at(-2)).not.toBe(first.certificate);
    expect(device.shown.at(-1)).toBe(first.certificate);
    cloud.accepts = accepts;
    await device.pass(dayMs);
    expect(cloud.current()).not.toBe(first.certificate);
    expect(device.shown.at(-1)).toBe(cloud.current());
    expect(cloud.issued).toBe(1);
  });

  it("waits for `retry_after` if the cloud rejects the request", async () => {
    const cloud = fakeCloud();
    cloud.rejection = { error: "too many", retryAfterSeconds: 7_200 };
    const device = await startDevice(cloud, memoryStore());
    await device.connect();
    await device.rotate();
    expect(String(device.errors[0])).toContain("too many");
    cloud.rejection = undefined;
    await device.pass(7_199_000);
    expect(cloud.issued).toBe(0);
    await device.pass(1_000);
    expect(cloud.current()).not.toBe(first.certificate);
  });

  it("ignores a certificate for another key and an answer to another request", async () => {
    const cloud = fakeCloud();
    const answer = cloud.answer;
    cloud.answer = (csr) => ({ ...answer(csr), certificate: first.certificate });
    const device = await startDevice(cloud, memoryStore());
    await device.connect();
    await device.rotate();
    expect(String(device.errors[0])).toContain("does not match the key");
    device.renewal.handleAnswer({ request: "0".repeat(64), certificate: first.certificate });
    await device.settle();
    expect(device.shown).toEqual([first.certificate]);
  });

  it("reports an error without a store and keeps its certificate", async () => {
    const cloud = fakeCloud();
    const device = await startDevice(cloud, undefined);
    await device.connect();
    await device.rotate();
    expect(String(device.errors[0])).toContain("no store");
    expect(cloud.issued).toBe(0);
  });

  it("keeps its certificate if the store fails, and renews it at the next command", async () => {
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
  it("renews it after 60 to 80 % of its lifetime, and then each successor", async () => {
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

describe("the certificate store", () => {
  const folder = async () => {
    const made = await mkdtemp(join(tmpdir(), "godwit-certificates-"));
    onTestFinished(() => rm(made, { recursive: true }));
    return made;
  };

  it("is one file that only its owner can read, and survives an interrupted write", async () => {
    const path = join(await folder(), "new", "certificates");
    const store = fileCertificateStore(path);
    expect(await store.read()).toBeUndefined();
    await store.write("one");
    await writeFile(`${path}.new`, "incomplete");
    expect(await fileCertificateStore(path).read()).toBe("one");
    await store.write("two");
    expect(await store.read()).toBe("two");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, ".."))).toEqual(["certificates"]);
  });

  it("is ignored if the device is provisioned with another certificate or the store is corrupt", async () => {
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
    const corrupt = await startDevice(cloud, store);
    expect(corrupt.renewal.credentials().certificate).toBe(first.certificate);
    expect(String(corrupt.errors[0])).toContain("corrupt");
    expect(renewed).not.toBe(first.certificate);
  });
});
