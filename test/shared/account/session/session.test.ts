import { describe, expect, it } from "vitest";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import {
  confirmInput,
  confirmSecondFactor,
  startSecondFactor,
} from "#shared/account/mfa/enableSecondFactor.ts";
import { totpStepSeconds } from "#shared/account/mfa/limits.ts";
import { totpAt, totpStep } from "#shared/account/mfa/totp.ts";
import {
  sessionDaysMax,
  sessionIdleHours,
  sessionLinkMinutes,
  sessionsPerUserMax,
} from "#shared/account/session/limits.ts";
import { endSession, renewSession } from "#shared/account/session/renewSession.ts";
import { csrfTokenOf, isCsrfToken } from "#shared/account/session/session.ts";
import { addSessionLink, redeemSessionLink } from "#shared/account/session/sessionLink.ts";
import { signIn, signInInput } from "#shared/account/session/signIn.ts";
import { revokeOwnTokens, revokeToken } from "#shared/account/token/ownTokens.ts";
import { tokenId } from "#shared/account/token/token.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { changeUser, userChange } from "#shared/account/user/changeUser.ts";
import { attemptsPerAccountMax, otpAttemptsMax } from "#shared/account/verify/limits.ts";
import { hourMs, minuteMs } from "#shared/platform/durations.ts";
import { Failure } from "#shared/platform/failure.ts";
import { fleet } from "../../../memory/samples.ts";
import { accountsWorld, address, password, username } from "../world.ts";

const badToken = { code: "invalid_token" };

const world = async () => {
  const found = await accountsWorld();
  const { deps } = found;
  // As in the function of accounts: every read is from the table.
  const tokenCache = createTokenCache({ ...deps, cacheMs: 0 });
  const own = { ...deps, tokenCache };
  const enterBrowser = (given: object = {}, from = address) =>
    signIn(signInInput.parse({ username, password, ...given }), from, own);
  const look = async (text: string) => (await tokenCache.lookUpSession(text)).username;
  return { ...found, deps: own, enterBrowser, look };
};

