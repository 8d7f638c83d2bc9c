import { describe, expect, it } from "vitest";
import { changeUser, userChange } from "#shared/account/user/changeUser.ts";
import { attemptsPerAccountMax } from "#shared/account/verify/limits.ts";
import { accountsWorld, address, password, username } from "../world.ts";

const world = async () => {
  const made = await accountsWorld();
  const change = (given: object) =>
    changeUser(userChange.parse(given), { username, address }, made.deps);
  return { ...made, change };
};

const next = "a new password";
const badToken = { code: "invalid_token" };

describe("a user", () => {
  it("is authenticated once, and then from the cache", async () => {
    const { change, deps } = await world();
    await change({ account_info: { first_name: "Ada", business_account: "true" } });
    await change({ account_info: { company_name: "Engines" } });
    await change({ password: next, current_password: password });
    expect(await deps.accounts.findUser(username)).toMatchObject({
      accountInfo: { first_name: "Ada", business_account: true, company_name: "Engines" },
    });
  });

  it("changes their password with the current one", async () => {
    const { change, enter, deps } = await world();
    const { access_token } = await enter();
    await change({ password: next, current_password: password });
    await expect(enter()).rejects.toMatchObject({ code: "invalid_grant" });
    expect(await enter({ password: next })).toHaveProperty("access_token");
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({ username });
  });

  it("revokes their tokens with it on request", async () => {
    const { change, enter, deps } = await world();
    const { access_token, refresh_token } = await enter();
    await deps.tokenCache.lookUp(access_token);
    await change({ password: next, current_password: password, invalidate_tokens: true });
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject(badToken);
    await expect(enter({ grant_type: "refresh_token", refresh_token })).rejects.toMatchObject({
      code: "invalid_grant",
    });
  });

  it("revokes their tokens without another change, and only with the right password", async () => {
    const { change, enter, deps } = await world();
    const { access_token } = await enter();
    await deps.tokenCache.lookUp(access_token);
    await change({ current_password: password, invalidate_tokens: true });
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject(badToken);
  });

  it("ignores no wrong password that is given without need", async () => {
    const { change, enter, deps } = await world();
    const { access_token } = await enter();
    const given = { account_info: { first_name: "Eve" }, current_password: "wrong horse" };
    await expect(change(given)).rejects.toMatchObject({ code: "invalid_grant" });
    expect((await deps.accounts.findUser(username))?.accountInfo).not.toMatchObject({
      first_name: "Eve",
    });
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({ username });
  });

  it.each([{ password: next }, { username: "new@example.com" }, { invalidate_tokens: true }])(
    "changes nothing without the correct password: %o",
    async (given) => {
      const { change, enter } = await world();
      await expect(change(given)).rejects.toMatchObject({ code: "invalid_request" });
      for (let i = 0; i <= attemptsPerAccountMax; i += 1) {
        const guess = change({ ...given, current_password: "wrong horse" });
        await expect(guess).rejects.toMatchObject({ code: "invalid_grant" });
      }
      await expect(change({ ...given, current_password: password })).rejects.toMatchObject({
        code: "too_many_requests",
      });
      expect(await enter({}, "198.51.100.7").catch(({ code }) => code)).toBe("too_many_requests");
    },
  );

  it.each([
    { password: "short" },
    { username: "" },
    { username: "x+1@api.godwit" },
    { account_info: { first_name: "x".repeat(1_000) } },
  ])("cannot be changed to %o", (given) => {
    expect(userChange.safeParse(given).success).toBe(false);
  });
});
