import { describe, expect, it } from "vitest";
import { mailMinutesMax, resetTokenMinutes } from "#shared/account/mail/limits.ts";
import {
  requestReset,
  resetInput,
  resetPassword,
  resetRequest,
} from "#shared/account/mail/resetPassword.ts";
import {
  attemptsPerAccountMax,
  attemptsWindowSeconds,
  mailsMax,
  mailsPerRecipientMax,
  resetsPerAddressMax,
} from "#shared/account/verify/limits.ts";
import { accountsWorld, address, password, username } from "../world.ts";

const next = "a new password";
const invalid = { code: "invalid_grant" };

const world = async () => {
  const made = await accountsWorld();
  const { deps, deliverMails } = made;
  const ask = (name = username, from = address) =>
    requestReset(resetRequest.parse({ username: name }).username, from, deps);
  const reset = (token: string, given = next) =>
    resetPassword(resetInput.parse({ token, password: given }), deps);
  /** The token of the newest mail. */
  const newestToken = async (): Promise<string> => {
    const text = (await deliverMails()).at(-1)?.text ?? "";
    return /"token":"([0-9a-f]{40})"/.exec(text)?.[1] ?? "";
  };
  return { ...made, ask, reset, newestToken };
};

describe("a user who has lost their password", () => {
  it("gets a mail and sets a new one, and the old one is invalid", async () => {
    const { ask, reset, newestToken, enter, deps } = await world();
    await ask("Ada@Example.com");
    await reset(await newestToken());
    expect(deps.mailer.sent).toMatchObject([{ to: username }]);
    await expect(enter()).rejects.toMatchObject(invalid);
    expect(await enter({ password: next })).toHaveProperty("access_token");
  });

  it("revokes every access token and refresh token by it", async () => {
    const { ask, reset, newestToken, enter, deps, clock } = await world();
    const { access_token, refresh_token } = await enter();
    await deps.tokenCache.lookUp(access_token);
    clock.ms += 1;
    await ask();
    await reset(await newestToken());
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject({
      code: "invalid_token",
    });
    await expect(enter({ grant_type: "refresh_token", refresh_token })).rejects.toMatchObject(
      invalid,
    );
  });

  it("is not limited by failed attempts with the old password", async () => {
    const { ask, reset, newestToken, enter } = await world();
    for (let i = 0; i < attemptsPerAccountMax; i += 1) {
      await expect(enter({ password: "wrong horse" })).rejects.toMatchObject(invalid);
    }
    await ask();
    await reset(await newestToken());
    expect(await enter({ password: next })).toHaveProperty("access_token");
  });

  it("keeps their second factor", async () => {
    const { ask, reset, newestToken, enter, deps } = await world();
    const { fleet } = (await deps.accounts.findUser(username))!;
    await deps.secondFactors.add({
      fleet,
      sealedSecret: "x",
      lastStep: 0,
      recoveryHashes: [],
      enabledAt: "",
      version: 1,
    });
    await ask();
    await reset(await newestToken());
    await expect(enter({ password: next })).rejects.toMatchObject({ code: "mfa_required" });
  });
});

describe("the token of a mail", () => {
  it("is valid once, also under concurrency", async () => {
    const { ask, reset, newestToken } = await world();
    await ask();
    const token = await newestToken();
    const tries = await Promise.allSettled([reset(token), reset(token), reset(token)]);
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(reset(token)).rejects.toMatchObject(invalid);
  });

  it("is valid for an hour", async () => {
    const { ask, reset, newestToken, clock } = await world();
    await ask();
    const token = await newestToken();
    clock.ms += resetTokenMinutes * 60_000;
    await expect(reset(token)).rejects.toMatchObject(invalid);
  });

  it("is invalid when a newer one was sent", async () => {
    const { ask, reset, newestToken } = await world();
    await ask();
    const first = await newestToken();
    await ask();
    const second = await newestToken();
    expect(second).not.toBe(first);
    await expect(reset(first)).rejects.toMatchObject(invalid);
    await reset(second);
  });

  it("is invalid when the password was changed or the user was disabled", async () => {
    const { ask, reset, newestToken, deps, clock } = await world();
    await ask();
    const token = await newestToken();
    await deps.accounts.changeUser(username, { disabled: true });
    await expect(reset(token)).rejects.toMatchObject(invalid);
    await deps.accounts.changeUser(username, { disabled: false });
    clock.ms += 1;
    await deps.accounts.changeUser(username, { sessionsFrom: deps.now() });
    await expect(reset(token)).rejects.toMatchObject(invalid);
  });

  it("is not consumed by a password that is too short", async () => {
    const { ask, reset, newestToken } = await world();
    await ask();
    const token = await newestToken();
    expect(resetInput.safeParse({ token, password: "short" }).success).toBe(false);
    await reset(token);
  });

  it("is stored as a hash only", async () => {
    const { ask, newestToken, deps } = await world();
    await ask();
    expect(JSON.stringify(deps.mailQueue.waiting)).not.toMatch(/[0-9a-f]{40}/);
    const token = await newestToken();
    expect(JSON.stringify(await deps.accounts.findUser(username))).not.toContain(token);
    expect(await deps.oneTimeTokens.find(token)).toBeUndefined();
  });

  it.each(["", "x", "0".repeat(40)])("is not accepted as %j", async (token) => {
    const { ask, newestToken, deps } = await world();
    await ask();
    await newestToken();
    const given = { token, password: next };
    await expect(resetPassword(given, deps)).rejects.toMatchObject(invalid);
  });
});

