import { expect, it } from "vitest";
import { vitalRows } from "../../console/screens/deviceFirmware/vitalRows.ts";
import { bodyOf, emptyDraft } from "../../console/screens/releases/draft.ts";

it("makes of the form of a release the body of the API, and leaves wrong numbers to the API", () => {
  const draft = {
    ...emptyDraft,
    version: "3",
    to: "groups" as const,
    names: "beta, staff",
    waves: [
      { kind: "devices" as const, value: "a b", soak: "1.5" },
      { kind: "percent" as const, value: "many", soak: "" },
    ],
    from: "22:00",
    until: "06:00",
    rollback: "none" as const,
    rollbackVersion: "2",
    isForced: true,
  };
  expect(bodyOf(draft)).toEqual({
    version: 3,
    to: { groups: ["beta", "staff"] },
    waves: [
      { devices: ["a", "b"], soak: 90 },
      { percent: "many", soak: "" },
    ],
    failures: { count: 3, percent: 1 },
    window: { from: "22:00", to: "06:00" },
    rollback: "none",
    forced: true,
  });
});

it("names each vital of a device by its place, and says what was not measured", () => {
  const vitals = { system: { uptime: 5 }, power: { battery: { charge: { err: -210 } } } };
  expect(vitalRows(vitals)).toEqual([
    { name: "system.uptime", value: "5" },
    { name: "power.battery.charge", value: "not measured (error -210)" },
  ]);
});
