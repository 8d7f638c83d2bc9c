import { expect, it } from "vitest";
import { lossTests } from "../../../bench/loss/lossTests.ts";
import { lossSection } from "../../../bench/report/lossSection.ts";

it("lists lost and repeated events of each system for each test that ran", () => {
  const first = lossTests[0]!;
  const { headings, rows } = lossSection({
    systems: ["Godwit", "Node-RED"],
    results: [
      {
        test: first.number,
        system: "Godwit",
        counts: { acknowledged: 20_000, lost: 0, repeated: 5_901 },
        drainedMs: 1,
      },
      {
        test: first.number,
        system: "Node-RED",
        counts: { acknowledged: 20_000, lost: 17_751, repeated: 0 },
        other: { acknowledged: 3_000, lost: 2_255, repeated: 0 },
        drainedMs: 1,
      },
    ],
  });
  expect(headings).toEqual(["Lost of the acknowledged events", "Godwit", "Node-RED"]);
  expect(rows).toEqual([
    [
      `${first.number}. ${first.name}`,
      "0 of 20,000 (5,901 twice)",
      "17,751 of 20,000; hanging: 2,255 of 3,000",
    ],
  ]);
});
