import { expect, it } from "vitest";
import { assignmentsOf, type FirmwareVersion } from "#shared/firmware/firmwareVersion.ts";

it("the default and the firmware of a group are those of the latest release, in any order", () => {
  const rows: Pick<FirmwareVersion, "version" | "defaultAt" | "groups">[] = [
    { version: 1, defaultAt: 10, groups: { east: 10, west: 30 } },
    { version: 2, defaultAt: 20, groups: { east: 20, west: 20 } },
    { version: 3, groups: {} },
  ];
  const expected = {
    productDefault: 2,
    byGroup: new Map([
      ["east", 2],
      ["west", 1],
    ]),
  };
  expect(assignmentsOf(rows)).toEqual(expected);
  const reversed = assignmentsOf(rows.toReversed());
  expect([reversed.productDefault, new Map([...reversed.byGroup].toSorted())]).toEqual([
    expected.productDefault,
    new Map([...expected.byGroup].toSorted()),
  ]);
  expect(assignmentsOf([])).toEqual({ productDefault: undefined, byGroup: new Map() });
});

it("of releases at the same time, the highest version counts", () => {
  const rows = [
    { version: 2, defaultAt: 10, groups: { east: 10 } },
    { version: 1, defaultAt: 10, groups: { east: 10 } },
  ];
  expect(assignmentsOf(rows)).toEqual({ productDefault: 2, byGroup: new Map([["east", 2]]) });
});
