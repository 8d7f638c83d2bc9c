import { describe, expect, it } from "vitest";
import type { CanaryAdmin } from "#shared/canary/canaryAdmin.ts";
import { ensureIdentity, ensureIntegration } from "#shared/canary/ensureIdentity.ts";
import type { CanaryApi } from "#shared/canary/ports.ts";
import type { ProvisionedCanary } from "#shared/canary/provisionCanary.ts";
import { identitySample } from "../../contracts/canary/identities.ts";
import { memoryCanaryIdentities } from "../../memory/canary/identities.ts";

const onError = () => {};
const newKey = async () => ({ privateKey: "new key", csr: "request" });

/** An admin function that counts its canaries. */
const countingAdmin = (more: Partial<ProvisionedCanary> = {}) => {
  const requests: string[] = [];
  const admin: CanaryAdmin = {
    async provision(csr) {
      requests.push(csr);
      const n = requests.length;
      const device = { id: `d${n}`, fleet: "f1", certificate: `certificate ${n}` };
      return { token: `token ${n}`, device, endpoint: "mqtts://broker:8883", ...more };
    },
  };
  return { requests, admin };
};

describe("the identity of a canary", () => {
  it("is created by the first run, and kept by the next ones", async () => {
    const identities = memoryCanaryIdentities();
    const { requests, admin } = countingAdmin();
    const deps = { identities, admin, newKey, now: () => 0, onError };
    const first = await ensureIdentity(deps);
    expect(first).toMatchObject({ token: "token 1", device: { id: "d1", privateKey: "new key" } });
    expect(await ensureIdentity(deps)).toEqual(first);
    expect(requests).toEqual(["request"]);
  });

  it("is created again if a run ended before it was stored", async () => {
    const stored = memoryCanaryIdentities();
    let isFull = true;
    const identities = {
      find: stored.find,
      async put(identity: typeof identitySample) {
        if (isFull) throw new Error("the table does not answer");
        await stored.put(identity);
      },
    };
    const { admin } = countingAdmin();
    const deps = { identities, admin, newKey, now: () => 0, onError };
    await expect(ensureIdentity(deps)).rejects.toThrow("does not answer");
    isFull = false;
    expect(await ensureIdentity(deps)).toMatchObject({ device: { id: "d2" } });
  });

  it("is not created again because it cannot be read", async () => {
    const { requests, admin } = countingAdmin();
    const find = () => Promise.reject(new Error("the table does not answer"));
    const identities = { ...memoryCanaryIdentities(), find };
    const running = ensureIdentity({ identities, admin, newKey, now: () => 0, onError });
    await expect(running).rejects.toThrow("does not answer");
    expect(requests).toEqual([]);
  });

  it("gets a new certificate when half of the validity has passed", async () => {
    const identities = memoryCanaryIdentities();
    const { admin } = countingAdmin({ issuedAt: 1_000, expiresAt: 3_000 });
    let now = 1_000;
    const deps = { identities, admin, newKey, now: () => now, onError };
    await ensureIdentity(deps);
    now = 1_999;
    expect((await ensureIdentity(deps)).device.id).toBe("d1");
    now = 2_000;
    expect((await ensureIdentity(deps)).device.id).toBe("d2");
  });

  it("is used on while it cannot be renewed: the certificate is still valid", async () => {
    const stored = memoryCanaryIdentities();
    const { admin } = countingAdmin({ issuedAt: 1_000, expiresAt: 3_000 });
    let now = 1_000;
    const deps = { identities: stored, admin, newKey, now: () => now, onError };
    const first = await ensureIdentity(deps);
    now = 2_000;
    const provision = () => Promise.reject(new Error("the function does not answer"));
    expect(await ensureIdentity({ ...deps, admin: { provision } })).toEqual(first);
    const find = () => Promise.reject(new Error("the table does not answer"));
    expect(await ensureIdentity({ ...deps, identities: { ...stored, find } }, first)).toBe(first);
    const put = () => Promise.reject(new Error("the table does not answer"));
    const made = await ensureIdentity({ ...deps, identities: { ...stored, put } }, first);
    expect(made.device.id).toBe("d2");
  });
});

describe("the integration of a canary", () => {
  const apiUrl = "https://api.example.com/live";
  const signal = new AbortController().signal;

  /** The integrations of a fleet. */
  const openApi = (rows: { id: string; disabled: boolean }[] = []) => {
    const all = [...rows];
    const bodies: object[] = [];
    const api: Pick<CanaryApi, "send"> = {
      async send({ method, path, body }) {
        if (method === "GET") return { status: 200, body: all };
        if (method === "DELETE") {
          const [, , , id] = path.split("/");
          all.splice(
            all.findIndex((one) => one.id === id),
            1,
          );
          return { status: 204, body: {} };
        }
        bodies.push(body ?? {});
        const made = { id: `new-${bodies.length}`, disabled: false };
        all.push(made);
        return { status: 201, body: { ok: true, ...made } };
      },
    };
    const ensure = (identity: typeof identitySample, url = apiUrl) =>
      ensureIntegration(identity, {
        api,
        identities: memoryCanaryIdentities(),
        apiUrl: url,
        signal,
      });
    return { all, bodies, ensure };
  };
  const complete = {
    ...identitySample,
    integration: { id: "i1", url: `${apiUrl}/v1/health/canary` },
  };

  it("is created with the receiver of this region's API as target", async () => {
    const { bodies, ensure } = openApi();
    const { integration } = await ensure(identitySample);
    expect(integration).toEqual({ id: "new-1", url: `${apiUrl}/v1/health/canary` });
    expect(bodies).toEqual([expect.objectContaining({ event: "canary/", url: integration?.url })]);
  });

  it("is kept while it is as it should be", async () => {
    const { bodies, ensure } = openApi([{ id: "i1", disabled: false }]);
    expect(await ensure(complete)).toEqual(complete);
    expect(bodies).toEqual([]);
  });

  it.each([
    ["was removed", [], apiUrl],
    ["was disabled", [{ id: "i1", disabled: true }], apiUrl],
    ["has another URL", [{ id: "i1", disabled: false }], "https://new.example.com"],
    ["is one of several", [{ id: "i2", disabled: false }], apiUrl],
  ])("is created again if it %s, and is the only one", async (_why, rows, url) => {
    const { all, ensure } = openApi(rows);
    const { integration } = await ensure(complete, url);
    expect(all).toEqual([{ id: integration?.id, disabled: false }]);
    expect(integration?.url).toBe(`${url}/v1/health/canary`);
  });
});
