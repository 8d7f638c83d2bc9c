import { describe, expect, it, vi } from "vitest";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { passwordCharsMin, usernameCharsMax } from "#shared/account/limits.ts";
import { addToken, tokenInput } from "#shared/account/token/addToken.ts";
import { tokenCacheMs, tokenDaysDefault, tokensCachedMax } from "#shared/account/token/limits.ts";
import { hashToken, newTokenText } from "#shared/account/token/token.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { addUser, userInput } from "#shared/account/user/addUser.ts";
import { logIn, logInInput } from "#shared/account/user/logIn.ts";
import { scryptPasswords } from "#shared/account/user/password.ts";
import { verifyPassword } from "#shared/account/verify/verifyPassword.ts";
import { memoryAccounts } from "../../memory/account/accounts.ts";
import { memoryOAuthClients } from "../../memory/account/oauthClients.ts";
import { memoryOneTimeTokens } from "../../memory/account/oneTimeTokens.ts";
import { quickPasswords } from "../../memory/account/passwords.ts";
import { memoryRateLimiter } from "../../memory/account/rateLimiter.ts";
import { memorySecondFactors } from "../../memory/account/secondFactors.ts";
import { memoryTeams } from "../../memory/account/teams.ts";
import { memorySecrets } from "../../memory/platform/secrets.ts";
import { fleet, someTime, stoppedClock } from "../../memory/samples.ts";

const daySeconds = 86_400;

const password = "correct horse";
const passwordHash = await quickPasswords.hash(password);

/** One user, and a way to log in that a test changes as it likes. */
const world = async () => {
  const clock = stoppedClock();
  const accounts = memoryAccounts();
  const deps = {
    accounts,
    passwords: quickPasswords,
    secondFactors: memorySecondFactors(),
    oneTimeTokens: memoryOneTimeTokens(),
    secrets: memorySecrets(),
    clients: memoryOAuthClients(),
    rateLimiter: memoryRateLimiter(),
    tokenCache: createTokenCache({ accounts, now: clock.now }),
    onReuse: () => expect.unreachable(),
    announce: async () => {},
    now: clock.now,
    warn: (why: Error) => {
      throw why;
    },
  };
  const username = "ada@example.com";
  await deps.accounts.addUser({ username, passwordHash, fleet, createdAt: "" }, { replace: false });
  const enter = (given: object = {}) =>
    logIn(
      logInInput.parse({
        grant_type: "password",
        username: "ada@example.com",
        password,
        client_id: "particle",
        client_secret: "particle",
        ...given,
      }),
      "192.0.2.1",
      deps,
    );
  return { clock, deps, enter };
};

describe("logging in", () => {
  it("returns a token of the user", async () => {
    const { deps, enter } = await world();
    const answer = await enter({ username: " ADA@example.com" });
    expect(answer).toEqual({
      token_type: "bearer",
      access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      expires_in: tokenDaysDefault * daySeconds,
      refresh_token: expect.stringMatching(/^[0-9a-f]{80}$/),
    });
    const tokenCache = await createTokenCache(deps).lookUp(answer.access_token);
    expect(tokenCache).toMatchObject({ username: "ada@example.com", fleet, client: "particle" });
    expect(JSON.stringify(tokenCache)).not.toContain(answer.access_token);
  });

  it.each(["particle", "particle-api", "particle-cli", "spark"])(
    "is open to the client %s",
    async (name) => {
      const { enter } = await world();
      expect(await enter({ client_id: name, client_secret: name })).toHaveProperty("access_token");
    },
  );

  it("is open to particle-cli before version 3.47, with its client and no other secret", async () => {
    const { enter } = await world();
    const former = { client_id: "CLI2", client_secret: "client_secret_here" };
    expect(await enter(former)).toHaveProperty("access_token");
    await expect(enter({ ...former, client_secret: "CLI2" })).rejects.toMatchObject({
      code: "invalid_client",
    });
  });

  it.each([
    [{ password: "wrong horse" }, "invalid_grant"],
    [{ username: "eve@example.com" }, "invalid_grant"],
    [{ username: "" }, "invalid_grant"],
    [{ client_secret: "particle-api" }, "invalid_client"],
    [{ client_id: "other", client_secret: "other" }, "invalid_client"],
    [{ client_id: "", client_secret: "" }, "invalid_client"],
    [{ grant_type: "client_credentials" }, "invalid_client"],
    [{ grant_type: "refresh_token" }, "invalid_grant"],
    [{ grant_type: "urn:custom:mfa-otp" }, "invalid_grant"],
    [{ grant_type: undefined }, "unsupported_grant_type"],
    [{ expires_at: "2020-01-01T00:00:00Z" }, "invalid_request"],
  ])("with %o fails with %s, a 400", async (given, code) => {
    const { enter } = await world();
    await expect(enter(given)).rejects.toMatchObject({ code, status: 400 });
  });

  it.each([
    [{ expires_in: "3600" }, 3_600],
    [{ expires_in: 3_600 }, 3_600],
    [{ expires_in: 0 }, 0],
    [{ expires_at: new Date(someTime + 90_500).toISOString() }, 90],
  ])("with %o gives a token for %i s", async (given, seconds) => {
    const { enter } = await world();
    expect(await enter(given)).toMatchObject({ expires_in: seconds });
  });

  it.each(["", " ", "soon", "-1", "1.5", "1e99", null, true, [], -1, 1e12])(
    "rejects expires_in %j, and does not read it as 0, which never expires",
    (expires_in) => {
      expect(logInInput.safeParse({ expires_in }).success).toBe(false);
    },
  );
});

