import { expect, it } from "vitest";
import { placeOf, workingRegions } from "#shared/release/controller/place.ts";
import { moveMs, regionLostMs, regionSilentMs } from "#shared/release/limits.ts";
import { aPace } from "../../../memory/release/samples.ts";
import { deviceId, someTime } from "../../../memory/samples.ts";

const [here, other] = ["us-east-1", "eu-west-1"];

/** The regions that work some time after the last run in the other region. */
const workingAfter = (silentMs: number, responds: boolean) =>
  workingRegions(
    { regions: [here, other], region: here },
    [aPace({ region: here, at: 0 }), aPace({ region: other, at: someTime })],
    someTime,
    { now: () => someTime + silentMs, responds: async () => responds },
  );

it("a region is lost as soon as it misses a run and its broker does not respond", async () => {
  expect(await workingAfter(regionSilentMs - 1, false)).toEqual([here, other]);
  expect(await workingAfter(regionSilentMs, false)).toEqual([here]);
});

it("a region whose broker responds is lost after ten minutes without a run", async () => {
  expect(await workingAfter(regionLostMs - 1, true)).toEqual([here, other]);
  expect(await workingAfter(regionLostMs, true)).toEqual([here]);
});

it("a device of a lost region is not silent while it looks for another region", () => {
  const session = {
    ...{ device: deviceId, region: other, connected: true, handshakeAt: someTime - 1_000 },
    ...{ since: someTime - 1_000, at: someTime, revision: 1 },
  };
  expect(placeOf([session], new Map([[other, someTime]]))).toMatchObject({
    isConnected: false,
    aliveAt: someTime + moveMs,
  });
});
