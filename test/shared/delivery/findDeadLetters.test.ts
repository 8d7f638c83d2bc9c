import { describe, expect, it } from "vitest";
import {
  findDeadLetter,
  findDeadLetters,
  removeDeadLetters,
} from "#shared/delivery/findDeadLetters.ts";
import { planItemsMax } from "#shared/delivery/limits.ts";
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

/** More than a search without a time reads. */
const many = world(planItemsMax + 500);

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
    expect((await findDeadLetter(integration, { id: "m3" }, deps)).delivery.id).toBe("m3");
    const unknown = findDeadLetter(integration, { id: "nothing" }, deps);
    await expect(unknown).rejects.toMatchObject({ code: "not_found" });
  });

  it("are found by their time, however many newer ones there are", async () => {
    const deps = await many;
    const one = { id: "m3", failedAt: someTime - 1_000 + 3 };
    expect((await findDeadLetter(integration, one, deps)).delivery.id).toBe("m3");
    for (const other of [
      { ...one, failedAt: one.failedAt + 1 },
      { ...one, id: "m4" },
    ]) {
      const unknown = findDeadLetter(integration, other, deps);
      await expect(unknown).rejects.toMatchObject({ code: "not_found" });
    }
  });

  it("without a time, a search that ends before the oldest one says what to do", async () => {
    const deps = await many;
    const old = findDeadLetter(integration, { id: "m3" }, deps);
    await expect(old).rejects.toThrow(
      "Not among the newest 10,000 dead letters: repeat the request with failed_at, as the list of dead letters has it",
    );
    const all = await world(10);
    const unknown = findDeadLetter(integration, { id: "nothing" }, all);
    await expect(unknown).rejects.toThrow("Dead letter not found");
  });

  it("are removed only if they match the filter", async () => {
    const deps = await world(500);
    const removing = removeDeadLetters(integration, { status: 503 }, deps);
    expect(await removing).toEqual({ removed: 50, more: false });
    const left = await findDeadLetters(integration, { filter: {}, limit: 1_000 }, deps);
    expect(left.deadLetters).toHaveLength(450);
  });
});