describe("an input that is too long for a key of a table", () => {
  it("is refused as a client id", () => {
    for (const name of ["client_id", "client_secret"]) {
      expect(logInInput.safeParse({ [name]: "x".repeat(200) }).success).toBe(true);
      expect(logInInput.safeParse({ [name]: "x".repeat(201) }).success).toBe(false);
    }
  });

  it("is not looked up as a username", async () => {
    const { deps } = await world();
    const proof = { password, address: "192.0.2.1", username: "x".repeat(usernameCharsMax + 1) };
    const acquire = vi.spyOn(deps.rateLimiter, "acquire");
    await expect(verifyPassword(proof, deps)).rejects.toMatchObject({ code: "invalid_grant" });
    expect(acquire).not.toHaveBeenCalled();
  });
});

describe("a token", () => {
  it("is invalid when it is absent, unknown or expired", async () => {
    const { clock, deps, enter } = await world();
    const tokenCache = createTokenCache(deps);
    const bad = { code: "invalid_token", status: 401 };
    await expect(tokenCache.lookUp(undefined)).rejects.toMatchObject(bad);
    await expect(tokenCache.lookUp("")).rejects.toMatchObject(bad);
    await expect(tokenCache.lookUp(newTokenText())).rejects.toMatchObject(bad);
    const { access_token } = await enter({ expires_in: 10 });
    await tokenCache.lookUp(access_token);
    clock.ms += 9_999;
    await tokenCache.lookUp(access_token);
    clock.ms += 1;
    await expect(tokenCache.lookUp(access_token)).rejects.toMatchObject(bad);
  });

  it("without an expiry is valid after any time", async () => {
    const { clock, deps, enter } = await world();
    const { access_token } = await enter({ expires_in: 0 });
    clock.ms += 100 * 365 * daySeconds * 1_000;
    expect(await createTokenCache(deps).lookUp(access_token)).toHaveProperty("fleet");
  });

  it("is cached for a while, and an invalid one is not cached", async () => {
    const { clock, deps, enter } = await world();
    const findToken = vi.fn(deps.accounts.findToken);
    const tokenCache = createTokenCache({ ...deps, accounts: { ...deps.accounts, findToken } });
    const { access_token } = await enter();
    await tokenCache.lookUp(access_token);
    clock.ms += tokenCacheMs - 1;
    await tokenCache.lookUp(access_token);
    expect(findToken).toHaveBeenCalledTimes(1);
    clock.ms += 1;
    await tokenCache.lookUp(access_token);
    expect(findToken).toHaveBeenCalledTimes(2);
    for (let i = 0; i < 3; i += 1) await tokenCache.lookUp("bad").catch(() => undefined);
    expect(findToken).toHaveBeenCalledTimes(5);
  });

  it("is evicted from a full cache", async () => {
    const token = { hash: "", username: "u", fleet: "f", client: "c", createdAt: "" };
    const findToken = vi.fn(async () => token);
    const tokenCache = createTokenCache({
      accounts: { ...memoryAccounts(), findToken },
      now: () => 0,
    });
    for (let i = 0; i <= tokensCachedMax; i += 1) await tokenCache.lookUp(`t${i}`);
    await tokenCache.lookUp("t0");
    expect(findToken).toHaveBeenCalledTimes(tokensCachedMax + 2);
  });

  it("is not rejected while the table is unavailable", async () => {
    const { deps } = await world();
    const findToken = async () => Promise.reject(new Error("the table is down"));
    const tokenCache = createTokenCache({ ...deps, accounts: { ...deps.accounts, findToken } });
    await expect(tokenCache.lookUp("any")).rejects.toThrow("the table is down");
  });

  it("can be created by the admin function without a password", async () => {
    const { deps } = await world();
    const { token } = await addToken(tokenInput.parse({ username: "ada@example.com" }), deps);
    expect(await deps.accounts.findToken(hashToken(token))).toMatchObject({
      fleet,
      client: "admin",
    });
    expect(await deps.accounts.findToken(hashToken(token))).not.toHaveProperty("scopes");
    const unknown = tokenInput.parse({ username: "eve@example.com" });
    await expect(addToken(unknown, deps)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("an operator's token", () => {
  const operatorWorld = async () => {
    const { deps } = await world();
    const authenticate = authenticateCaller({ ...deps, teams: memoryTeams() });
    const input = { username: "ada@example.com", operator: true };
    const { token } = await addToken(tokenInput.parse(input), deps);
    const plain = await addToken(tokenInput.parse({ username: "ada@example.com" }), deps);
    return { authenticate, token, plain: plain.token };
  };

  it("is accepted by the routes of operations, and by no other route that needs a permission", async () => {
    const { authenticate, token } = await operatorWorld();
    expect((await authenticate({ token, access: "operations" })).username).toBe("ada@example.com");
    for (const access of ["user", "devices:list", "clients:list"] as const) {
      await expect(authenticate({ token, access })).rejects.toMatchObject({ code: "unauthorized" });
    }
  });

  it("is required there: a user's own token does not suffice", async () => {
    const { authenticate, plain } = await operatorWorld();
    await expect(authenticate({ token: plain, access: "operations" })).rejects.toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining("--operator"),
    });
  });
});

describe("a user", () => {
  it("gets their own fleet, and keeps it when they are replaced", async () => {
    const { deps, enter } = await world();
    const other = await addUser(
      userInput.parse({ username: "Eve@Example.com ", password: "12345678" }),
      deps,
    );
    expect(other).toEqual({
      username: "eve@example.com",
      fleet: expect.stringMatching(/^f[0-9a-f]{16}$/),
    });
    expect(other.fleet).not.toBe(fleet);
    const again = { username: "ada@example.com", password: "a new password" };
    await expect(addUser(userInput.parse(again), deps)).rejects.toMatchObject({
      code: "already_exists",
    });
    expect(await addUser(userInput.parse({ ...again, replace: true }), deps)).toMatchObject({
      fleet,
    });
    await expect(enter()).rejects.toMatchObject({ code: "invalid_grant" });
    expect(await enter({ password: again.password })).toHaveProperty("access_token");
  });

  it("has no entry in their audit log when others sign up with their name", async () => {
    const { deps } = await world();
    const again = userInput.parse({ username: "ada@example.com", password: "a new password" });
    const announce = vi.fn(async () => {});
    const attempt = addUser(again, { ...deps, announce });
    await expect(attempt).rejects.toMatchObject({ code: "already_exists" });
    expect(announce).not.toHaveBeenCalled();
  });

  it("has a password of a minimum length", () => {
    const password = "x".repeat(passwordCharsMin - 1);
    expect(userInput.safeParse({ username: "u", password }).success).toBe(false);
  });
});

describe("a password's hash", () => {
  it("matches only the password, is salted, and does not contain it", async () => {
    const { hash, check } = scryptPasswords();
    const [one, other] = await Promise.all([hash("pässword"), hash("pässword")]);
    expect(one).not.toBe(other);
    expect(one).not.toContain("pässword");
    expect(await check("pässword", one)).toBe(true);
    // The same text, typed on another keyboard.
    expect(await check("pa\u0308ssword", one)).toBe(true);
    expect(await check("Pässword", one)).toBe(false);
    expect(await check("", one)).toBe(false);
  });
});
