import { describe, expect, it } from "vitest";
import type { Devices } from "#shared/device/device.ts";
import { type CertificateStore, newCertificate } from "#shared/device/registry/certificate.ts";
import type { DeviceRowsReader } from "#shared/presence/deviceRows.ts";
import type { Session, Sessions } from "#shared/presence/session.ts";
import { testCertificate } from "../../memory/device/testCertificate.ts";

interface Stores {
  readonly devices: Devices;
  readonly certificates: CertificateStore;
  readonly sessions: Sessions;
  readonly rows: DeviceRowsReader;
}

const idOf = (n: number) => n.toString(16).padStart(24, "0");

const deviceOf = (n: number) => ({ id: idOf(n), fleet: "f", createdAt: "2026-01-01T00:00:00Z" });

const sessionOf = (n: number): Session => ({
  device: idOf(n),
  region: "us-east-1",
  connected: true,
  since: 1,
  at: 1,
  unpublished: [{ status: "online", fleet: "f" }],
  publisher: { write: 1, until: 2 },
  revision: 1,
});

/** Contract of every reader of device rows, with the stores that write them. */
export const deviceRowsContract = (open: () => Promise<Stores>): void => {
  describe("the rows of devices", () => {
    it("are read together, as their own stores read them", async () => {
      const { devices, certificates, sessions, rows } = await open();
      await devices.add(deviceOf(1));
      await devices.add(deviceOf(2));
      await sessions.put(sessionOf(1));
      const current = newCertificate(testCertificate("one"), { now: 1, days: undefined });
      await certificates.put({ device: idOf(1), revision: 1, current });
      const read = await rows.read([
        { id: idOf(1), withCertificates: true },
        { id: idOf(2), withCertificates: true },
        { id: idOf(3), withCertificates: true },
      ]);
      expect(read.get(idOf(1))).toEqual({
        device: await devices.find(idOf(1)),
        certificates: await certificates.find(idOf(1)),
        session: sessionOf(1),
      });
      expect(read.get(idOf(2))).toEqual({ device: deviceOf(2) });
      expect(read.get(idOf(3))).toEqual({});
      const without = await rows.read([{ id: idOf(1), withCertificates: false }]);
      expect(without.get(idOf(1))).toEqual({ device: deviceOf(1), session: sessionOf(1) });
    });

    it("are read for more devices than one request accepts", async () => {
      const { devices, rows } = await open();
      for (let n = 0; n < 70; n += 1) await devices.add(deviceOf(n));
      const requests = Array.from({ length: 70 }, (_, n) => ({
        id: idOf(n),
        withCertificates: true,
      }));
      const read = await rows.read(requests);
      expect([...read.values()]).toEqual(requests.map((_, n) => ({ device: deviceOf(n) })));
    });
  });
};