describe("a request for a new password", () => {
  it("gets the same response with the same work for an existing and an unknown user", async () => {
    const { ask, deps } = await world();
    for (const name of [username, "nobody@example.com"]) {
      expect(await ask(name)).toBeUndefined();
    }
    expect(deps.mailQueue.waiting).toEqual(
      [username, "nobody@example.com"].map((name) => ({
        kind: "password-reset",
        username: name,
        orderedAt: deps.now(),
      })),
    );
  });

  it("sends no mail to an unknown or disabled user, or to a former name", async () => {
    const { ask, deps, deliverMails } = await world();
    await deps.accounts.changeUser(username, { disabled: true });
    await ask("nobody@example.com");
    await ask();
    expect(await deliverMails()).toEqual([]);
    await deps.accounts.changeUser(username, { disabled: false });
    const user = (await deps.accounts.findUser(username))!;
    await deps.accounts.renameUser(user, "ada@new.example");
    await ask();
    expect(await deliverMails()).toEqual([]);
  });

  it("sends no mail to a name that is not an address", async () => {
    const { ask, deps, deliverMails } = await world();
    const user = { username: "eve", passwordHash: "h", fleet: "f9", createdAt: "" };
    await deps.accounts.addUser(user, { replace: false });
    await ask("eve");
    expect(await deliverMails()).toEqual([]);
  });

  it("is limited after many requests from one address, for some time", async () => {
    const { ask, clock } = await world();
    // One more is permitted, then one per interval.
    for (let i = 0; i <= resetsPerAddressMax; i += 1) await ask(`x${i}@example.com`);
    await expect(ask()).rejects.toMatchObject({ code: "too_many_requests" });
    await ask(username, "198.51.100.9");
    clock.ms += attemptsWindowSeconds * 1_000;
    await ask();
  });

  it("gets the same response after many requests for one user, who gets a few mails", async () => {
    const { ask, deliverMails, dropped } = await world();
    for (let i = 0; i < mailsPerRecipientMax + 3; i += 1) await ask(username, `192.0.2.${i}`);
    expect(await deliverMails()).toHaveLength(mailsPerRecipientMax + 1);
    expect(dropped).toEqual(["password-reset", "password-reset"]);
  });

  it("is refused with the reason if this cloud sends no mail", async () => {
    const { deps } = await world();
    const without = { ...deps, mailQueue: undefined };
    await expect(requestReset(username, address, without)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("ask its owner"),
    });
  });

  it("is processed while the rate limiter is unavailable", async () => {
    const { deps, warned } = await world();
    const rateLimiter = {
      ...deps.rateLimiter,
      acquire: async () => {
        throw new Error("down");
      },
    };
    await requestReset(username, address, { ...deps, rateLimiter });
    expect(warned).toHaveLength(1);
    expect(deps.mailQueue.waiting).toHaveLength(1);
  });
});

describe("the mails of a region", () => {
  it("are limited; further ones are sent later", async () => {
    const { deps, ask, deliverMails } = await world();
    for (let i = 0; i < mailsMax; i += 1) {
      await deps.rateLimiter.acquire("mail#all", deps.now(), {
        max: mailsMax,
        intervalSeconds: 10,
      });
    }
    // The first one beyond goes, the next one only later.
    await ask();
    expect(await deliverMails()).toHaveLength(1);
    await ask();
    await expect(deliverMails()).rejects.toMatchObject({ code: "too_many_requests" });
  });

  it("that could not be sent are not counted for their recipient, and expire", async () => {
    const { deps, ask, clock, deliverMails } = await world();
    const { send } = deps.mailer;
    for (let i = 0; i < mailsPerRecipientMax + 2; i += 1) {
      await ask();
      deps.mailer.send = async () => {
        throw new Error("down");
      };
      await expect(deliverMails()).rejects.toThrow("down");
    }
    deps.mailer.send = send;
    await ask();
    expect(await deliverMails()).toHaveLength(1);
    await ask();
    clock.ms += mailMinutesMax * 60_000 + 1;
    await expect(deliverMails()).rejects.toMatchObject({ code: "target_refused" });
  });

  it("contain no password", async () => {
    const { ask, deliverMails } = await world();
    await ask();
    expect(JSON.stringify(await deliverMails())).not.toContain(password);
  });
});
