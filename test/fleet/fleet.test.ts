import { describe, expect, it, onTestFinished } from "vitest";
import type { DeviceState } from "#shared/release/model/deviceStatus.ts";
import { compareBooks } from "../../fleet/books.ts";
import { assignFaults, type Fault, faultNames, seededRandom } from "../../fleet/faults.ts";
import { createOwner, platform } from "../../fleet/firmware.ts";
import { parseOptions } from "../../fleet/options.ts";
import { type DeviceTruth, SimulatedDevice } from "../../fleet/simulatedDevice.ts";
import { splitSignedImage } from "../../shared/firmware/signing/signedImage.ts";
import { startManualCloud } from "../device/support/manualCloud.ts";
import { until } from "../flow/support/until.ts";

describe("the options of the fleet", () => {
  it("have defaults, and accept a share with or without %", () => {
    expect(parseOptions(["--devices", "1000", "--bad", "3%"])).toMatchObject({
      devices: 1_000,
      badPercent: 3,
      waves: [10, 100],
      rollback: "slot",
      cloud: undefined,
    });
    expect(parseOptions(["--bad", "0.5"])).toMatchObject({ badPercent: 0.5 });
    expect(parseOptions(["--help"])).toBe("help");
  });

  it.each([
    [["--device", "3"], "Did you mean '--devices'?"],
    [["--devices", "0"], "--devices must be a whole number from 1 to 5000, not '0'"],
    [["--devices", "1e3"], "not '1e3'"],
    [["--bad", "101%"], "--bad must be a percentage"],
    [["--faults", "no-conect"], "Did you mean 'no-connect'?"],
    [["--image-fault", "sleeps"], "has no fault 'sleeps'"],
    [["--waves", "50,10,100"], "--waves must be rising"],
    [["--waves", "10,50"], "end with 100"],
    [["--rollback", "version"], "slot or none"],
    [["--api", "http://127.0.0.1:8080"], "belong together"],
    [["--api", "x", "--mqtt", "mqtts://h:1", "--state", "d"], "--api must be a URL"],
    [["--api", "http://h", "--mqtt", "mqtt://h:1", "--state", "d"], "--mqtt must be an mqtts URL"],
    [["extra"], "Unexpected argument"],
  ])("refuse %o", (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe("the faults of a fleet", () => {
  it("go to the given share of the devices, each fault about equally often", () => {
    const assigned = assignFaults(1_000, 3, { seed: 1 });
    const bad = assigned.filter((fault) => fault !== undefined);
    expect(assigned).toHaveLength(1_000);
    expect(bad).toHaveLength(30);
    for (const name of faultNames) {
      const count = bad.filter((fault) => fault === name).length;
      expect([3, 4]).toContain(count);
    }
    expect(assignFaults(1_000, 3, { seed: 1 })).toEqual(assigned);
    expect(assignFaults(1_000, 3, { seed: 2 })).not.toEqual(assigned);
  });

  it("go to at least one device, and to none for 0 %", () => {
    const count = (devices: number, percent: number) =>
      assignFaults(devices, percent, { seed: 3 }).filter((fault) => fault !== undefined).length;
    expect([count(5, 1), count(5, 0), count(5, 100)]).toEqual([1, 0, 5]);
  });
});

describe("the books", () => {
  const judgement = { version: 2, imageFault: undefined, isFinished: true };
  const truth = (changes: Partial<DeviceTruth> = {}): DeviceTruth => ({
    id: "d1",
    fault: undefined,
    version: 2,
    isTrial: false,
    isConnected: true,
    starts: 2,
    newStarts: 1,
    error: undefined,
    ...changes,
  });
  const problem = (device: Partial<DeviceTruth>, state: DeviceState, changes: object = {}) =>
    compareBooks([truth(device)], [{ id: "d1", state }], { ...judgement, ...changes }).problems[0]
      ?.problem;

  it("agree about a device that runs the new image and works", () => {
    expect(problem({}, "installed")).toBeUndefined();
    expect(problem({ fault: "sleeps" }, "installed")).toBeUndefined();
  });

  it.each<[Partial<DeviceTruth>, DeviceState, string]>([
    [{ version: 1 }, "installed", "runs version 1"],
    [{ version: 1, fault: "lies" }, "current", "runs version 1"],
    [{ fault: "no-work" }, "installed", "does not work with the new version"],
    [{}, "failed", "runs the new version and works"],
    [{ fault: "sleeps" }, "failed", "runs the new version and works"],
    [{}, "waiting", "runs the new version and works"],
    [{ version: 1 }, "downloading", "the release has ended"],
  ])("disagree about %o as %s", (device, state, expected) => {
    expect(problem(device, state)).toBe(expected);
  });

  it("wait for the end of a release, but not for a wrong success or failure", () => {
    expect(problem({}, "downloading", { isFinished: false })).toBeUndefined();
    expect(problem({ version: 1 }, "installed", { isFinished: false })).toBe("runs version 1");
  });

  it("count each device once, and name those that are missing, unknown or repeated", () => {
    const listed = [
      { id: "d1", state: "installed" },
      { id: "d1", state: "installed" },
      { id: "x", state: "waiting" },
    ] as const;
    const books = compareBooks([truth(), truth({ id: "d2" })], listed, judgement);
    expect(books.repeated).toEqual(["d1"]);
    expect(books.unknown).toEqual(["x"]);
    expect(books.problems.map(({ id }) => id)).toEqual(["d2"]);
    expect(books.counts.installed).toBe(1);
  });
});

it("devices of the fleet end as their faults say", async () => {
  const cloud = await startManualCloud();
  const owner = createOwner(7);
  const old = Buffer.alloc(10_000, "old ");
  const next = Buffer.alloc(10_001, "new ");
  const { signed } = splitSignedImage(owner.sign(next, 2));
  const kinds: (Fault | undefined)[] = [undefined, ...faultNames];
  const devices = kinds.map((fault, i) => {
    const id = String(i + 1).padStart(24, "0");
    const device = new SimulatedDevice({
      identity: { id, fleet: "f1", certificate: "", privateKey: "" },
      endpoints: [cloud.url],
      ca: "",
      product: 7,
      keys: owner.document,
      image: old,
      platform,
      fault,
      imageFault: undefined,
      intervalMs: 50,
      daySeconds: 1,
      confirmMs: 400,
      bootMs: 10,
      random: seededRandom(i),
    });
    onTestFinished(() => device.stop());
    return { id, fault, device };
  });
  await Promise.all(devices.map(({ device }) => device.start()));
  const sleeping = devices.find(({ fault }) => fault === "sleeps");
  await sleeping?.device.sleep();

  // The cloud of this test: it offers on each hello, and answers each request for a block.
  let handled = 0;
  const offered = new Set<string>();
  const answer = async () => {
    for (; handled < cloud.published.length; handled += 1) {
      const { topic, text } = cloud.published[handled]!;
      const id = topic.split("/").at(-1) ?? "";
      const message = topic.startsWith("events/") ? {} : JSON.parse(text);
      if (topic.startsWith("hello/") && !offered.has(id) && id !== "") {
        const offer = {
          command: "update",
          release: "r1",
          product: 7,
          version: 2,
          manifest: signed,
        };
        if (message.image !== undefined) await cloud.say(`control/${id}`, offer);
      }
      if (message.state === "confirmed" || message.state === "failed") offered.add(id);
      if (message.request !== "block") continue;
      const { release, offset, length } = message;
      const bytes = next.subarray(offset, offset + length);
      const header = { release, offset, length: bytes.length, size: next.length };
      await cloud.say(`firmware/${id}`, `${JSON.stringify(header)}\n${bytes}`);
    }
  };
  const reported = (id: string) =>
    cloud.published
      .filter(({ topic }) => topic.endsWith(`/updates/${id}`))
      .map(({ text }) => JSON.parse(text).state)
      .at(-1);
  const expected = (fault: Fault | undefined) => {
    if (fault === "silent") return { version: 1, report: undefined };
    if (fault === "lies") return { version: 1, report: "confirmed" };
    if (fault === "bad-image" || fault === "no-connect") return { version: 1, report: "failed" };
    return { version: 2, report: "confirmed" };
  };
  await until("all devices end", async () => {
    await answer();
    return devices.every(({ id, fault, device }) => {
      const { version, report } = expected(fault);
      return device.truth.version === version && reported(id) === report;
    });
  }).catch((error: unknown) => {
    const found = devices.map(({ id, device }) => ({ ...device.truth, report: reported(id) }));
    throw new Error(`${error}: ${JSON.stringify(found)}`);
  });
  expect(sleeping?.device.truth.starts).toBe(2);
  // Power loss, then the restart of the update.
  expect(devices.find(({ fault }) => fault === "power-cut")?.device.truth.starts).toBe(3);
});
