import { describe, expect, it } from "vitest";
import { addOAuthClient, oauthClientInput } from "#shared/account/oauth/manageOAuthClients.ts";
import {
  attemptIntervalSeconds,
  attemptsPerAccountMax,
  attemptsPerAddressMax,
  knownAddressDays,
} from "#shared/account/verify/limits.ts";
import { addressKey } from "#shared/account/verify/rateLimit.ts";
import { accountsWorld, address, username } from "../world.ts";

const wrong = { password: "wrong horse" };
const refused = { code: "too_many_requests", status: 429 };
const invalid = { code: "invalid_grant" };

/** An address that was not used before. */
let addresses = 0;
const elsewhere = () => {
  addresses += 1;
  return `198.51.100.${addresses}`;
};

describe("many wrong passwords", () => {
  it("limit the account from any address, also for correct passwords", async () => {
    const { enter, clock } = await accountsWorld();
    for (let i = 0; i <= attemptsPerAccountMax; i += 1) {
      await expect(enter(wrong, elsewhere())).rejects.toMatchObject(invalid);
    }
    await expect(enter({}, elsewhere())).rejects.toMatchObject({
      ...refused,
      retryAfterSeconds: expect.any(Number),
    });
    clock.ms += attemptIntervalSeconds * 1_000;
    expect(await enter({}, elsewhere())).toHaveProperty("access_token");
    // The right one has cleared the count.
    await expect(enter(wrong, elsewhere())).rejects.toMatchObject(invalid);
    expect(await enter({}, elsewhere())).toHaveProperty("access_token");
  });

  it("throttle their address after more attempts than an account, for any names, and no other address", async () => {
    const { enter } = await accountsWorld();
    expect(attemptsPerAddressMax).toBeGreaterThanOrEqual(attemptsPerAccountMax * 10);
    for (let i = 0; i <= attemptsPerAddressMax; i += 1) {
      await expect(enter({ username: `user-${i}` })).rejects.toMatchObject(invalid);
    }
    await expect(enter()).rejects.toMatchObject(refused);
    expect(await enter({}, elsewhere())).toHaveProperty("access_token");
  });

  it("of a few accounts do not throttle other accounts behind the same address", async () => {
    const { enter } = await accountsWorld();
    for (let i = 0; i <= attemptsPerAccountMax; i += 1) {
      await expect(enter({ username: "eve" })).rejects.toMatchObject(invalid);
    }
    await expect(enter({ username: "eve" })).rejects.toMatchObject(refused);
    expect(await enter()).toHaveProperty("access_token");
  });

  it("do not block an address with a recent success", async () => {
    const { enter, clock } = await accountsWorld();
    await enter();
    for (let i = 0; i <= attemptsPerAddressMax; i += 1) {
      await expect(enter({ username: `user-${i}` })).rejects.toMatchObject(invalid);
    }
    for (let i = 0; i <= attemptsPerAccountMax; i += 1) {
      await expect(enter(wrong, elsewhere())).rejects.toMatchObject(invalid);
    }
    await expect(enter({}, elsewhere())).rejects.toMatchObject(refused);
    expect(await enter()).toHaveProperty("access_token");
    clock.ms += knownAddressDays * 86_400_000;
    for (let i = 0; i <= attemptsPerAddressMax; i += 1) {
      await expect(enter({ username: `user-${i}` })).rejects.toMatchObject(invalid);
    }
    await expect(enter()).rejects.toMatchObject(refused);
  });

  it("are limited also from a known address", async () => {
    const { enter } = await accountsWorld();
    await enter();
    for (let i = 0; i <= attemptsPerAccountMax; i += 1) {
      await expect(enter(wrong)).rejects.toMatchObject(invalid);
    }
    await expect(enter()).rejects.toMatchObject(refused);
  });

  it("for a name that combines an account and an address do not throttle that account", async () => {
    const { enter } = await accountsWorld();
    await enter();
    const alike = `${username}@${addressKey(address)}`;
    for (let i = 0; i <= attemptsPerAccountMax; i += 1) {
      await expect(enter({ username: alike }, elsewhere())).rejects.toMatchObject(invalid);
    }
    await expect(enter({ username: alike }, elsewhere())).rejects.toMatchObject(refused);
    expect(await enter()).toHaveProperty("access_token");
  });

  it("cannot exceed the limit by concurrency", async () => {
    const { enter } = await accountsWorld();
    const asked = Array.from({ length: 60 }, () => enter(wrong, elsewhere()));
    const answers = await Promise.allSettled(asked);
    const codes = answers.map((answer) => answer.status === "rejected" && answer.reason.code);
    expect(codes.filter((code) => code === "invalid_grant")).toHaveLength(
      attemptsPerAccountMax + 1,
    );
    expect(codes.filter((code) => code === "too_many_requests")).toHaveLength(
      60 - attemptsPerAccountMax - 1,
    );
  });

  it("are not reset by a correct one for another account", async () => {
    const { enter, deps } = await accountsWorld();
    const other = { username: "eve", passwordHash: "", fleet: "f2", createdAt: "" };
    await deps.accounts.addUser(other, { replace: false });
    for (let i = 0; i <= attemptsPerAddressMax; i += 1) {
      await expect(enter({ username: `user-${i}` })).rejects.toMatchObject(invalid);
      if (i % 10 === 0 && i < attemptsPerAddressMax) await enter();
    }
    await expect(enter({ username: "user-x" })).rejects.toMatchObject(refused);
  });
});

describe("correct passwords", () => {
  it("are not limited if they succeed", async () => {
    const { enter } = await accountsWorld();
    for (let i = 0; i < attemptsPerAccountMax * 2; i += 1) await enter();
  });
});

describe("a wrong secret of a client", () => {
  it("counts like a wrong password", async () => {
    const { enter, deps } = await accountsWorld();
    const input = oauthClientInput.parse({ name: "x" });
    const { client, secret } = await addOAuthClient(input, { username }, deps);
    const ask = (client_secret: string) =>
      enter({ grant_type: "client_credentials", client_id: client.id, client_secret }, elsewhere());
    for (let i = 0; i <= attemptsPerAccountMax; i += 1) {
      await expect(ask("wrong")).rejects.toMatchObject({ code: "invalid_client" });
    }
    await expect(ask(secret)).rejects.toMatchObject(refused);
  });
});

describe("an unavailable rate limiter", () => {
  it("blocks no attempt, and causes a warning", async () => {
    const { enter, deps, warned } = await accountsWorld();
    const down = async () => Promise.reject(new Error("the table is down"));
    const names = ["acquire", "release", "reset", "isKnownAddress", "addKnownAddress"];
    Object.assign(deps.rateLimiter, Object.fromEntries(names.map((name) => [name, down])));
    expect(await enter()).toHaveProperty("access_token");
    expect(warned.map(({ message }) => message)).toContain("the table is down");
  });
});

describe("a password that could not be checked", () => {
  it("is not counted as an attempt", async () => {
    const { enter, deps } = await accountsWorld();
    const { findUser } = deps.accounts;
    deps.accounts.findUser = async () => Promise.reject(new Error("the table is down"));
    for (let i = 0; i < attemptsPerAccountMax * 2; i += 1) {
      await expect(enter()).rejects.toThrow("the table is down");
    }
    deps.accounts.findUser = findUser;
    expect(await enter()).toHaveProperty("access_token");
  });
});

describe("an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:0001:0002::9", "2001:db8:1:2"],
    ["2001:db8::9", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
  ])("%s counts as %s", (given, counted) => {
    expect(addressKey(given)).toBe(`address#${counted}`);
  });
});
