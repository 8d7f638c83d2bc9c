import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { admitByClaim } from "#shared/device/provision/admitByClaim.ts";
import { claimsPerMinuteMax } from "#shared/device/provision/limits.ts";
import { issue } from "../../../../local/iot/certificate/x509.ts";
import { memoryAuditLog } from "../../../memory/audit/auditLog.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryClaimCertificates } from "../../../memory/device/claimCertificates.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { fleet, stoppedClock } from "../../../memory/samples.ts";
import { everyOrder, takeTurns } from "../../../memory/turns.ts";

const issuer = { name: "ca", ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };

/** A device's key, and certificates for it. */
const newKey = () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return () => issue({ subject: "device", publicKey, use: "client" }, issuer);
};

const world = async (claim: { prefix?: string; endedAt?: number } = {}) => {
  const clock = stoppedClock();
  const product = {
    id: 7,
    fleet,
    owner: "ada",
    name: "Lamp",
    description: "",
    platformId: 0,
    createdAt: "then",
  };
  const deps = {
    accounts: { findProduct: async (id: number) => (id === 7 ? product : undefined) },
    claims: memoryClaimCertificates(),
    devices: memoryDevices(),
    deviceNames: memoryDeviceNames(),
    certificates: memoryCertificates(),
    audit: memoryAuditLog(),
    regions: ["r1", "r2"],
    now: clock.now,
    onError: () => {},
  };
  await deps.claims.put({ id: "c", pem: "PEM", product: 7, createdAt: 0, ...claim });
  const request = (SerialNumber: string, certificatePem: string) => ({
    claimCertificateId: "c",
    certificateId: "x",
    certificatePem,
    clientId: "claim-1",
    parameters: { SerialNumber },
  });
  const admit = (serial: string, pem: string, more: Partial<typeof deps> = {}) =>
    admitByClaim(request(serial, pem), { ...deps, ...more });
  return { clock, deps, admit };
};

