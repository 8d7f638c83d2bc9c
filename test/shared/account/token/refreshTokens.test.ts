import { describe, expect, it } from "vitest";
import { refreshGraceMs, refreshSiblingsMax } from "#shared/account/limits.ts";
import { refreshDays, tokenDaysDefault } from "#shared/account/token/limits.ts";
import { changeUser, userChange } from "#shared/account/user/changeUser.ts";
import { fleet } from "../../../memory/samples.ts";
import { accountsWorld, address, password, username } from "../world.ts";

const dayMs = 86_400_000;
const invalid = { code: "invalid_grant", status: 400 };
const badToken = { code: "invalid_token" };

const world = async () => {
  const made = await accountsWorld();
  const renew = (refresh_token: string | undefined, given: object = {}) =>
    made.enter({ grant_type: "refresh_token", refresh_token, ...given });
  /** Advances the clock beyond the time in which a repeat counts as a lost response. */
  const settle = () => {
    made.clock.ms += refreshGraceMs + 1;
  };
  return { ...made, renew, settle };
};

describe("a refresh token", () => {
  it("returns a new token of the same kind", async () => {
    const { enter, renew, deps } = await world();
    const { access_token, refresh_token } = await enter({ expires_in: 60 });
    const again = await renew(refresh_token);
    expect(again).toMatchObject({ token_type: "bearer", expires_in: 60 });
    expect(again.access_token).not.toBe(access_token);
    expect(await deps.tokenCache.lookUp(again.access_token)).toMatchObject({ username, fleet });
    const third = await renew(again.refresh_token);
    expect(await deps.tokenCache.lookUp(third.access_token)).toMatchObject({ username });
  });

  it.each([
    ["unknown", "f".repeat(80)],
    ["too short", "f".repeat(40)],
    ["empty", ""],
  ])("that is %s is refused", async (_, text) => {
    const { renew } = await world();
    await expect(renew(text)).rejects.toMatchObject(invalid);
  });

  it("is invalid when the password was replaced while the old one was checked", async () => {
    const { enter, renew, deps, clock } = await world();
    const { find } = deps.secondFactors;
    deps.secondFactors.find = async (whose) => {
      clock.ms += 1;
      await deps.accounts.changeUser(username, { sessionsFrom: clock.ms });
      return find(whose);
    };
    const { refresh_token } = await enter();
    await expect(renew(refresh_token)).rejects.toMatchObject(invalid);
  });

  it("is refused from another client", async () => {
    const { enter, renew } = await world();
    const { refresh_token } = await enter();
    const stolen = { client_id: "particle-api", client_secret: "particle-api" };
    await expect(renew(refresh_token, stolen)).rejects.toMatchObject(invalid);
    expect(await renew(refresh_token)).toHaveProperty("access_token");
  });

  it.each([
    [undefined, tokenDaysDefault + refreshDays],
    [0, refreshDays],
  ])("of a token with expires_in %s is valid for %i days", async (expires_in, days) => {
    for (const [ms, holds] of [
      [-1, true],
      [0, false],
    ] as const) {
      const { enter, renew, clock } = await world();
      const { refresh_token } = await enter({ expires_in });
      clock.ms += days * dayMs + ms;
      const renewed = renew(refresh_token);
      if (holds) expect(await renewed).toHaveProperty("access_token");
      else await expect(renewed).rejects.toMatchObject(invalid);
    }
  });

  it("is revoked with its token", async () => {
    const { enter, renew, deps } = await world();
    const { access_token, refresh_token } = await enter();
    const { hash } = await deps.tokenCache.lookUp(access_token);
    await deps.accounts.removeToken(hash);
    await expect(renew(refresh_token)).rejects.toMatchObject(invalid);
  });
});

describe("the lifetime of a renewed token", () => {
  it.each([
    [60, 0, 60],
    [60, 3_600, 60],
    [60, 30, 30],
    [60, undefined, 60],
    [0, 0, 0],
    [0, 30, 30],
  ])("of %s s, requested with expires_in %s, is %s s", async (first, asked, got) => {
    const { enter, renew, deps, clock } = await world();
    const { refresh_token } = await enter({ expires_in: first });
    const renewed = await renew(refresh_token, { expires_in: asked });
    expect(renewed.expires_in).toBe(got);
    const { expiresAt } = await deps.tokenCache.lookUp(renewed.access_token);
    expect(expiresAt).toBe(got === 0 ? undefined : clock.ms + got * 1_000);
  });

  it("never exceeds the first one, also with a date or after a shorter renewal", async () => {
    const { enter, renew, clock } = await world();
    const first = await enter({ expires_in: 60 });
    const expires_at = new Date(clock.ms + 3_600_000).toISOString();
    const second = await renew(first.refresh_token, { expires_at });
    expect(second.expires_in).toBe(60);
    const third = await renew(second.refresh_token, { expires_in: 10 });
    expect((await renew(third.refresh_token, { expires_in: 0 })).expires_in).toBe(60);
  });
});