describe("a browser session", () => {
  it("is the user, without limits", async () => {
    const { deps, enterBrowser } = await world();
    const { text } = await enterBrowser();
    const caller = await authenticateCaller(deps)({
      token: undefined,
      session: text,
      access: "user",
    });
    expect(caller).toMatchObject({ username, fleet });
  });

  it("is no operator", async () => {
    const { deps, enterBrowser } = await world();
    const { text } = await enterBrowser();
    const asked = { token: undefined, session: text, access: "operations" } as const;
    await expect(authenticateCaller(deps)(asked)).rejects.toMatchObject({ code: "unauthorized" });
  });

  it("is no access token, and an access token is no session", async () => {
    const { deps, enterBrowser, enter } = await world();
    const { text } = await enterBrowser();
    const { access_token: token } = await enter();
    await expect(deps.tokenCache.lookUp(text)).rejects.toMatchObject(badToken);
    await expect(deps.tokenCache.lookUpSession(token)).rejects.toMatchObject(badToken);
    await expect(revokeToken(text, () => ({}), deps)).rejects.toMatchObject({ code: "not_found" });
  });

  it("is stored only as a hash", async () => {
    const { deps, enterBrowser } = await world();
    const { text } = await enterBrowser();
    expect(JSON.stringify(await deps.accounts.listTokens(username))).not.toContain(text);
  });

  it("has another text after each sign-in", async () => {
    const { enterBrowser } = await world();
    const texts = [await enterBrowser(), await enterBrowser()].map(({ text }) => text);
    expect(new Set(texts).size).toBe(2);
    expect(texts[0]).toMatch(/^[\w-]{43}$/);
  });

  it("ends without a renewal, and lives on with one", async () => {
    const { clock, deps, enterBrowser, look } = await world();
    const { text } = await enterBrowser();
    clock.ms += (sessionIdleHours - 1) * hourMs;
    const renewed = await renewSession(text, deps);
    expect(renewed.expiresAt).toBe(deps.now() + sessionIdleHours * hourMs);
    clock.ms += (sessionIdleHours - 1) * hourMs;
    expect(await look(text)).toBe(username);
    clock.ms += hourMs;
    await expect(look(text)).rejects.toMatchObject(badToken);
    await expect(renewSession(text, deps)).rejects.toMatchObject(badToken);
  });

  it("ends after its longest time, however often it is renewed", async () => {
    const { clock, deps, enterBrowser } = await world();
    const { text } = await enterBrowser();
    const end = deps.now() + sessionDaysMax * 24 * hourMs;
    const renewals = Array.from({ length: sessionDaysMax * 3 - 1 });
    for (const _ of renewals) {
      clock.ms += 8 * hourMs;
      expect((await renewSession(text, deps)).expiresAt).toBeLessThanOrEqual(end);
    }
    clock.ms += 8 * hourMs;
    await expect(renewSession(text, deps)).rejects.toMatchObject(badToken);
  });

  it("is not written by a renewal that changes little", async () => {
    const { clock, deps, enterBrowser } = await world();
    const { text, expiresAt } = await enterBrowser();
    clock.ms += minuteMs;
    expect((await renewSession(text, deps)).expiresAt).toBe(expiresAt);
  });

  it("is valid for a worker that has cached its former expiry", async () => {
    const { clock, deps, enterBrowser } = await world();
    const { text } = await enterBrowser();
    const other = createTokenCache(deps);
    clock.ms += sessionIdleHours * hourMs - 1_000;
    await other.lookUpSession(text);
    await renewSession(text, deps);
    clock.ms += 2_000;
    expect(await other.lookUpSession(text)).toMatchObject({ username });
  });

  it("does not come back when a renewal and a sign-out are concurrent", async () => {
    const { clock, deps, enterBrowser, look } = await world();
    const { text } = await enterBrowser();
    clock.ms += hourMs;
    const accounts = {
      ...deps.accounts,
      async extendToken(hash: string, expiresAt: number) {
        await endSession(text, deps);
        return deps.accounts.extendToken(hash, expiresAt);
      },
    };
    await expect(renewSession(text, { ...deps, accounts })).rejects.toMatchObject(badToken);
    await expect(look(text)).rejects.toMatchObject(badToken);
  });
});

describe("a browser session ends", () => {
  it("with a sign-out, alone", async () => {
    const { deps, enterBrowser, look } = await world();
    const [one, other] = [await enterBrowser(), await enterBrowser()];
    await endSession(one.text, deps);
    await expect(look(one.text)).rejects.toMatchObject(badToken);
    expect(await look(other.text)).toBe(username);
    await endSession(one.text, deps);
  });

  it("with a sign-out everywhere, with every token of the user", async () => {
    const { deps, enterBrowser, enter, look } = await world();
    const [one, other] = [await enterBrowser(), await enterBrowser()];
    const { access_token: token } = await enter();
    await revokeOwnTokens(await deps.tokenCache.lookUpSession(one.text), deps);
    for (const { text } of [one, other]) await expect(look(text)).rejects.toMatchObject(badToken);
    await expect(deps.tokenCache.lookUp(token)).rejects.toMatchObject(badToken);
  });

  it("with a sign-out everywhere that the index does not show it to", async () => {
    const { deps, enterBrowser, look } = await world();
    const [one, other] = [await enterBrowser(), await enterBrowser()];
    const accounts = { ...deps.accounts, removeTokens: async () => {} };
    const session = await deps.tokenCache.lookUpSession(one.text);
    await revokeOwnTokens(session, { ...deps, accounts });
    await expect(look(other.text)).rejects.toMatchObject(badToken);
  });

  it("with a new password, and not with other changes of the user", async () => {
    const { deps, enterBrowser, look } = await world();
    const { text } = await enterBrowser();
    const change = (given: object) =>
      changeUser(userChange.parse(given), { username, address }, deps);
    await change({ account_info: { first_name: "Ada" } });
    expect(await look(text)).toBe(username);
    await change({ password: "another horse", current_password: password });
    await expect(look(text)).rejects.toMatchObject(badToken);
  });

  it.each([{ disabled: true }, { removed: true }])("when its user is %o", async (change) => {
    const { deps, enterBrowser, look } = await world();
    const { text } = await enterBrowser();
    await deps.accounts.changeUser(username, change);
    await expect(look(text)).rejects.toMatchObject(badToken);
  });

  it("by its id in the list of tokens", async () => {
    const { deps, enterBrowser, look } = await world();
    const { text } = await enterBrowser();
    const id = tokenId(await deps.tokenCache.lookUpSession(text));
    await revokeToken(id, () => ({ session: text }), deps);
    await expect(look(text)).rejects.toMatchObject(badToken);
  });

  it("when its user signs in more often than the maximum, the oldest first", async () => {
    const { clock, enterBrowser, look } = await world();
    const first = await enterBrowser();
    clock.ms += 1_000;
    const second = await enterBrowser();
    for (let more = 0; more < sessionsPerUserMax - 1; more += 1) {
      clock.ms += 1_000;
      await enterBrowser();
    }
    await expect(look(first.text)).rejects.toMatchObject(badToken);
    expect(await look(second.text)).toBe(username);
  });

  it("before it begins, if the password changes while it is checked", async () => {
    const { deps, look } = await world();
    const passwords = {
      ...deps.passwords,
      async check(given: string, hash: string) {
        const input = userChange.parse({ password: "another horse", current_password: password });
        await changeUser(input, { username, address }, deps);
        return deps.passwords.check(given, hash);
      },
    };
    const input = signInInput.parse({ username, password });
    const { text } = await signIn(input, address, { ...deps, passwords });
    await expect(look(text)).rejects.toMatchObject(badToken);
  });
});

