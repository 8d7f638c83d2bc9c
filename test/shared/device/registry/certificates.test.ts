import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { addDevice } from "#shared/device/provision/addDevice.ts";
import { applyPendingCertificates } from "#shared/device/provision/applyPendingCertificates.ts";
import { applyPendingProvisions } from "#shared/device/provision/applyPendingProvisions.ts";
import { fillRegion } from "#shared/device/provision/fillRegion.ts";
import { pendingRecheckMs } from "#shared/device/provision/limits.ts";
import {
  quarantineDevice,
  revokeCertificates,
} from "#shared/device/registry/changeCertificates.ts";
import {
  overlapHoursDefault,
  renewalsPerDayMax,
  signingRequestBytesMax,
} from "#shared/device/registry/limits.ts";
import {
  confirmCertificate,
  recordCertificateUse,
  renewCertificate,
  rotateCertificate,
} from "#shared/device/registry/rotateCertificate.ts";
import { Failure } from "#shared/platform/failure.ts";
import { handleIdentityMessage } from "#shared/presence/messages/handleIdentityMessage.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryClaimCodes } from "../../../memory/device/claimCodes.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { memoryRegistry } from "../../../memory/device/registry.ts";
import { fleet, stoppedClock } from "../../../memory/samples.ts";

const whose = { fleet, owner: "a@b.c" };
const forever = Number.MAX_SAFE_INTEGER;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const csr = "-----BEGIN CERTIFICATE REQUEST-----";

type World = Awaited<ReturnType<typeof world>>;

/** Two regions with one device, which both brokers report as connected. */
const world = async ({
  euIsDown = false,
  certificateDays = undefined as number | undefined,
} = {}) => {
  const clock = stoppedClock();
  const { now } = clock;
  const [us, eu] = [memoryRegistry("us-east-1"), memoryRegistry("eu-west-1")];
  const links = [memoryLink("us-east-1"), memoryLink("eu-west-1")] as const;
  const certificates = memoryCertificates("us-east-1");
  const provisioning = memoryProvisioning("us-east-1");
  const devices = memoryDevices();
  const onError = vi.fn();
  const deps = {
    devices,
    deviceNames: memoryDeviceNames(),
    certificates,
    provisioning,
    registries: [us, eu] as const,
    regions: ["us-east-1", "eu-west-1"],
    links,
    certificateDays,
    now,
    onError,
  };
  eu.isDown = euIsDown;
  const { id, certificate } = await addDevice({}, whose, deps);
  const device = (await devices.find(id))!;
  const connect = () => {
    for (const link of links) link.connected.set(id, { connected: true });
  };
  connect();
  const euDeps = {
    ...deps,
    certificates: memoryCertificates("eu-west-1", certificates.rows),
    provisioning: memoryProvisioning("eu-west-1", provisioning.rows),
    registry: eu,
    link: links[1],
  };
  return {
    ...deps,
    clock,
    us,
    eu,
    device,
    certificate,
    connect,
    active: () => [us.active.get(id) ?? [], eu.active.get(id) ?? []],
    cuts: () => links.map(({ disconnected }) => disconnected.length),
    /** A run of the second region's repair. */
    repair: async () => {
      const aligned = await applyPendingCertificates(forever, euDeps);
      await applyPendingProvisions(forever, euDeps);
      return aligned;
    },
    repairHome: () => applyPendingCertificates(forever, { ...deps, registry: us, link: links[0] }),
  };
};

