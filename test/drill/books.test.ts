import { expect, it } from "vitest";
import { openBooks } from "../../drill/books.ts";

it("what was accepted and has not arrived is lost, and what arrives again is repeated", () => {
  const books = openBooks("n");
  const [a, b, c] = [books.publish(), books.publish(), books.publish()];
  for (const id of [a, b]) books.accept(id);
  for (const id of [a, a, c, "another"]) books.arrive(id);
  expect(books.ids()).toEqual({ accepted: 2, delivered: 2, lost: 1, repeated: 1 });
  expect(books.missing()).toBe(1);
});

it("an event may arrive before it is known to be accepted", () => {
  const books = openBooks("n");
  const id = books.publish();
  books.arrive(id);
  books.accept(id);
  books.accept(id);
  expect(books.ids()).toEqual({ accepted: 1, delivered: 1, lost: 0, repeated: 0 });
});

it("an event's time counts for when it was published", () => {
  const books = openBooks("n");
  const before = performance.now();
  books.arrive(books.publish());
  const between = performance.now();
  books.arrive(books.publish());
  books.publish();
  expect(books.latenciesMs(before, between)).toHaveLength(1);
  expect(books.latenciesMs(before, Number.POSITIVE_INFINITY)).toHaveLength(2);
});