describe("a sign-in", () => {
  it("counts wrong passwords together with those of log-ins", async () => {
    const { enterBrowser, enter } = await world();
    const wrong = { password: "wrong horse" };
    for (let tries = 0; tries <= attemptsPerAccountMax; tries += 1) {
      const attempt = tries % 2 === 0 ? enterBrowser(wrong) : enter(wrong);
      await expect(attempt).rejects.toMatchObject({ code: "invalid_grant" });
    }
    await expect(enterBrowser()).rejects.toMatchObject({ code: "too_many_requests" });
  });

  it.each([{}, { username: "" }, { password: "" }, { otp: "123456" }])(
    "needs a name and a password (%o)",
    async (given) => {
      const { deps } = await world();
      const input = signInInput.parse(given);
      await expect(signIn(input, address, deps)).rejects.toMatchObject({
        code: "invalid_request",
      });
    },
  );

  it("refuses a disabled user as it refuses a wrong password", async () => {
    const { deps, enterBrowser } = await world();
    await deps.accounts.changeUser(username, { disabled: true });
    await expect(enterBrowser()).rejects.toMatchObject({ code: "invalid_grant" });
  });
});

describe("a sign-in with a second factor", () => {
  const withFactor = async () => {
    const found = await world();
    const { clock, deps, enterBrowser } = found;
    const { mfaToken, secret } = await startSecondFactor(username, deps);
    const otp = () => totpAt(secret, totpStep(clock.ms));
    const proof = confirmInput.parse({ mfa_token: mfaToken, otp: otp() });
    await confirmSecondFactor(proof, username, deps);
    clock.ms += totpStepSeconds * 1_000;
    /** The `mfa_token` of the first step. */
    const begin = async (run: () => Promise<unknown>): Promise<string> => {
      const failure = await run().catch((error: unknown) => error);
      if (!(failure instanceof Failure)) throw new Error("there was no second step");
      expect(failure).toMatchObject({ code: "mfa_required", status: 403 });
      return failure.details.mfa_token ?? "";
    };
    return {
      ...found,
      otp,
      begin: () => begin(enterBrowser),
      beginLogIn: () => begin(found.enter),
    };
  };

  it("takes the one-time password in a second step", async () => {
    const { deps, begin, otp, look } = await withFactor();
    const input = signInInput.parse({ mfa_token: await begin(), otp: otp() });
    const { text } = await signIn(input, address, deps);
    expect(await look(text)).toBe(username);
    await expect(signIn(input, address, deps)).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("takes the one-time password with the password", async () => {
    const { enterBrowser, otp, look } = await withFactor();
    const { text } = await enterBrowser({ otp: otp() });
    expect(await look(text)).toBe(username);
    // The same one again.
    await expect(enterBrowser({ otp: otp() })).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("limits wrong one-time passwords, in one step and in two", async () => {
    const { enterBrowser, begin, deps } = await withFactor();
    const mfaToken = await begin();
    const guess = (input: object) => signIn(signInInput.parse(input), address, deps);
    for (let tries = 0; tries <= otpAttemptsMax; tries += 1) {
      const attempt =
        tries % 2 === 0
          ? enterBrowser({ otp: "000000" })
          : guess({ mfa_token: mfaToken, otp: "000000" });
      await expect(attempt).rejects.toMatchObject({ code: "invalid_grant" });
    }
    await expect(enterBrowser({ otp: "000000" })).rejects.toMatchObject({
      code: "too_many_requests",
    });
  });

  it("does not take the first step of a log-in for its own, nor the other way round", async () => {
    const { deps, begin, beginLogIn, otp, enter } = await withFactor();
    const input = signInInput.parse({ mfa_token: await beginLogIn(), otp: otp() });
    await expect(signIn(input, address, deps)).rejects.toMatchObject({ code: "invalid_grant" });
    const logIn = { grant_type: "urn:custom:mfa-otp", mfa_token: await begin(), otp: otp() };
    await expect(enter(logIn)).rejects.toMatchObject({ code: "invalid_grant" });
  });
});

describe("the link of an operator", () => {
  const link = async (given: { operator?: boolean } = {}) => {
    const found = await world();
    const { deps } = found;
    const { code } = await addSessionLink({ username, operator: false, ...given }, deps);
    return { ...found, code };
  };

  it("signs its user in once", async () => {
    const { deps, code, look } = await link();
    const { text } = await redeemSessionLink(code, deps);
    expect(await look(text)).toBe(username);
    await expect(redeemSessionLink(code, deps)).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("signs in once when two requests are concurrent", async () => {
    const { deps, code } = await link();
    const both = await Promise.allSettled([
      redeemSessionLink(code, deps),
      redeemSessionLink(code, deps),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("has 256 bits, and expires", async () => {
    const { clock, deps, code } = await link();
    expect(code).toMatch(/^[0-9a-f]{64}$/);
    clock.ms += sessionLinkMinutes * minuteMs;
    await expect(redeemSessionLink(code, deps)).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("is invalid after a new password, and for a disabled user", async () => {
    const { deps, code } = await link();
    const { code: other } = await addSessionLink({ username, operator: false }, deps);
    await deps.accounts.changeUser(username, { disabled: true });
    await expect(redeemSessionLink(code, deps)).rejects.toMatchObject({ code: "invalid_grant" });
    await deps.accounts.changeUser(username, { disabled: false, sessionGeneration: "new" });
    await expect(redeemSessionLink(other, deps)).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("opens the routes of operations if the operator wants it", async () => {
    const { deps, code } = await link({ operator: true });
    const { text, operator } = await redeemSessionLink(code, deps);
    expect(operator).toBe(true);
    const who = { token: undefined, session: text };
    const authenticate = authenticateCaller(deps);
    for (const access of ["operations", "user", "integrations:create"] as const) {
      expect(await authenticate({ ...who, access })).toMatchObject({ username });
    }
    expect(await renewSession(text, deps)).toMatchObject({ operator: true });
  });

  it("needs a user", async () => {
    const { deps } = await world();
    const input = { username: "nobody@example.com", operator: false };
    await expect(addSessionLink(input, deps)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a CSRF token", () => {
  it("belongs to one session, and does not reveal it", () => {
    const [one, other] = ["text-of-one", "text-of-other"];
    expect(isCsrfToken(csrfTokenOf(one), one)).toBe(true);
    expect(csrfTokenOf(one)).not.toContain(one);
    for (const given of [undefined, "", csrfTokenOf(other), one, `${csrfTokenOf(one)} `]) {
      expect(isCsrfToken(given, one)).toBe(false);
    }
  });
});
