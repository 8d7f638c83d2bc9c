import { describe, expect, it } from "vitest";
import {
  findDeadLetter,
  findDeadLetters,
  removeDeadLetters,
} from "#shared/delivery/findDeadLetters.ts";
import { memoryDeadLetters } from "../../memory/delivery/deadLetters.ts";
import { aDelivery, someTime } from "../../memory/samples.ts";

const now = () => someTime;
const integration = "integration-1";

const world = async (count: number) => {
  const deadLetters = memoryDeadLetters(now);
  for (let i = 0; i < count; i += 1) {
    const delivery = aDelivery({ id: `m${i}`, status: i % 10 === 0 ? 503 : 500 });
    await deadLetters.put({ delivery, reason: "why", buriedAt: someTime - 1_000 + i });
  }
  return { deadLetters, now };
};

describe("dead letters", () => {
  it("are found by a filter, in pages without gaps and duplicates", async () => {
    const deps = await world(100);
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const asked = { filter: { status: 503 }, limit: 3, after };
      const page = await findDeadLetters(integration, asked, deps);
      expect(page.deadLetters.length).toBeLessThanOrEqual(3);
      ids.push(...page.deadLetters.map(({ delivery }) => delivery.id));
      after = page.next;
    } while (after !== undefined);
    expect(ids).toEqual(Array.from({ length: 10 }, (_, i) => `m${90 - i * 10}`));
  });

  it("are found by the id of their delivery", async () => {
    const deps = await world(500);
    expect((await findDeadLetter(integration, "m3", deps)).delivery.id).toBe("m3");
    const unknown = findDeadLetter(integration, "nothing", deps);
    await expect(unknown).rejects.toMatchObject({ code: "not_found" });
  });

  it("are removed only if they match the filter", async () => {
    const deps = await world(500);
    const removing = removeDeadLetters(integration, { status: 503 }, deps);
    expect(await removing).toEqual({ removed: 50, more: false });
    const left = await findDeadLetters(integration, { filter: {}, limit: 1_000 }, deps);
    expect(left.deadLetters).toHaveLength(450);
  });
});