describe("a revoked device", () => {
  it("is disconnected and refused at once in every region", async () => {
    const it = await world();
    const { pending } = await revokeCertificates(it.device, it);
    expect(pending).toEqual([]);
    expect(it.active()).toEqual([[], []]);
    expect(it.cuts()).toEqual([1, 1]);
  });

  it("is refused in an unavailable region as soon as that recovers", async () => {
    const it = await world();
    it.eu.isDown = true;
    expect((await revokeCertificates(it.device, it)).pending).toEqual(["eu-west-1"]);
    expect(it.active()).toEqual([[], [it.certificate]]);
    expect(await it.repair()).toEqual({ aligned: 0, failed: 1 });
    it.eu.isDown = false;
    expect(await it.repair()).toEqual({ aligned: 1, failed: 0 });
    expect(it.active()).toEqual([[], []]);
    expect(it.cuts()).toEqual([1, 1]);
    it.clock.ms += pendingRecheckMs;
    await it.repair();
    expect(await it.repair()).toEqual({ aligned: 0, failed: 0 });
  });

  it("is not registered in a region that was unavailable when it was provisioned", async () => {
    const it = await world({ euIsDown: true });
    await revokeCertificates(it.device, it);
    it.eu.isDown = false;
    it.clock.ms += pendingRecheckMs;
    await it.repair();
    expect(it.active()).toEqual([[], []]);
    expect(it.eu.things.get(it.device.id)).toBe(fleet);
  });

  it("is not registered in a region that is added later", async () => {
    const it = await world();
    await revokeCertificates(it.device, it);
    it.eu.active.clear();
    it.eu.things.clear();
    await fillRegion({ region: "eu-west-1" }, { ...it, regions: ["us-east-1", "eu-west-1"] });
    it.clock.ms += pendingRecheckMs;
    await it.repair();
    expect(it.active()).toEqual([[], []]);
  });

  it("is blocked by pending work when the request crashes after the write of the record", async () => {
    const it = await world();
    const dying = {
      ...it,
      registries: [{ ...it.us, align: () => new Promise<never>(() => {}) }] as const,
    };
    void revokeCertificates(it.device, dying);
    await vi.waitFor(() =>
      expect(it.certificates.rows.records.get(it.device.id)?.revision).toBe(2),
    );
    await it.repairHome();
    expect(it.us.active.get(it.device.id)).toEqual([]);
    expect(it.cuts()[0]).toBe(1);
  });

  it("does not change when the request crashes before the write of the record", async () => {
    const it = await world();
    const put = () => Promise.reject(new Error("killed"));
    const dying = { ...it, certificates: { ...it.certificates, put } };
    await expect(revokeCertificates(it.device, dying)).rejects.toThrow("killed");
    await it.repair();
    expect(it.active()).toEqual([[it.certificate], [it.certificate]]);
    it.clock.ms += 600_000;
    await it.repair();
    expect(it.certificates.rows.pending.get("eu-west-1")?.size).toBe(0);
  });

  it("connects again only with a new certificate", async () => {
    const it = await world();
    await revokeCertificates(it.device, it);
    const { certificate } = await rotateCertificate(it.device, { overlap_hours: 1 }, it);
    expect(it.active()).toEqual([[certificate], [certificate]]);
  });

  it("cannot renew its certificate with a request that was in progress", async () => {
    const it = await world();
    await revokeCertificates(it.device, it);
    await expect(renewCertificate(it.device, csr, it)).rejects.toMatchObject({ code: "refused" });
    expect(it.active()).toEqual([[], []]);
  });
});

describe("a device in quarantine", () => {
  it("is disconnected and refused, stays in its fleet, and connects again after its release", async () => {
    const it = await world();
    await quarantineDevice(it.device, true, it);
    expect(it.active()).toEqual([[], []]);
    expect(it.us.suspended.get(it.device.id)).toEqual([it.certificate]);
    expect(it.cuts()).toEqual([1, 1]);
    expect((await it.devices.find(it.device.id))?.fleet).toBe(fleet);
    await quarantineDevice(it.device, false, it);
    expect(it.active()).toEqual([[it.certificate], [it.certificate]]);
  });

  it("may get a new certificate, which is valid only after its release", async () => {
    const it = await world();
    await quarantineDevice(it.device, true, it);
    await rotateCertificate(it.device, { overlap_hours: 0 }, it);
    expect(it.active()).toEqual([[], []]);
  });
});