describe("a used refresh token that is presented again", () => {
  it("revokes every token of the same log-in, and no other", async () => {
    const { enter, renew, deps, settle, reused } = await world();
    const other = await enter();
    const first = await enter();
    const second = await renew(first.refresh_token);
    const third = await renew(second.refresh_token);
    settle();
    await expect(renew(first.refresh_token)).rejects.toMatchObject(invalid);
    for (const { access_token } of [first, second, third]) {
      await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject(badToken);
    }
    await expect(renew(third.refresh_token)).rejects.toMatchObject(invalid);
    expect(await deps.tokenCache.lookUp(other.access_token)).toMatchObject({ username });
    expect(await renew(other.refresh_token)).toHaveProperty("access_token");
    expect(reused).toHaveLength(1);
  });

  it("revokes them also after a crash of the first attempt", async () => {
    const { enter, renew, deps, settle } = await world();
    const first = await enter();
    const second = await renew(first.refresh_token);
    settle();
    const { removeToken } = deps.accounts;
    deps.accounts.removeToken = () => Promise.reject(new Error("crashed"));
    await expect(renew(first.refresh_token)).rejects.toThrow("crashed");
    deps.accounts.removeToken = removeToken;
    await expect(renew(second.refresh_token)).rejects.toMatchObject(invalid);
    await expect(deps.tokenCache.lookUp(second.access_token)).rejects.toMatchObject(badToken);
  });

  it("within seconds returns another token, because the response was probably lost", async () => {
    const { enter, renew, deps, clock } = await world();
    const first = await enter();
    const lost = await renew(first.refresh_token);
    clock.ms += refreshGraceMs;
    const second = await renew(first.refresh_token);
    expect(await deps.tokenCache.lookUp(second.access_token)).toMatchObject({ username });
    const third = await renew(second.refresh_token);
    expect(await deps.tokenCache.lookUp(third.access_token)).toMatchObject({ username });
    // Another party has the lost reply.
    clock.ms += refreshGraceMs + 1;
    await expect(renew(lost.refresh_token)).rejects.toMatchObject(invalid);
    await expect(deps.tokenCache.lookUp(third.access_token)).rejects.toMatchObject(badToken);
  });

  it("returns a limited number of tokens under concurrency, and stays valid", async () => {
    const { enter, renew, deps } = await world();
    const { refresh_token, access_token } = await enter();
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => renew(refresh_token)));
    const got = asked.filter(({ status }) => status === "fulfilled");
    expect(got.length).toBeGreaterThan(0);
    expect(got.length).toBeLessThanOrEqual(refreshSiblingsMax);
    expect(await deps.accounts.listTokens(username)).toHaveLength(got.length + 1);
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({ username });
  });

  it("is accepted from a client whose renewal crashed before the write", async () => {
    const { enter, renew, deps, settle } = await world();
    const { refresh_token } = await enter();
    const { replaceFamily } = deps.accounts;
    deps.accounts.replaceFamily = () => Promise.reject(new Error("crashed"));
    await expect(renew(refresh_token)).rejects.toThrow("crashed");
    deps.accounts.replaceFamily = replaceFamily;
    settle();
    expect(await renew(refresh_token)).toHaveProperty("access_token");
  });
});

describe("a new password", () => {
  const next = "a new password";
  const change = (deps: Awaited<ReturnType<typeof world>>["deps"], given: object = {}) =>
    changeUser(
      userChange.parse({ password: next, current_password: password, ...given }),
      { username, address },
      deps,
    );

  it("revokes refresh tokens and keeps access tokens", async () => {
    const { enter, renew, deps, clock } = await world();
    const { access_token, refresh_token } = await enter();
    clock.ms += 1;
    await change(deps);
    await expect(renew(refresh_token)).rejects.toMatchObject(invalid);
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({ username });
    const later = await enter({ password: next });
    expect(await renew(later.refresh_token)).toHaveProperty("access_token");
  });

  it("revokes access tokens too with invalidate_tokens", async () => {
    const { enter, renew, deps, clock } = await world();
    const { access_token, refresh_token } = await enter();
    clock.ms += 1;
    await change(deps, { invalidate_tokens: true });
    await expect(renew(refresh_token)).rejects.toMatchObject(invalid);
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject(badToken);
  });
});
