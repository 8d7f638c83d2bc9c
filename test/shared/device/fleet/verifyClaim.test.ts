import { createPrivateKey, sign } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { claimDevice } from "#shared/device/fleet/claimDevice.ts";
import {
  claimCodeSeconds,
  claimCodesPerFleetMax,
  takeBackDays,
} from "#shared/device/fleet/limits.ts";
import {
  canClaim,
  claimText,
  clearGivenUp,
  giveUpDevice,
  newClaimCode,
} from "#shared/device/fleet/verifyClaim.ts";
import { addDevice } from "#shared/device/provision/addDevice.ts";
import { applyPendingCertificates } from "#shared/device/provision/applyPendingCertificates.ts";
import { rotateCertificate } from "#shared/device/registry/rotateCertificate.ts";
import { handleIdentityMessage } from "#shared/presence/messages/handleIdentityMessage.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryClaimCodes } from "../../../memory/device/claimCodes.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { memoryRegistry } from "../../../memory/device/registry.ts";
import { testKey } from "../../../memory/device/testCertificate.ts";
import { fleet, stoppedClock } from "../../../memory/samples.ts";

const world = async () => {
  const clock = stoppedClock();
  const registry = memoryRegistry("us-east-1");
  const link = memoryLink("us-east-1");
  const deps = {
    devices: memoryDevices(),
    certificates: memoryCertificates("us-east-1"),
    provisioning: memoryProvisioning("us-east-1"),
    deviceNames: memoryDeviceNames(),
    claimCodes: memoryClaimCodes(),
    registries: [registry] as const,
    links: [link],
    regions: ["us-east-1"],
    certificateDays: undefined,
    now: clock.now,
    onError: vi.fn(),
  };
  const { id, certificate } = await addDevice({}, { fleet, owner: "a@b.c" }, deps);
  link.connected.set(id, { connected: true });
  const row = async () => (await deps.devices.find(id))!;
  return {
    ...deps,
    clock,
    registry,
    link,
    id,
    certificate,
    row,
    active: () => registry.active.get(id),
    release: async (keepCertificate: boolean) =>
      giveUpDevice(await row(), { keepCertificate }, deps),
    repair: () => applyPendingCertificates(Number.MAX_SAFE_INTEGER, { ...deps, registry, link }),
  };
};

const message = (topic: string, said: object) => ({
  topic,
  data: Buffer.from(JSON.stringify(said)).toString("base64"),
});

const signed = (text: string): string =>
  sign("sha256", Buffer.from(text), createPrivateKey(testKey)).toString("base64");

describe("a released device", () => {
  it("is disconnected and refused, and has no owner", async () => {
    const it = await world();
    await it.release(false);
    expect(it.active()).toEqual([]);
    expect(it.link.disconnected).toContain(it.id);
    expect(await it.row()).toMatchObject({ fleet: `u${it.id}` });
    expect(await it.row()).not.toHaveProperty("owner");
  });

  it("cannot be claimed by another fleet, even with proof", async () => {
    const it = await world();
    await it.release(false);
    const code = await newClaimCode("f2", it);
    const signature = signed(claimText(it.id, code));
    expect(await canClaim(it.id, "f2", { code, signature }, it)).toBe(false);
  });

  it("can be claimed again by its fleet for some days, and then connects", async () => {
    const it = await world();
    await it.release(false);
    it.clock.ms += takeBackDays * 86_400_000 - 1;
    expect(await canClaim(it.id, fleet, {}, it)).toBe(true);
    await claimDevice(it.id, { username: "a@b.c", fleet }, it);
    await clearGivenUp({ id: it.id, fleet }, it);
    expect(it.active()).toEqual([it.certificate]);
  });

  it("has a certificate that is revoked after these days", async () => {
    const it = await world();
    await it.release(false);
    it.clock.ms += takeBackDays * 86_400_000;
    expect(await canClaim(it.id, fleet, {}, it)).toBe(false);
    await it.repair();
    expect(it.active()).toEqual([]);
    expect(it.registry.suspended.get(it.id)).toEqual([]);
  });

  it("stays in its fleet and blocked when the request crashes", async () => {
    const it = await world();
    const addPending = () => Promise.reject(new Error("killed"));
    const dying = { ...it, provisioning: { ...it.provisioning, addPending } };
    const row = await it.row();
    await expect(giveUpDevice(row, { keepCertificate: false }, dying)).rejects.toThrow("killed");
    expect(it.active()).toEqual([]);
    expect((await it.row()).fleet).toBe(fleet);
    await it.release(false);
    expect((await it.row()).fleet).toBe(`u${it.id}`);
  });
});

