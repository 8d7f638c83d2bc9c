import { describe, expect, it } from "vitest";
import { deliver } from "#shared/delivery/deliver.ts";
import { hopsMax, loopEventsMax } from "#shared/delivery/limits.ts";
import { aDelivery } from "../../memory/samples.ts";
import { createDeps, deadLettersOf } from "./deliverDeps.ts";

describe("a loop of deliveries", () => {
  it("of an event with too many hops is dead-lettered as a loop, unless a person replays it", async () => {
    const deps = createDeps(200);
    const looped = aDelivery({ event: { ...aDelivery().event, hops: hopsMax } });
    expect(await deliver(looped, deps)).toBe("deadLettered");
    const [letter] = await deadLettersOf(deps);
    expect(letter?.reason).toMatch(/^loop: /);
    expect(deps.requests).toEqual([]);
    expect(await deliver({ ...looped, replayed: true }, deps)).toBe("delivered");
    expect(deps.requests[0]?.headers["godwit-hops"]).toBe(String(hopsMax + 1));
    const last = aDelivery({ event: { ...aDelivery().event, hops: hopsMax - 1 } });
    expect(await deliver(last, deps)).toBe("delivered");
  });

  it("of a repeated event of the API without hops is dead-lettered as a loop, and one of a device is not", async () => {
    const deps = createDeps(200);
    const event = (device: string, n: number) => ({ ...aDelivery().event, device, id: `e${n}` });
    const ends = async (device: string) => {
      const outcomes: string[] = [];
      for (let n = 0; n <= loopEventsMax; n += 1) {
        outcomes.push(await deliver(aDelivery({ id: `d${n}`, event: event(device, n) }), deps));
      }
      return outcomes;
    };
    expect(new Set(await ends(aDelivery().event.device))).toEqual(new Set(["delivered"]));
    expect((await ends("api")).slice(-2)).toEqual(["delivered", "deadLettered"]);
    const [letter] = await deadLettersOf(deps);
    expect(letter?.reason).toMatch(/^loop: .*Godwit-Hops/);
    const requests = deps.requests.length;
    const last = aDelivery({ event: event("api", loopEventsMax) });
    expect(await deliver({ ...last, replayed: true }, deps)).toBe("delivered");
    expect(deps.requests).toHaveLength(requests + 1);
  });
});
