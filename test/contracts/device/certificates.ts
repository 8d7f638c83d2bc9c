import { describe, expect, it } from "vitest";
import {
  type CertificateStore,
  newCertificate,
  type Realignment,
} from "#shared/device/registry/certificate.ts";
import { testCertificate } from "../../memory/device/testCertificate.ts";

const device = "a".repeat(24);
const record = (revision: number) => ({
  device,
  revision,
  current: newCertificate(testCertificate("a"), { now: 1, days: undefined }),
});
const pending = (digit: string, since = 1): Realignment => ({
  device: digit.repeat(24),
  revision: 2,
  cut: true,
  since,
});
const noon = Date.UTC(2026, 0, 10, 12);
const dayMs = 86_400_000;

/** Contract of every `CertificateStore`, for the regions `us-east-1` and `eu-west-1`. */
export const certificatesContract = (
  open: () => Promise<{ us: CertificateStore; eu: CertificateStore }>,
): void => {
  describe("the records of certificates", () => {
    it("are the same in every region, and found by one id or several", async () => {
      const { us, eu } = await open();
      expect(await us.find(device)).toBeUndefined();
      await us.put(record(1));
      expect(await eu.find(device)).toEqual(record(1));
      expect(await eu.list(["b".repeat(24), device])).toEqual([record(1)]);
    });

    it("are written only with the next revision", async () => {
      const { us } = await open();
      await us.put(record(1));
      await us.put(record(2));
      for (const revision of [1, 2, 4]) {
        await expect(us.put(record(revision))).rejects.toMatchObject({ code: "conflict" });
      }
      expect(await us.find(device)).toEqual(record(2));
    });

    it("have pending realignments for the named regions, in pages, until they are completed", async () => {
      const { us, eu } = await open();
      await us.addPending(pending("a"), ["eu-west-1"]);
      await us.addPending(pending("b"), ["us-east-1", "eu-west-1"]);
      expect(await us.listPending({ limit: 10 })).toEqual({ pending: [pending("b")] });
      const first = await eu.listPending({ limit: 1 });
      expect(first.pending).toEqual([pending("a")]);
      expect((await eu.listPending({ limit: 10, after: first.next! })).pending).toEqual([
        pending("b"),
      ]);
      await us.addPending(pending("a", 2), ["eu-west-1"]);
      await eu.completePending(pending("a"));
      await eu.completePending(pending("b"));
      expect((await eu.listPending({ limit: 10 })).pending).toEqual([pending("a", 2)]);
    });

    it("have deadlines, which each region completes once, also after days", async () => {
      const { us, eu } = await open();
      const deadlines = [noon - 2 * dayMs, noon, noon + 1].map((at) => ({ device, at }));
      for (const deadline of deadlines) await us.planDeadline(deadline);
      expect(await us.listDue(noon - 3 * dayMs, 10)).toEqual([]);
      const seen = [];
      for (;;) {
        const listDue = await us.listDue(noon, 10);
        if (listDue.length === 0) break;
        seen.push(...listDue);
        await us.completeDeadlines(listDue);
      }
      expect(seen).toEqual(deadlines.slice(0, 2));
      expect(await eu.listDue(noon, 1)).toEqual([deadlines[0]]);
      expect(await us.listDue(noon + 1, 10)).toEqual([deadlines[2]]);
    });
  });
};
