import { describe, expect, it } from "vitest";
import { confirmAddress } from "#shared/account/mail/changeAddress.ts";
import { addressTokenMinutes } from "#shared/account/mail/limits.ts";
import { resetPassword } from "#shared/account/mail/resetPassword.ts";
import { changeUser, userChange } from "#shared/account/user/changeUser.ts";
import { accountsWorld, address, password, username } from "../world.ts";

const to = "ada@new.example";
const invalid = { code: "invalid_grant" };

const world = async () => {
  const made = await accountsWorld();
  const { deps, deliverMails } = made;
  const ask = (given: object = {}) =>
    changeUser(
      userChange.parse({ username: to, current_password: password, ...given }),
      { username, address },
      deps,
    );
  const confirm = (token: string) => confirmAddress({ token }, deps);
  const newestToken = async (): Promise<string> => {
    const text = (await deliverMails()).at(-1)?.text ?? "";
    return /"token":"([0-9a-f]{40})"/.exec(text)?.[1] ?? "";
  };
  return { ...made, ask, confirm, newestToken };
};

describe("a user who changes their address", () => {
  it("keeps the current one until the new one is confirmed, and receives a notification at the current one", async () => {
    const { ask, newestToken, enter, deps } = await world();
    expect(await ask({ username: "Ada@New.example" })).toMatchObject({ username });
    const token = await newestToken();
    expect(deps.mailer.sent.map((mail) => mail.to)).toEqual([username, to]);
    expect(deps.mailer.sent[0]?.text).toContain(to);
    expect(deps.mailer.sent[0]?.text).not.toContain(token);
    expect(await enter()).toHaveProperty("access_token");
  });

  it("has the new address after the confirmation, with all their items", async () => {
    const { ask, confirm, newestToken, enter, deps, product } = await world();
    const { access_token } = await enter();
    await deps.tokenCache.lookUp(access_token);
    await ask();
    expect(await confirm(await newestToken())).toMatchObject({ username: to });
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({ username: to });
    expect(await deps.accounts.findProduct(product.id)).toMatchObject({ owner: to });
    await expect(enter()).rejects.toMatchObject(invalid);
    expect(await enter({ username: to })).toHaveProperty("access_token");
  });

  it("revokes their tokens at the confirmation on request", async () => {
    const { ask, confirm, newestToken, enter, deps, clock } = await world();
    const { access_token, refresh_token } = await enter();
    await ask({ invalidate_tokens: true });
    expect(await deps.tokenCache.lookUp(access_token)).toMatchObject({ username });
    clock.ms += 1;
    await confirm(await newestToken());
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject({
      code: "invalid_token",
    });
    await expect(enter({ grant_type: "refresh_token", refresh_token })).rejects.toMatchObject(
      invalid,
    );
  });

  it("cannot use another user's address, and the response does not reveal that it is in use", async () => {
    const { ask, deps, deliverMails } = await world();
    const other = { username: to, passwordHash: "h", fleet: "f2", createdAt: "" };
    await deps.accounts.addUser(other, { replace: false });
    expect(await ask()).toMatchObject({ username });
    expect(await deliverMails()).toEqual([]);
  });

  it("keeps the current one when another user confirms the new one first", async () => {
    const { ask, confirm, newestToken, deps, enter } = await world();
    await ask();
    const token = await newestToken();
    const other = { username: to, passwordHash: "h", fleet: "f2", createdAt: "" };
    await deps.accounts.addUser(other, { replace: false });
    await expect(confirm(token)).rejects.toMatchObject({ code: "already_exists" });
    expect(await enter()).toHaveProperty("access_token");
  });

  it("can return to a former address", async () => {
    const { ask, confirm, newestToken, deps } = await world();
    await ask();
    await confirm(await newestToken());
    const back = userChange.parse({ username, current_password: password });
    await changeUser(back, { username: to, address }, deps);
    expect(await confirm(await newestToken())).toMatchObject({ username });
  });

  it("receives an error for an invalid address, and if the cloud sends no mail", async () => {
    const { ask, deps } = await world();
    await expect(ask({ username: "ada" })).rejects.toMatchObject({ code: "invalid_request" });
    const change = userChange.parse({ username: to, current_password: password });
    const without = { ...deps, mailQueue: undefined };
    await expect(changeUser(change, { username, address }, without)).rejects.toMatchObject({
      code: "refused",
    });
    expect(deps.mailQueue.waiting).toEqual([]);
  });

  it("can be set to the current one although the cloud sends no mail", async () => {
    const { deps } = await world();
    const change = userChange.parse({ username, current_password: password });
    const without = { ...deps, mailQueue: undefined };
    expect(await changeUser(change, { username, address }, without)).toMatchObject({ username });
  });
});

describe("the token that confirms an address", () => {
  it("is valid once, and only the newest one", async () => {
    const { ask, confirm, newestToken } = await world();
    await ask();
    const first = await newestToken();
    await ask({ username: "ada@other.example" });
    const second = await newestToken();
    await expect(confirm(first)).rejects.toMatchObject(invalid);
    expect(await confirm(second)).toMatchObject({ username: "ada@other.example" });
    await expect(confirm(second)).rejects.toMatchObject(invalid);
  });

  it("is valid for a day", async () => {
    const { ask, confirm, newestToken, clock } = await world();
    await ask();
    const token = await newestToken();
    clock.ms += addressTokenMinutes * 60_000;
    await expect(confirm(token)).rejects.toMatchObject(invalid);
  });

  it("is invalid after a change of the password", async () => {
    const { ask, confirm, newestToken, deps, clock } = await world();
    await ask();
    const token = await newestToken();
    clock.ms += 1;
    const change = userChange.parse({ password: "a new password", current_password: password });
    await changeUser(change, { username, address }, deps);
    await expect(confirm(token)).rejects.toMatchObject(invalid);
  });

  it("is not sent when the password was changed before the mail was sent", async () => {
    const { ask, deps, clock, deliverMails } = await world();
    await ask();
    clock.ms += 1;
    const change = userChange.parse({ password: "a new password", current_password: password });
    await changeUser(change, { username, address }, deps);
    expect(await deliverMails()).toEqual([]);
  });

  it("is sent when the password was changed in the same request", async () => {
    const { ask, deliverMails } = await world();
    await ask({ password: "a new password" });
    expect((await deliverMails()).map((mail) => mail.to)).toEqual([username, to]);
  });

  it("cannot reset a password", async () => {
    const { ask, newestToken, deps } = await world();
    await ask();
    const given = { token: await newestToken(), password: "a new password" };
    await expect(resetPassword(given, deps)).rejects.toMatchObject(invalid);
  });
});
