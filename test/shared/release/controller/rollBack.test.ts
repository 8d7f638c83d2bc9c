import { describe, expect, it } from "vitest";
import type { Session } from "#shared/presence/session.ts";
import type { Census } from "#shared/release/controller/census.ts";
import { rollBack } from "#shared/release/controller/rollBack.ts";
import { deviceStatus } from "#shared/release/model/deviceStatus.ts";
import type { Fact } from "#shared/release/model/fact.ts";
import type { Observations } from "#shared/release/model/progress.ts";
import type { Release } from "#shared/release/model/release.ts";
import { foldFacts } from "#shared/release/model/releaseStatus.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { memoryReleaseFacts } from "../../../memory/release/rows.ts";
import { aHalt, anEnrolment, aRelease, openFacts } from "../../../memory/release/samples.ts";
import { someTime } from "../../../memory/samples.ts";

const id = (number: number): string => number.toString(16).padStart(24, "0");
const region = "us-east-1";
const byAda = { release: "release-1", region, at: someTime + 5, by: "ada@example.com" };

/** A release with an updated device with two slots, one with a single slot, and one not reached. */
const world = async (given: Partial<Release>, more: readonly Fact[]) => {
  const release = aRelease(given);
  const facts = memoryReleaseFacts();
  const all = [...openFacts(), ...more];
  for (const fact of all) await facts.add(fact);
  const status = foldFacts(all);
  const updated: Observations = { offers: [1], accepted: { at: 2 } };
  const devices = [updated, updated, {}].map((seen, i) => {
    const enrolment = anEnrolment({ device: id(i) });
    const state = deviceStatus({ release, status, enrolment, seen, now: someTime });
    return [id(i), { enrolment, seen, status: state }] as const;
  });
  const sessions = memorySessions(region);
  for (const [i, slots] of [2, 1, 1].entries()) {
    const hello = { functions: [], variables: {}, slots };
    const session: Session = {
      ...{ device: id(i), region, connected: true, since: 1, at: 1, revision: 1 },
      ...{ hello, helloAt: 1 },
    };
    await sessions.put(session);
  }
  const former: string[][] = [];
  const census: Census = { release, status, devices: new Map(devices), now: someTime };
  await rollBack(census, {
    facts,
    sessions,
    releaseFormer: async (_, ids) => {
      former.push([...ids]);
      return "former";
    },
    region,
    now: () => someTime + 9,
  });
  return { former, phase: foldFacts(await facts.list("release-1")).phase };
};

describe("a release that has halted by itself", () => {
  it("goes back by the other slot, and by the former version where there is only one", async () => {
    const found = await world({ rollback: "slot", rollbackVersion: 1 }, [aHalt()]);
    expect(found).toEqual({ phase: "rolling_back", former: [[id(1)]] });
  });

  it("goes back by the former version on every device that it has reached", async () => {
    const found = await world({ rollback: "version", rollbackVersion: 1 }, [aHalt()]);
    expect(found).toEqual({ phase: "rolling_back", former: [[id(0), id(1)]] });
  });

  it("stays halted if it says so, and if a person has halted it", async () => {
    expect((await world({ rollback: "none" }, [aHalt()])).phase).toBe("halted");
    const halted: Fact = { ...byAda, kind: "halted", halt: "by-ada" };
    expect((await world({ rollback: "slot" }, [halted])).phase).toBe("halted");
  });
});

it("a rollback that a person orders releases the former version too", async () => {
  const order: Fact = { ...byAda, kind: "rollback" };
  const found = await world({ rollback: "version", rollbackVersion: 1 }, [order]);
  expect(found).toEqual({ phase: "rolling_back", former: [[id(0), id(1)]] });
});
