import { describe, expect, it } from "vitest";
import type { FirmwareChange, FirmwareHistory } from "#shared/firmware/firmwareHistory.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

const [imageA, imageB] = ["a".repeat(64), "b".repeat(64)];

const aChange = (given: Partial<FirmwareChange> = {}): FirmwareChange => ({
  device: deviceId,
  product: 7,
  version: 3,
  image: imageA,
  region: "us-east-1",
  at: someTime,
  ...given,
});

const updated = aChange({ version: 4, image: imageB, at: someTime + 10 });
const former = { product: 7, version: 3, image: imageA };

/** The contract of every `FirmwareHistory`. */
export const firmwareHistoryContract = (open: () => Promise<FirmwareHistory>): void => {
  describe("the firmware history", () => {
    it("has the changes of a device in all regions, newest first, each once", async () => {
      const history = await open();
      const elsewhere = aChange({ version: 4, region: "eu-west-1", at: someTime + 20 });
      for (const one of [aChange(), updated, elsewhere, updated]) {
        await history.record(one, undefined);
      }
      await history.record(aChange({ device: "f".repeat(24) }), undefined);
      expect(await history.changesOf(deviceId)).toEqual([elsewhere, updated, aChange()]);
      expect(await history.changesOf("e".repeat(24))).toEqual([]);
    });

    it("has when each region first and last saw a device with a version", async () => {
      const history = await open();
      await history.record(aChange(), undefined);
      await history.record(updated, former);
      const { at: first, ...own } = aChange();
      expect(await history.ran({ product: 7, version: 3 }, { limit: 9 })).toEqual({
        rows: [{ ...own, first, last: updated.at }],
      });
      const { at, ...now } = updated;
      expect(await history.ran({ product: 7, version: 4 }, { limit: 9 })).toEqual({
        rows: [{ ...now, first: at, last: at }],
      });
      expect(await history.ran({ product: 8, version: 3 }, { limit: 9 })).toEqual({ rows: [] });
    });

    it("is the same for every order of changes, and for repeated ones", async () => {
      const back = aChange({ at: someTime + 20 });
      const a = { change: aChange(), former: undefined };
      const b = { change: updated, former };
      const c = { change: back, former: { product: 7, version: 4, image: imageB } };
      for (const order of [
        [a, b, c],
        [c, b, a],
        [b, c, a, b],
        [c, a, c, b, a],
      ]) {
        const history = await open();
        for (const step of order) await history.record(step.change, step.former);
        const { rows: threes } = await history.ran({ product: 7, version: 3 }, { limit: 9 });
        const { rows: fours } = await history.ran({ product: 7, version: 4 }, { limit: 9 });
        expect(threes).toMatchObject([{ first: someTime, last: someTime + 20 }]);
        expect(fours).toMatchObject([{ first: someTime + 10, last: someTime + 20 }]);
      }
    });

    it("has the devices of a version in pages", async () => {
      const history = await open();
      const devices = ["1", "2", "3"].map((digit) => digit.repeat(24));
      for (const device of devices) await history.record(aChange({ device }), undefined);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await history.ran({ product: 7, version: 3 }, { limit: 2, after });
        seen.push(...page.rows.map(({ device }) => device));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(devices);
    });
  });
};