describe("a device that is transferred to another user", () => {
  const handedOver = async () => {
    const it = await world();
    await it.release(true);
    expect(it.active()).toEqual([it.certificate]);
    return { ...it, code: await newClaimCode("f2", it) };
  };

  it("cannot be claimed with its id alone", async () => {
    const it = await handedOver();
    expect(await canClaim(it.id, "f2", {}, it)).toBe(false);
    expect(await canClaim(it.id, "f2", { code: it.code }, it)).toBe(false);
    expect(await canClaim("f".repeat(24), "f2", { code: it.code }, it)).toBe(false);
  });

  it("is claimed with a code that the device has signed, and with no other signature", async () => {
    const it = await handedOver();
    const claims = (text: string, of = "f2") =>
      canClaim(it.id, of, { code: it.code, signature: signed(text) }, it);
    expect(await claims(claimText(it.id, it.code))).toBe(true);
    expect(await claims(claimText("b".repeat(24), it.code))).toBe(false);
    expect(await claims(claimText(it.id, "another code"))).toBe(false);
    expect(await claims(claimText(it.id, it.code), "f3")).toBe(false);
    const garbage = { code: it.code, signature: "garbage" };
    expect(await canClaim(it.id, "f2", garbage, it)).toBe(false);
  });

  it("is claimed with a code that the device has sent, until the code expires", async () => {
    const it = await handedOver();
    await handleIdentityMessage(message(`hello/${it.id}`, { claim: it.code }), it);
    expect(await canClaim(it.id, "f2", {}, it)).toBe(true);
    expect(await canClaim(it.id, "f3", {}, it)).toBe(false);
    it.clock.ms += claimCodeSeconds * 1_000;
    expect(await canClaim(it.id, "f2", {}, it)).toBe(false);
  });

  it("is not claimed with a code that the device sent while it had an owner", async () => {
    const it = await world();
    const code = await newClaimCode("f2", it);
    await handleIdentityMessage(message(`hello/${it.id}`, { claim: code }), it);
    await it.release(true);
    expect(await canClaim(it.id, "f2", {}, it)).toBe(false);
  });

  it("evicts the oldest of too many codes", async () => {
    const it = await handedOver();
    for (let i = 0; i < claimCodesPerFleetMax; i += 1) await newClaimCode("f2", it);
    const signature = signed(claimText(it.id, it.code));
    expect(await canClaim(it.id, "f2", { code: it.code, signature }, it)).toBe(false);
  });
});

it("revokes the old certificate when a presence event contains the new one", async () => {
  const it = await world();
  const made = await rotateCertificate(await it.row(), { overlap_hours: 1 }, it);
  const topic = `$aws/events/presence/connected/${it.id}`;
  const came = (principalIdentifier: string) =>
    handleIdentityMessage(message(topic, { eventType: "connected", principalIdentifier }), it);
  await came("0".repeat(64));
  await it.repair();
  expect(it.active()).toEqual([it.certificate, made.certificate]);
  await came(made.record.next!.id);
  await came(made.record.next!.id);
  await it.repair();
  expect(it.active()).toEqual([made.certificate]);
});