describe("provisioning by claim", () => {
  it("creates a device in the product's fleet, with its certificate and its serial number as name", async () => {
    const { admit, deps } = await world();
    const pem = newKey()();
    const made = await admit("SN-1", pem);
    expect(made).toMatchObject({ fleet, owner: "ada", product: 7, name: "SN-1" });
    expect(await deps.devices.find(made.id)).toEqual(made);
    expect((await deps.certificates.find(made.id))?.current?.pem).toBe(pem);
  });

  it("is in the audit log of the product, once", async () => {
    const { admit, deps } = await world();
    const certificate = newKey();
    const { id } = await admit("SN-1", certificate());
    await admit("SN-1", certificate());
    expect(deps.audit.entries()).toMatchObject([
      {
        fleet,
        actor: { kind: "device", name: "SN-1" },
        action: "device.create",
        subject: { kind: "device", id, name: "SN-1" },
        outcome: "done",
      },
    ]);
  });

  it("returns the same device to a repeat with the same key; the newest certificate is valid", async () => {
    const { admit, deps } = await world();
    const certificate = newKey();
    const first = await admit("SN-1", certificate());
    const newest = certificate();
    expect((await admit("sn-1", newest)).id).toBe(first.id);
    expect(await deps.certificates.find(first.id)).toMatchObject({
      revision: 2,
      current: { pem: newest },
    });
  });

  it("refuses another key for a used serial number", async () => {
    const { admit } = await world();
    await admit("SN-1", newKey()());
    await expect(admit("SN-1", newKey()())).rejects.toMatchObject({ code: "refused" });
  });

  it("refuses a device that is quarantined or revoked", async () => {
    const { admit, deps } = await world();
    const certificate = newKey();
    const { id } = await admit("SN-1", certificate());
    const record = await deps.certificates.find(id);
    if (!record) throw new Error("no record");
    await deps.certificates.put({ ...record, revision: 2, quarantinedAt: 1 });
    await expect(admit("SN-1", certificate())).rejects.toMatchObject({ code: "refused" });
    await deps.certificates.put({ device: id, revision: 3, revokedAt: 1 });
    await expect(admit("SN-1", certificate())).rejects.toMatchObject({ code: "refused" });
  });

  it.each([
    [{ endedAt: 1 }, "SN-1"],
    [{ prefix: "AB-" }, "SN-1"],
  ])("with the claim certificate %j refuses the serial number %s", async (claim, serial) => {
    const { admit, deps } = await world(claim);
    await expect(admit(serial, newKey()())).rejects.toMatchObject({ code: "refused" });
    expect(await deps.devices.list(fleet, 10)).toEqual([]);
  });

  it("limits the number of devices per minute", async () => {
    const { admit, deps, clock } = await world();
    const minute = Math.floor(clock.now() / 60_000);
    for (let i = 0; i < claimsPerMinuteMax; i += 1) await deps.claims.count("c", minute);
    await expect(admit("SN-1", newKey()())).rejects.toMatchObject({ code: "too_many_requests" });
    clock.ms += 60_000;
    expect(await admit("SN-1", newKey()())).toMatchObject({ name: "SN-1" });
  });

  it("gives the same device to a repeat before the index has the device", async () => {
    const { admit, deps } = await world();
    const certificate = newKey();
    const stale = { devices: { ...deps.devices, findByName: async () => undefined } };
    const { id } = await admit("SN-1", certificate(), stale);
    expect((await admit("SN-1", certificate(), stale)).id).toBe(id);
    await expect(admit("SN-1", newKey()(), stale)).rejects.toMatchObject({ code: "refused" });
  });

  it("does not return a device that the index still has and that was moved or renamed", async () => {
    const { admit, deps } = await world();
    const certificate = newKey();
    const first = await admit("SN-1", certificate());
    for (const change of [{ fleet: "other" }, { name: "Kitchen" }]) {
      const before = await deps.devices.find(first.id);
      await deps.devices.replace({ ...first, ...change }, before ?? first);
      const stale = { devices: { ...deps.devices, findByName: async () => first } };
      const made = await admit("SN-1", certificate(), stale).catch(({ code }) => ({ id: code }));
      expect(made.id).not.toBe(first.id);
      expect(await deps.certificates.find(first.id)).toMatchObject({ revision: 1 });
    }
  });

  it("makes no second device when the response to the write of the row was lost", async () => {
    const { admit, deps } = await world();
    const certificate = newKey();
    const add = async (device: Parameters<typeof deps.devices.add>[0]) => {
      await deps.devices.add(device);
      throw new Error("timed out");
    };
    const stale = { ...deps.devices, findByName: async () => undefined };
    await expect(admit("SN-1", certificate(), { devices: { ...stale, add } })).rejects.toThrow();
    const other = admit("SN-1", newKey()(), { devices: stale });
    await expect(other).rejects.toMatchObject({ code: "refused" });
    const [made, ...others] = await deps.devices.list(fleet, 10);
    expect(others).toEqual([]);
    expect((await admit("SN-1", certificate(), { devices: stale })).id).toBe(made?.id);
  });

  it("blocks a device whose product is removed at the same moment", async () => {
    const { admit, deps } = await world();
    let isRemoved = false;
    const accounts = {
      findProduct: async (id: number) => (isRemoved ? undefined : deps.accounts.findProduct(id)),
    };
    const add = async (device: Parameters<typeof deps.devices.add>[0]) => {
      isRemoved = true;
      await deps.devices.add(device);
    };
    const refused = admit("SN-1", newKey()(), { accounts, devices: { ...deps.devices, add } });
    await expect(refused).rejects.toMatchObject({ code: "refused" });
    const [made] = await deps.devices.list(fleet, 10);
    const record = await deps.certificates.find(made?.id ?? "");
    expect(record?.current).toBeUndefined();
    const pending = deps.regions.map((region) =>
      deps.certificates.rows.pending.get(region)?.get(made?.id ?? ""),
    );
    expect(pending).toMatchObject(Array(2).fill({ revision: 2, cut: true }));
  });

  it("creates one device for two concurrent requests, in every order", async () => {
    const certificates = [newKey()(), newKey()()];
    await everyOrder(async (choose) => {
      const { admit, deps } = await world();
      const turns = takeTurns();
      const outcomes = certificates.map((pem, worker) =>
        admit("SN-1", pem, {
          devices: turns.wrap(`${worker}`, deps.devices),
          deviceNames: turns.wrap(`${worker}`, deps.deviceNames),
        }).then(
          ({ id }) => id,
          ({ code }) => code,
        ),
      );
      await turns.run(choose);
      const listed = await deps.devices.list(fleet, 10);
      expect(listed).toHaveLength(1);
      expect((await Promise.all(outcomes)).filter((one) => one === listed[0]?.id)).toHaveLength(1);
    });
  });
});
