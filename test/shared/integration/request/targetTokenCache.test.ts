import { describe, expect, it } from "vitest";
import { tokenMarginMs, tokensCachedMax } from "#shared/integration/request/limits.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { stoppedClock } from "../../../memory/samples.ts";

const world = () => {
  const clock = stoppedClock();
  let got = 0;
  return {
    clock,
    token: targetTokenCache(clock),
    get: async () => {
      got += 1;
      return { text: `token ${got}`, until: clock.ms + tokenMarginMs + 1_000 };
    },
    got: () => got,
  };
};

describe("a token", () => {
  it("is requested once while it is valid, also concurrently, and renewed before it expires", async () => {
    const { clock, token, get } = world();
    const all = await Promise.all([token("a", get), token("a", get), token("a", get)]);
    expect(new Set(all)).toEqual(new Set(["token 1"]));
    clock.ms += 1_000;
    const later = await Promise.all([token("a", get), token("a", get)]);
    expect(new Set(later)).toEqual(new Set(["token 2"]));
  });

  it("is separate for each key", async () => {
    const { token, get } = world();
    expect([await token("a", get), await token("b", get)]).toEqual(["token 1", "token 2"]);
  });

  it("is requested again after a failure", async () => {
    const { token, get } = world();
    const down = async () => Promise.reject(new Error("down"));
    await expect(token("a", down)).rejects.toThrow("down");
    expect(await token("a", get)).toBe("token 1");
  });

  it("is evicted when there are too many", async () => {
    const { token, get, got } = world();
    for (let i = 0; i <= tokensCachedMax; i += 1) await token(`${i}`, get);
    await token("1", get);
    expect(got()).toBe(tokensCachedMax + 1);
    await token("0", get);
    expect(got()).toBe(tokensCachedMax + 2);
  });
});