describe("a rotated certificate", () => {
  const rotate = async (hours = overlapHoursDefault) => {
    const it = await world();
    const made = await rotateCertificate(it.device, { overlap_hours: hours }, it);
    return { ...it, fresh: made.certificate, made };
  };

  it("is valid in every region before the old one is revoked", async () => {
    const it = await rotate();
    expect(it.active()).toEqual(Array(2).fill([it.certificate, it.fresh]));
    expect(it.made.privateKey).toBeDefined();
    expect(it.cuts()).toEqual([0, 0]);
  });

  it("revokes the old one when the device has connected with it, and keeps the connection", async () => {
    const it = await rotate();
    await recordCertificateUse(it.device, "0".repeat(64), it);
    expect(it.active()[0]).toEqual([it.certificate, it.fresh]);
    await recordCertificateUse(it.device, it.made.record.next!.id, it);
    await it.repair();
    await it.repairHome();
    expect(it.active()).toEqual([[it.fresh], [it.fresh]]);
    it.clock.ms += pendingRecheckMs;
    await it.repair();
    expect(it.cuts()).toEqual([0, 0]);
  });

  it("revokes the old one when it is confirmed, and closes connections that still use it", async () => {
    const it = await rotate();
    await confirmCertificate(it.device, it);
    expect(it.active()).toEqual([[it.fresh], [it.fresh]]);
    expect(it.cuts()).toEqual([1, 1]);
    await expect(confirmCertificate(it.device, it)).rejects.toMatchObject({ code: "conflict" });
  });

  it("revokes the old one at the end of the overlap, independently in each region", async () => {
    const it = await rotate(2);
    it.clock.ms += 2 * hourMs - 1;
    await it.repair();
    expect(it.active()[1]).toEqual([it.certificate, it.fresh]);
    it.clock.ms += 1;
    await it.repair();
    expect(it.active()).toEqual([[it.certificate, it.fresh], [it.fresh]]);
    expect(it.cuts()[1]).toBeGreaterThan(0);
    await it.repairHome();
    expect(it.active()[0]).toEqual([it.fresh]);
  });

  it("revokes the old one at once without an overlap", async () => {
    const it = await rotate(0);
    expect(it.active()).toEqual([[it.fresh], [it.fresh]]);
    expect(it.cuts()).toEqual([1, 1]);
  });

  it.each([1e-9, 1e-7, 1 / 3_600_000])(
    "closes connections with the old one if the overlap of %d hours ends before the record is written",
    async (hours) => {
      const it = await world();
      // Time passes while the certificate is made and written.
      const now = () => (it.clock.ms += 2);
      await rotateCertificate(it.device, { overlap_hours: hours }, { ...it, now });
      expect(it.active().map((each) => each.includes(it.certificate))).toEqual([false, false]);
      expect(it.cuts()).toEqual([1, 1]);
    },
  );

  it("has an integer as the end of any overlap", async () => {
    const it = await rotate(0.3333333);
    expect(Number.isInteger(it.made.record.next?.overlapUntil)).toBe(true);
  });

  it("is replaced by the next rotation", async () => {
    const it = await rotate();
    const again = await rotateCertificate(it.device, { overlap_hours: 1, csr }, it);
    expect(again.privateKey).toBeUndefined();
    expect(it.active()[0]).toEqual([it.certificate, again.certificate]);
  });

  it("causes a concurrent change to fail", async () => {
    const it = await world();
    const find = it.certificates.find;
    let meanwhile = async () => {
      meanwhile = async () => {};
      await quarantineDevice(it.device, true, it);
    };
    const racing = {
      ...it,
      certificates: {
        ...it.certificates,
        async find(id: string) {
          const found = await find(id);
          await meanwhile();
          return found;
        },
      },
    };
    const rotating = rotateCertificate(it.device, { overlap_hours: 1 }, racing);
    await expect(rotating).rejects.toMatchObject({ code: "conflict" });
    expect(it.active()).toEqual([[], []]);
  });
});

