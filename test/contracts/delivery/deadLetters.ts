import { describe, expect, it } from "vitest";
import {
  type DeadLetter,
  type DeadLetterPage,
  type DeadLetters,
  deadLetterKeyOf,
} from "#shared/delivery/deadLetter.ts";
import { deadLetterDays, reasonCharsMax } from "#shared/delivery/limits.ts";
import { eventDataBytesMax } from "#shared/platform/quotas.ts";

import { aDelivery, anEvent, someTime, stoppedClock } from "../../memory/samples.ts";

const letter = (id: string, buriedAt = someTime, integration = "i1"): DeadLetter => ({
  delivery: aDelivery({ id, integration }),
  reason: "the target answered 500",
  buriedAt,
});

/** The contract of `DeadLetters`. `now` determines which have expired. */
export const deadLettersContract = (open: (now: () => number) => Promise<DeadLetters>): void => {
  describe("dead letters", () => {
    it("are listed by integration, newest first", async () => {
      const deadLetters = await open(() => someTime);
      const [a, b, c] = [
        letter("a", someTime),
        letter("b", someTime + 9),
        letter("c", someTime + 10),
      ];
      for (const one of [b, a, c]) await deadLetters.put(one);
      await deadLetters.put(letter("d", someTime, "i12"));
      expect(await deadLetters.list("i1", { limit: 10 })).toEqual({ deadLetters: [c, b, a] });
      expect(await deadLetters.list("i2", { limit: 10 })).toEqual({ deadLetters: [] });
    });

    it("are the same when they are stored again", async () => {
      const deadLetters = await open(() => someTime);
      await deadLetters.put(letter("a"));
      await deadLetters.put(letter("a"));
      expect(await deadLetters.list("i1", { limit: 10 })).toEqual({ deadLetters: [letter("a")] });
    });

    it("come in pages without gaps and duplicates", async () => {
      const deadLetters = await open(() => someTime);
      // Three of them have the same millisecond.
      const ids = ["a", "b", "c", "d", "e"];
      for (const [i, id] of ids.entries()) await deadLetters.put(letter(id, someTime + (i >> 1)));
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await deadLetters.list("i1", { limit: 2, ...(after && { after }) });
        seen.push(...page.deadLetters.map(({ delivery }) => delivery.id));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(["e", "d", "c", "b", "a"]);
    });

    it.each(["0", "zzz", "!", "999999999999999#zzz"])(
      "are listed without an error from the unknown position %j",
      async (after) => {
        const deadLetters = await open(() => someTime);
        await deadLetters.put(letter("a"));
        for (const order of ["newest first", "oldest first"] as const) {
          const query = { limit: 10, after, order, from: someTime, before: someTime + 1 };
          const { deadLetters: found } = await deadLetters.list("i1", query);
          const isBefore = (order === "newest first") === after > String(someTime);
          expect(found).toEqual(isBefore ? [letter("a")] : []);
        }
      },
    );

    it("can have an event of the maximum size and a reason of the maximum length", async () => {
      const deadLetters = await open(() => someTime);
      const data = Buffer.alloc(eventDataBytesMax, 0xff).toString("base64");
      const large = {
        ...letter("a"),
        delivery: aDelivery({ id: "a", integration: "i1", event: anEvent({ data }) }),
        reason: "é".repeat(reasonCharsMax),
      };
      await deadLetters.put(large);
      expect(await deadLetters.list("i1", { limit: 10 })).toEqual({ deadLetters: [large] });
    });

    it("can be listed by time, oldest first", async () => {
      const deadLetters = await open(() => someTime);
      for (const i of [0, 1, 2, 3, 4]) await deadLetters.put(letter(`m${i}`, someTime + i));
      const query = { from: someTime + 1, before: someTime + 4, limit: 2 };
      const ids = ({ deadLetters: found }: DeadLetterPage) =>
        found.map(({ delivery }) => delivery.id);
      const first = await deadLetters.list("i1", { ...query, order: "oldest first" });
      expect(ids(first)).toEqual(["m1", "m2"]);
      const { next: after } = first;
      const rest = await deadLetters.list("i1", { ...query, order: "oldest first", after });
      expect(ids(rest)).toEqual(["m3"]);
      expect(ids(await deadLetters.list("i1", { ...query, limit: 10 }))).toEqual([
        "m3",
        "m2",
        "m1",
      ]);
    });

    it("are removed, ignoring missing ones, and no others are", async () => {
      const deadLetters = await open(() => someTime);
      const many = Array.from({ length: 30 }, (_, i) => letter(`m${i}`, someTime + i));
      for (const one of many) await deadLetters.put(one);
      const [last, ...others] = many.toReversed();
      await deadLetters.remove("i1", [...others, letter("never")].map(deadLetterKeyOf));
      await deadLetters.remove("i1", others.map(deadLetterKeyOf));
      await deadLetters.remove("i2", [deadLetterKeyOf(last!)]);
      await deadLetters.remove("i1", []);
      expect(await deadLetters.list("i1", { limit: 50 })).toEqual({ deadLetters: [last] });
    });

    it("are not listed after they expire", async () => {
      const clock = stoppedClock();
      const deadLetters = await open(clock.now);
      await deadLetters.put(letter("a"));
      const kept = { deadLetters: [letter("a")] };
      clock.ms += deadLetterDays * 86_400_000 - 1_000;
      expect(await deadLetters.list("i1", { limit: 10 })).toEqual(kept);
      clock.ms += 3_000;
      expect(await deadLetters.list("i1", { limit: 10 })).toEqual({ deadLetters: [] });
    });
  });
};
