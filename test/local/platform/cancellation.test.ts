import { describe, expect, it } from "vitest";
import { type Cancellation, Canceller } from "../../../local/platform/cancellation.ts";

const record = (cancellation: Cancellation) => {
  const reasons: unknown[] = [];
  return { reasons, forget: cancellation.onCancel((reason) => reasons.push(reason)) };
};

describe("a cancellation", () => {
  it("reaches its listeners, its signal and those that derive from it, once and with its reason", () => {
    const canceller = new Canceller();
    const child = new Canceller(canceller);
    const [own, derived] = [record(canceller), record(child)];
    const { signal } = child;
    canceller.cancel("first");
    canceller.cancel("second");
    expect([own.reasons, derived.reasons]).toEqual([["first"], ["first"]]);
    expect([child.isCancelled, child.reason]).toEqual([true, "first"]);
    expect([signal.aborted, signal.reason]).toEqual([true, "first"]);
  });

  it("is reported at once to who asks later", () => {
    const canceller = new Canceller();
    canceller.cancel("late");
    expect(record(canceller).reasons).toEqual(["late"]);
    expect(canceller.signal.reason).toBe("late");
    expect(new Canceller(canceller).isCancelled).toBe(true);
  });

  it("does not reach a listener that was removed, or one that derived from it and was closed", () => {
    const canceller = new Canceller();
    const child = new Canceller(canceller);
    const [removed, derived] = [record(canceller), record(child)];
    removed.forget();
    child.close();
    canceller.cancel("over");
    expect([removed.reasons, derived.reasons]).toEqual([[], []]);
    expect(child.isCancelled).toBe(false);
  });

  it("of one that derives from another does not cancel the other", () => {
    const canceller = new Canceller();
    new Canceller(canceller).cancel("child");
    expect(canceller.isCancelled).toBe(false);
  });
});
