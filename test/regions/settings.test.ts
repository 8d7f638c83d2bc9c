import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { settingsFrom } from "../../infra/settings.ts";
import { changeSettings, readSettings, writeSettings } from "../../regions/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "godwit-settings-"));
const regionsOf = (context: Readonly<Record<string, unknown>>) => settingsFrom(context).where;
afterAll(() => rmSync(folder, { recursive: true }));

const cdkJson = readFileSync("cdk.json", "utf8");
const change = {
  regions: ["us-east-1", "eu-west-1"],
  stateRegion: "us-east-1",
  closedRegions: undefined,
};

describe("a change of cdk.json", () => {
  it("adds lines and leaves the others as they are", () => {
    const changed = changeSettings(cdkJson, change);
    const [before, after] = [cdkJson.split("\n"), changed.split("\n")];
    expect(after.filter((line) => !before.includes(line))).toEqual([
      '    "regions": ["us-east-1", "eu-west-1"],',
      '    "stateRegion": "us-east-1",',
    ]);
    expect(after).toHaveLength(before.length + 1);
  });

  it("can be repeated and taken back", () => {
    const changed = changeSettings(cdkJson, { ...change, closedRegions: ["eu-west-1"] });
    expect(changeSettings(changed, { ...change, closedRegions: ["eu-west-1"] })).toBe(changed);
    const back = changeSettings(changed, { ...change, regions: ["us-east-1"] });
    expect(JSON.parse(back).context).toEqual({
      ...JSON.parse(cdkJson).context,
      stateRegion: "us-east-1",
    });
  });

  it("works for a file in another format", () => {
    const compact = JSON.stringify({
      app: "x",
      context: { domain: "a.example.com", regions: ["us-east-1"] },
    });
    const spread = JSON.stringify(JSON.parse(compact), null, 4).replaceAll("\n", "\r\n");
    for (const text of [compact, spread]) {
      expect(JSON.parse(changeSettings(text, change)).context).toMatchObject({
        regions: change.regions,
        stateRegion: "us-east-1",
        domain: "a.example.com",
      });
    }
  });

  const sorted = {
    app: "x",
    context: {
      closedRegions: ["eu-west-1"],
      domain: "a.example.com",
      regions: ["us-east-1", "eu-west-1"],
      stateRegion: "us-east-1",
    },
  };

  it.each([
    ["one line", JSON.stringify(sorted)],
    ["sorted names", JSON.stringify(sorted, null, 2)],
    ["tabs", JSON.stringify(sorted, null, "\t")],
    ["several names in a line", JSON.stringify(sorted, null, 2).replaceAll(",\n    ", ", ")],
  ])("works for a file with the settings at other places, which are there once: %s", (_, text) => {
    const next = { ...change, regions: ["us-east-1"] };
    const changed = changeSettings(text, next);
    const { closedRegions: _closed, ...others } = sorted.context;
    expect(JSON.parse(changed)).toEqual({
      app: "x",
      context: { ...others, regions: ["us-east-1"] },
    });
    expect(changed.match(/"stateRegion"/g)).toHaveLength(1);
    expect(changeSettings(changed, next)).toBe(changed);
  });

  it("is refused with the values to set by hand if the file has no list of regions", () => {
    expect(() => changeSettings('{ "context": {} }', change)).toThrow('"stateRegion": "us-east-1"');
  });
});

it("the settings are read and written", async () => {
  const file = join(folder, "cdk.json");
  writeFileSync(file, cdkJson);
  await writeSettings(file, change);
  expect(await readSettings(file)).toMatchObject({
    regions: change.regions,
    stateRegion: "us-east-1",
    isStateRegionGiven: true,
    closedRegions: [],
    hasDomain: false,
    hasDrills: false,
  });
});

it.each([
  ['{ // regions\n "context": {} }', "no JSON, which has no comments"],
  ["[]", '"context" must be an object'],
  ['{ "app": "x" }', '"context" must be an object'],
  ['{ "context": {} }', "regions: must be a list of regions"],
  ['{ "context": { "regions": ["mars"] } }', "'mars' is no AWS region"],
  ['{ "context": { "regions": ["us-east-1"], "stateRegoin": "x" } }', "did you mean stateRegion?"],
])("the settings are refused with the reason: %s", async (text, message) => {
  const file = join(folder, "wrong.json");
  writeFileSync(file, text);
  await expect(readSettings(file)).rejects.toThrow(message);
  await expect(readSettings(file)).rejects.toHaveProperty("name", "UsageError");
});

describe("settings of regions", () => {
  it("have the first region as the state region, unless they name another one", () => {
    const regions = ["eu-west-1", "us-east-1"];
    expect(regionsOf({ regions })).toMatchObject({
      stateRegion: "eu-west-1",
      isStateRegionGiven: false,
    });
    expect(regionsOf({ regions, stateRegion: "us-east-1" })).toMatchObject({
      stateRegion: "us-east-1",
      isStateRegionGiven: true,
    });
  });

  it("are a list, or text with commas", () => {
    expect(
      regionsOf({
        regions: "us-east-1,eu-west-1",
        closedRegions: "",
        unprotectedRegions: "eu-west-1",
      }),
    ).toMatchObject({
      regions: ["us-east-1", "eu-west-1"],
      closedRegions: [],
      unprotectedRegions: ["eu-west-1"],
    });
  });

  it.each([
    [
      "a state region that is removed",
      { regions: ["eu-west-1"], stateRegion: "us-east-1" },
      "cannot|neither",
    ],
    [
      "a closed region that is not there",
      { regions: ["eu-west-1"], closedRegions: ["us-east-1"] },
      "not in regions",
    ],
    [
      "an unprotected one",
      { regions: ["eu-west-1"], unprotectedRegions: "us-east-1" },
      "not in regions",
    ],
    ["no AWS region", { regions: ["mars"] }, "is no AWS region"],
  ])("are refused: %s", (_, given, message) => {
    expect(() => regionsOf(given)).toThrow(new RegExp(message));
  });
});
