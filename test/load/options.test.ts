import { expect, it } from "vitest";
import { help } from "../../load/help.ts";
import { lanesOf } from "../../load/lanes.ts";
import { parseOptions } from "../../load/options.ts";
import { partNames, parts } from "../../load/parts/parts.ts";
import { priceText } from "../../load/price/confirmPrice.ts";

it("runs on this machine unless a deployment is named", () => {
  expect(parseOptions(["events"])).toEqual({
    parts: ["events"],
    rate: undefined,
    seconds: undefined,
    isMad: false,
    deployment: undefined,
    json: false,
  });
  expect(parseOptions(["all"])).toMatchObject({ parts: partNames });
});

it("has a mad tenant only where units can be offered twice", () => {
  expect(parseOptions(["calls", "--mad"])).toMatchObject({ parts: ["calls"], isMad: true });
  expect(parseOptions(["all", "--mad"])).not.toMatchObject({ parts: partNames });
  expect(() => parseOptions(["replay", "--mad"])).toThrow("units of replay cannot be repeated");
  expect(() => parseOptions(["calls", "--mad", "--api", "http://x"])).toThrow("by --stack");
});

it("names a deployment by its stack or its URL, with the address of the target", () => {
  expect(parseOptions(["calls", "--stack", "Godwit-Api-us-east-1", "--yes"])).toMatchObject({
    deployment: { address: { stack: "Godwit-Api-us-east-1" }, target: undefined, yes: true },
  });
  const target = ["--target-url", "https://t.example.com/", "--target-port", "9000"];
  expect(parseOptions(["events", "--api", "https://api.example.com/", ...target])).toMatchObject({
    deployment: {
      address: { api: "https://api.example.com" },
      target: { url: "https://t.example.com", port: 9_000 },
      yes: false,
    },
  });
});

it.each([
  [[], "missing part. Try --help."],
  [["event"], "no part is named 'event'. Did you mean 'events'? Try --help."],
  [["call"], "no part is named 'call'. Did you mean 'calls'? Try --help."],
  [
    ["events", "--rate", "20000", "--seconds", "600"],
    "--rate 20000 for --seconds 600 are 12000000 units: a run has at most 2000000. Try --help.",
  ],
  [["events", "calls"], "unexpected 'calls'. Try --help."],
  [["events", "--rat", "5"], "Unknown option '--rat'. Did you mean '--rate'? Try --help."],
  [
    ["events", "--rate", "0"],
    "--rate must be a whole number from 1 to 20000, not '0'. Try --help.",
  ],
  [["events", "--seconds", "1.5"], "--seconds must be a whole number from 1 to 600, not '1.5'."],
  [["all", "--rate", "5"], "--rate is for one part: each part has its own default."],
  [["events", "--yes"], "--yes is for a deployment: --stack NAME or --api URL."],
  [["events", "--target-port", "1"], "--target-port is for a deployment"],
  [["events", "--api", "ftp://x"], "--api must be an HTTP URL, not 'ftp://x'."],
  [["events", "--api", "http://x", "--stack", "y"], "--stack and --api are two ways"],
  [["events", "--api", "http://x", "--target-url", "http://y"], "belong together"],
])("refuses %j", (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

it("describes every part", () => {
  for (const name of partNames) expect(help).toContain(`\n  ${name} `);
});

const wanted = { rate: undefined, seconds: undefined, isMad: false };

it("offers five times the documented rate of each part by default", () => {
  for (const name of partNames) {
    const { documented, seconds } = parts[name];
    const [lane, ...others] = lanesOf(parts[name], { ...wanted, seconds });
    expect(lane?.rate).toBe(5 * documented.perSecond);
    expect(others).toEqual([]);
  }
});

it("has one tenant at 50 times the rate of each of the others", () => {
  const part = { documented: { perSecond: 100, source: "" }, seconds: 2 };
  expect(lanesOf(part, { ...wanted, isMad: true })).toEqual([
    { name: "tenant 1", rate: 2, count: 4 },
    { name: "tenant 2", rate: 2, count: 4 },
    { name: "tenant 3", rate: 2, count: 4 },
    { name: "mad tenant", rate: 100, count: 200 },
  ]);
});

it("has a price for each part on a deployment, which grows with the units", () => {
  const dollarsOf = (seconds: number): number => {
    const text = priceText({ ...wanted, parts: partNames, seconds });
    for (const name of partNames) expect(text).toContain(`${name}: `);
    return Number(/Together about \$([\d.]+)/.exec(text)?.[1]);
  };
  expect(dollarsOf(600)).toBeGreaterThan(10 * dollarsOf(20));
});