describe("a device that renews its certificate itself", () => {
  it("gets the same certificate for the same request", async () => {
    const it = await world();
    const first = await renewCertificate(it.device, csr, it);
    expect(await renewCertificate(it.device, csr, it)).toMatchObject({ id: first.id });
    expect(it.active()[1]).toEqual([it.certificate, first.pem]);
  });

  it("gets none while a rotation by its owner is pending, so that a stolen key cannot undo it", async () => {
    const it = await world();
    const { certificate } = await rotateCertificate(it.device, { overlap_hours: 2 }, it);
    await expect(renewCertificate(it.device, csr, it)).rejects.toMatchObject({
      code: "conflict",
      retryAfterSeconds: 3_600,
    });
    expect(it.active()[0]).toEqual([it.certificate, certificate]);
    await confirmCertificate(it.device, it);
    const fresh = await renewCertificate(it.device, csr, it);
    expect(it.active()[0]).toEqual([certificate, fresh.pem]);
  });

  it("keeps its old certificate when it never used the new one", async () => {
    const it = await world();
    await renewCertificate(it.device, csr, it);
    it.clock.ms += overlapHoursDefault * hourMs;
    await it.repair();
    expect(it.active()[1]).toEqual([it.certificate]);
  });
});

describe("a device that asks for a certificate over its connection", () => {
  const asking = async () => {
    const it = await world();
    const [link] = it.links;
    const ask = (said: object, from = it.device.id) =>
      handleIdentityMessage(
        {
          topic: `certificates/${from}`,
          data: Buffer.from(JSON.stringify(said)).toString("base64"),
        },
        { ...it, link, links: [link], claimCodes: memoryClaimCodes() },
      );
    const answers = () => link.sent.map(({ topic, message }) => ({ topic, ...message }));
    return { ...it, link, ask, answers };
  };

  it("receives the certificate with its validity, and the same one after a repeated request", async () => {
    const it = await asking();
    await it.ask({ csr });
    await it.ask({ csr });
    const [first, second] = it.answers();
    expect(first).toEqual({
      topic: `control/${it.device.id}`,
      command: "certificate",
      request: createHash("sha256").update(csr).digest("hex"),
      certificate: it.active()[0]![1],
      issued_at: it.now(),
    });
    expect(second).toEqual(first);
  });

  it("receives the same one after it has used it", async () => {
    const it = await asking();
    await it.ask({ csr });
    const { id } = (await it.certificates.find(it.device.id))!.next!;
    await recordCertificateUse(it.device, id, it);
    expect(it.active()).toEqual(Array(2).fill([it.answers()[0].certificate]));
    await it.ask({ csr });
    expect(it.answers()[1].certificate).toBe(it.answers()[0].certificate);
  });

  it("can repeat the request when the result could not be sent", async () => {
    const it = await asking();
    const send = it.link.send;
    it.link.send = async () => Promise.reject(new Error("down"));
    await it.ask({ csr });
    expect(it.onError).toHaveBeenCalled();
    it.link.send = send;
    await it.ask({ csr });
    expect(it.answers()[0].certificate).toBe(it.active()[0]![1]);
  });

  it("gets at most five new certificates a day, and receives the time of its next attempt", async () => {
    const it = await asking();
    for (let n = 0; n < renewalsPerDayMax; n += 1) {
      await it.ask({ csr: `${csr} ${n}` });
      it.clock.ms += hourMs;
    }
    const issue = vi.spyOn(it.us, "issue");
    await it.ask({ csr: `${csr} last` });
    expect(issue).not.toHaveBeenCalled();
    expect(it.answers().at(-1)).toMatchObject({
      command: "certificate",
      error: "too_many_requests",
      retry_after: (24 - renewalsPerDayMax) * 3_600,
    });
    // The one that it has been given is still to be had.
    await it.ask({ csr: `${csr} ${renewalsPerDayMax - 1}` });
    expect(it.answers().at(-1).certificate).toBeDefined();
    it.clock.ms += (24 - renewalsPerDayMax) * hourMs;
    await it.ask({ csr: `${csr} last` });
    expect(it.answers().at(-1).certificate).toBeDefined();
    const { renewedAt } = (await it.certificates.find(it.device.id))!;
    expect(renewedAt).toHaveLength(renewalsPerDayMax);
  });

  it("receives the time of its next attempt while a rotation by its owner is pending", async () => {
    const it = await asking();
    await rotateCertificate(it.device, { overlap_hours: 2 }, it);
    await it.ask({ csr });
    expect(it.answers()).toMatchObject([{ error: "conflict", retry_after: 3_600 }]);
  });

  it("receives the reason of a refusal", async () => {
    const it = await asking();
    const issue = it.us.issue;
    it.us.issue = async () => {
      throw new Failure("csr: it is no request", { code: "invalid_request" });
    };
    await it.ask({ csr });
    expect(it.answers()[0]).toMatchObject({
      error: "invalid_request",
      message: "csr: it is no request",
    });
    it.us.issue = issue;
    await quarantineDevice(it.device, true, it);
    it.connect();
    await it.ask({ csr });
    expect(it.answers()[1]).toMatchObject({ error: "refused" });
    expect(it.active()).toEqual([[], []]);
  });

  it.each<[string, object]>([
    ["no request", {}],
    ["a number", { csr: 1 }],
    ["one that is too long", { csr: "x".repeat(signingRequestBytesMax + 1) }],
  ])("gets no response to the request %s", async (_, said) => {
    const it = await asking();
    await it.ask(said);
    expect(it.answers()).toEqual([]);
  });

  it("gets no response if it is unknown", async () => {
    const it = await asking();
    await it.ask({ csr }, "f".repeat(24));
    expect(it.answers()).toEqual([]);
    expect(it.active()[0]).toHaveLength(1);
  });

  it("keeps its request in the queue after a concurrent change", async () => {
    const it = await asking();
    const find = it.certificates.find;
    let finds = 0;
    it.certificates.find = async (id) => {
      const found = await find(id);
      finds += 1;
      if (finds === 2) await it.certificates.put({ ...found!, revision: found!.revision + 1 });
      return found;
    };
    await expect(it.ask({ csr })).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a certificate that expires", () => {
  it("is valid until its end in each region", async () => {
    const it = await world({ certificateDays: 30 });
    it.clock.ms += 30 * dayMs - 1;
    await it.repair();
    expect(it.active()[1]).toEqual([it.certificate]);
    it.clock.ms += 1;
    await it.repair();
    await it.repairHome();
    expect(it.active()).toEqual([[], []]);
    expect(it.cuts()).toEqual([1, 1]);
  });

  it("has a successor of the same lifetime", async () => {
    const it = await world({ certificateDays: 30 });
    it.clock.ms += 20 * dayMs;
    const fresh = await renewCertificate(it.device, csr, it);
    await recordCertificateUse(it.device, fresh.id, it);
    it.clock.ms += 10 * dayMs;
    await it.repair();
    expect(it.active()[1]).toEqual([fresh.pem]);
    it.clock.ms += 20 * dayMs;
    await it.repair();
    expect(it.active()[1]).toEqual([]);
  });
});

it.each([
  ["revoked", (w: World) => revokeCertificates(w.device, w)],
  ["quarantined", (w: World) => quarantineDevice(w.device, true, w)],
])(
  "a connection that is being opened while its device is %s is closed by the region's next run",
  async (_, shutOut) => {
    const it = await world();
    const { clock, device } = it;
    const [, link] = it.links;
    link.connected.delete(device.id);
    await shutOut(it);
    // The broker had authorized it before, and shows it only now.
    link.connected.set(device.id, { connected: true, since: clock.ms });
    await it.repair();
    expect(link.connected.size).toBe(0);
  },
);
