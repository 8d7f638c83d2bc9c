import { describe, expect, it } from "vitest";
import { confirmAddress } from "#shared/account/mail/changeAddress.ts";
import { requestReset, resetPassword } from "#shared/account/mail/resetPassword.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { changeUser, userChange } from "#shared/account/user/changeUser.ts";
import type { Passwords } from "#shared/account/user/password.ts";
import { everyOrder, takeTurns } from "../../../memory/turns.ts";
import { accountsWorld, address, password, username } from "../world.ts";

type World = Awaited<ReturnType<typeof accountsWorld>>;

const next = "a new password";

/** No scrypt, which takes a thread: turns are over when no worker waits for one. */
const passwords: Passwords = {
  hash: async (text) => `hash of ${text}`,
  check: async (text, hash) => hash === `hash of ${text}`,
  dummyHash: async () => "nobody's",
};

const newWorld = async () => {
  const world = await accountsWorld();
  world.deps.passwords = passwords;
  await world.deps.accounts.changeUser(username, { passwordHash: await passwords.hash(password) });
  return world;
};

/** A world, and a token that a mail took to the user, to choose another password. */
const worldWithMail = async () => {
  const world = await newWorld();
  await requestReset(username, address, world.deps);
  const text = (await world.deliverMails()).at(-1)?.text ?? "";
  return { world, token: /"token":"([0-9a-f]{40})"/.exec(text)?.[1] ?? "" };
};

/**
 * Runs a log-in concurrently with another action, in every order of their calls of the accounts,
 * and checks the remaining tokens.
 */
const besideALogIn = async (
  make: () => Promise<{ world: World; act: (deps: World["deps"]) => Promise<unknown> }>,
  check: (
    world: World,
    entered: { access_token: string; refresh_token?: string } | undefined,
  ) => Promise<void>,
) => {
  return everyOrder(async (choose) => {
    const { world, act } = await make();
    const turns = takeTurns();
    const depsOf = (worker: string) => {
      const { deps } = world;
      const accounts = turns.wrap(worker, deps.accounts);
      return { ...deps, accounts, tokenCache: createTokenCache({ accounts, now: deps.now }) };
    };
    const entering = world.enter({}, address, depsOf("log-in")).catch(() => undefined);
    const acting = act(depsOf("other"));
    acting.catch(() => {});
    await turns.run(choose);
    await acting;
    await check(world, await entering);
  });
};

/** No token, and nothing that gives one, is left. */
const expectEnded = async (
  { deps, enter }: World,
  entered: { access_token: string; refresh_token?: string } | undefined,
) => {
  if (entered === undefined) return;
  const tokenCache = createTokenCache(deps);
  await expect(tokenCache.lookUp(entered.access_token)).rejects.toMatchObject({
    code: "invalid_token",
  });
  const again = enter({ grant_type: "refresh_token", refresh_token: entered.refresh_token });
  await expect(again).rejects.toMatchObject({ code: "invalid_grant" });
};

describe("a concurrent log-in with the old password, in every order", () => {
  it("leaves no token when the password is reset", async () => {
    const runs = await besideALogIn(async () => {
      const { world, token } = await worldWithMail();
      return { world, act: (deps) => resetPassword({ token, password: next }, deps) };
    }, expectEnded);
    expect(runs).toBeGreaterThan(20);
  });

  it("leaves no token when the password is changed with the revocation of all tokens", async () => {
    const change = userChange.parse({
      password: next,
      current_password: password,
      invalidate_tokens: true,
    });
    await besideALogIn(
      async () => ({
        world: await newWorld(),
        act: (deps) => changeUser(change, { username, address }, deps),
      }),
      expectEnded,
    );
  });

  it("leaves no refresh token when the password is changed, and keeps access tokens", async () => {
    const change = userChange.parse({ password: next, current_password: password });
    await besideALogIn(
      async () => ({
        world: await newWorld(),
        act: (deps) => changeUser(change, { username, address }, deps),
      }),
      async ({ deps, enter }, entered) => {
        if (entered === undefined) return;
        expect(await createTokenCache(deps).lookUp(entered.access_token)).toMatchObject({
          username,
        });
        const again = enter({ grant_type: "refresh_token", refresh_token: entered.refresh_token });
        await expect(again).rejects.toMatchObject({ code: "invalid_grant" });
      },
    );
  });

  it("belongs to the new name when the user is renamed", async () => {
    const to = "ada@new.example";
    await besideALogIn(
      async () => {
        const world = await newWorld();
        const change = userChange.parse({ username: to, current_password: password });
        await changeUser(change, { username, address }, world.deps);
        const text = (await world.deliverMails()).at(-1)?.text ?? "";
        const token = /"token":"([0-9a-f]{40})"/.exec(text)?.[1] ?? "";
        return { world, act: (deps) => confirmAddress({ token }, deps) };
      },
      async ({ deps }, entered) => {
        if (entered === undefined) return;
        expect(await createTokenCache(deps).lookUp(entered.access_token)).toMatchObject({
          username: to,
        });
      },
    );
  });
});

describe("a change of the password with the old one", () => {
  it("does not undo a reset, in every order", async () => {
    await everyOrder(async (choose) => {
      const { world, token } = await worldWithMail();
      const { deps } = world;
      const turns = takeTurns();
      const change = userChange.parse({ password: "a thief's word", current_password: password });
      const changing = changeUser(
        change,
        { username, address },
        { ...deps, accounts: turns.wrap("thief", deps.accounts) },
      ).then(
        () => true,
        () => false,
      );
      const resetting = resetPassword(
        { token, password: next },
        { ...deps, accounts: turns.wrap("owner", deps.accounts) },
      ).then(
        () => true,
        () => false,
      );
      await turns.run(choose);
      const [isChanged, isReset] = await Promise.all([changing, resetting]);
      // One of them succeeds; the other one fails.
      expect([isChanged, isReset].filter(Boolean)).toHaveLength(1);
      const entered = world.enter({ password: isReset ? next : "a thief's word" });
      expect(await entered).toHaveProperty("access_token");
    });
  });

  it("sends no mail for another address when the password was reset after its verification", async () => {
    const { world, token } = await worldWithMail();
    const { deps } = world;
    const change = userChange.parse({ username: "thief@x.example", current_password: password });
    await changeUser(change, { username, address }, deps);
    const [order] = deps.mailQueue.waiting;
    await resetPassword({ token, password: next }, deps);
    // The order is sent late, with a late time.
    deps.mailQueue.waiting.splice(0, 1, { ...order!, orderedAt: deps.now() + 1 });
    expect((await world.deliverMails()).map(({ to }) => to)).toEqual([username]);
  });
});
