import { describe, expect, it } from "vitest";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { apiUsersPerProductMax } from "#shared/account/oauth/limits.ts";
import {
  addApiUser,
  apiUserInput,
  changeApiUser,
  removeApiUser,
} from "#shared/account/oauth/manageApiUsers.ts";
import { addProduct, productInput } from "#shared/account/product/addProduct.ts";
import { changeProduct, productChange } from "#shared/account/product/changeProduct.ts";
import { productNameReservationMs, productsPerUserMax } from "#shared/account/product/limits.ts";
import { productSlug } from "#shared/account/product/product.ts";
import { username as anyUsername } from "#shared/account/user/user.ts";
import type { Access } from "#shared/api/scopes.ts";
import { fleet } from "../../../memory/samples.ts";
import { accountsWorld, username } from "../world.ts";

const owner = { username, fleet };
const badToken = { code: "invalid_token" };
const forbidden = { code: "unauthorized", status: 403 };

describe("a product", () => {
  it.each([
    [{ product: { name: "Lamp", description: "It shines", platform_id: 13 } }],
    [{ name: "Lamp", description: "It shines", platform_id: "13" }],
  ])("is created from %o, with its own number, slug and fleet", async (given) => {
    const { deps } = await accountsWorld();
    const made = await addProduct(productInput.parse(given), owner, deps);
    expect(made).toMatchObject({ name: "Lamp", description: "It shines", platformId: 13 });
    expect(made.fleet).toMatch(/^p[0-9a-f]{16}$/);
    expect(productSlug(made)).toBe(`lamp-${made.id}`);
    expect(await deps.accounts.listProducts(username)).toContainEqual(made);
  });

  it.each([{}, { name: "", platform_id: 1 }, { name: "x", platform_id: -1 }, { product: {} }])(
    "cannot be created from %o",
    (given) => {
      expect(productInput.safeParse(given).success).toBe(false);
    },
  );

  const taken = { code: "already_exists" };
  const named = (name: string) => productInput.parse({ name });

  it("has a name that is unique for its owner, also under concurrency", async () => {
    const { deps } = await accountsWorld();
    const made = await Promise.allSettled(
      ["Lamp", "lamp", " LAMP ", "Lamp"].map((name) => addProduct(named(name), owner, deps)),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(addProduct(named("lAmp"), owner, deps)).rejects.toMatchObject(taken);
    await addProduct(named("lamp"), { username: "bob", fleet: "f-bob" }, deps);
    // One from before names were taken.
    await expect(addProduct(named("thermostat"), owner, deps)).rejects.toMatchObject(taken);
  });

  it("can have the name of a crashed request after a while", async () => {
    const { deps, clock } = await accountsWorld();
    const addDying = {
      ...deps.accounts,
      addProduct: async () => Promise.reject(new Error("dead")),
    };
    const dying = addProduct(named("Lamp"), owner, { ...deps, accounts: addDying });
    await expect(dying).rejects.toThrow("dead");
    await expect(addProduct(named("Lamp"), owner, deps)).rejects.toMatchObject(taken);
    clock.ms += productNameReservationMs;
    const made = await Promise.allSettled(
      [1, 2, 3].map(() => addProduct(named("Lamp"), owner, deps)),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is renamed and edited, and its former name is available again", async () => {
    const { deps } = await accountsWorld();
    const lamp = await addProduct(named("Lamp"), owner, deps);
    const asked = { product: lamp, by: owner };
    const change = { name: "Light", description: "bright", platform_id: 4 };
    const changed = await changeProduct(productChange.parse(change), asked, deps);
    expect(changed).toEqual({ ...lamp, name: "Light", description: "bright", platformId: 4 });
    expect(await deps.accounts.findProduct(lamp.id)).toEqual(changed);
    await addProduct(named("Lamp"), owner, deps);
    const back = changeProduct({ name: "lamp" }, { ...asked, product: changed }, deps);
    await expect(back).rejects.toMatchObject(taken);
    expect(await changeProduct({ name: "LIGHT" }, { ...asked, product: changed }, deps)).toEqual({
      ...changed,
      name: "LIGHT",
    });
  });

  it("gets one of several concurrently requested names, and the others stay available", async () => {
    const { deps } = await accountsWorld();
    const product = await addProduct(named("Lamp"), owner, deps);
    const changes = await Promise.allSettled(
      ["A", "B", "C"].map((name) => changeProduct({ name }, { product, by: owner }, deps)),
    );
    expect(changes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const kept = (await deps.accounts.findProduct(product.id))?.name;
    for (const name of ["A", "B", "C", "Lamp"].filter((each) => each !== kept)) {
      await addProduct(named(name), owner, deps);
    }
  });

  it.each([{}, { name: "" }, { platform_id: -1 }, { name: "x".repeat(65) }])(
    "is not changed by %o",
    (given) => {
      expect(productChange.safeParse(given).success).toBe(false);
    },
  );

  it("is found immediately by its new slug, and not by the previous one", async () => {
    const { deps, product, enter } = await accountsWorld();
    const { access_token: token } = await enter();
    const caller = authenticateCaller(deps);
    const find = (slug: string) => caller({ token, product: slug, access: "products:get" });
    await find(`thermostat-${product.id}`);
    await changeProduct({ name: "Oven" }, { product, by: owner }, deps);
    expect(await find(`oven-${product.id}`)).toMatchObject({ product: { name: "Oven" } });
    await expect(find(`thermostat-${product.id}`)).rejects.toMatchObject({ code: "not_found" });
  });

  it("has a maximum number", async () => {
    const { deps } = await accountsWorld();
    const input = productInput.parse({ name: "x", platform_id: 0 });
    for (let i = 1; i < productsPerUserMax; i += 1) {
      await addProduct({ ...input, name: `x${i}` }, owner, deps);
    }
    await expect(addProduct(input, owner, deps)).rejects.toMatchObject({
      code: "limit_reached",
    });
  });
});

/** An API user that may do two things. */
const withApiUser = async () => {
  const world = await accountsWorld();
  const input = apiUserInput.parse({
    friendly_name: "Nightly Script",
    scopes: ["devices:list", "devices:list", "events:send"],
  });
  const made = await addApiUser(input, world.product, world.deps);
  const caller = authenticateCaller(world.deps);
  const act = (access: Access, token = made.token, product?: string) =>
    caller({ token, access, product });
  return { ...world, ...made, act };
};

describe("an API user", () => {
  it("has a name that no user can have, and a token for its product's fleet", async () => {
    const { apiUser, act, product } = await withApiUser();
    expect(apiUser.username).toMatch(/^nightly-script\+[0-9a-f]{10}@api\.godwit$/);
    expect(anyUsername.safeParse(apiUser.username).success).toBe(false);
    const { slug, id } = { slug: productSlug(product), id: String(product.id) };
    for (const named of [undefined, slug, id]) {
      expect(await act("devices:list", undefined, named)).toMatchObject({
        username: apiUser.username,
        fleet: product.fleet,
      });
    }
  });

  it("has the permissions of its scopes, and none of a user's", async () => {
    const { act } = await withApiUser();
    await act("events:send");
    await act("token");
    await act("everyone");
    for (const access of ["devices:get", "integrations:create", "user"] as const) {
      await expect(act(access)).rejects.toMatchObject(forbidden);
    }
  });

  it("acts for its product on every route, also on paths without a product", async () => {
    const { act, product } = await withApiUser();
    expect(await act("devices:list")).toMatchObject({ product: { id: product.id } });
    expect(await act("events:send")).toMatchObject({ product: { id: product.id } });
  });

  it("has no access to a removed product, but can revoke its own token", async () => {
    const { act, product, deps } = await withApiUser();
    deps.accounts.findProduct = async () => undefined;
    await expect(act("devices:list")).rejects.toMatchObject({ code: "not_found" });
    expect(await act("token")).toMatchObject({ fleet: product.fleet });
  });

  it("has no access to another product of the same owner", async () => {
    const { act, deps } = await withApiUser();
    const input = productInput.parse({ name: "Other", platform_id: 0 });
    const { id } = await addProduct(input, owner, deps);
    await expect(act("devices:list", undefined, String(id))).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("gets a new token with or without other scopes, and the previous one is revoked", async () => {
    const { apiUser, product, deps, act, token } = await withApiUser();
    const other = { username: apiUser.username, scopes: ["devices:get"] };
    const changed = await changeApiUser(other, product, deps);
    await expect(deps.tokenCache.lookUp(token)).rejects.toMatchObject(badToken);
    await act("devices:get", changed.token);
    await expect(act("devices:list", changed.token)).rejects.toMatchObject(forbidden);
    const again = await changeApiUser({ username: apiUser.username }, product, deps);
    await expect(deps.tokenCache.lookUp(changed.token)).rejects.toMatchObject(badToken);
    await act("devices:get", again.token);
  });

  it("is removed with its token, by its own product only", async () => {
    const { apiUser, product, deps, token } = await withApiUser();
    const { username } = apiUser;
    await expect(
      removeApiUser(username, { ...product, id: product.id + 1 }, deps),
    ).rejects.toMatchObject({ code: "not_found" });
    await removeApiUser(username, product, deps);
    await expect(deps.tokenCache.lookUp(token)).rejects.toMatchObject(badToken);
    await expect(removeApiUser(username, product, deps)).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(changeApiUser({ username }, product, deps)).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("has a maximum number", async () => {
    const { product, deps } = await withApiUser();
    const input = apiUserInput.parse({ friendly_name: "x", scopes: ["devices:list"] });
    for (let i = 1; i < apiUsersPerProductMax; i += 1) await addApiUser(input, product, deps);
    await expect(addApiUser(input, product, deps)).rejects.toMatchObject({
      code: "limit_reached",
    });
  });

  it.each([
    { scopes: ["devices:list"] },
    { friendly_name: "x", scopes: [] },
    { friendly_name: "x", scopes: ["devices:list", "everything"] },
    { username: "eve@example.com" },
  ])("cannot be created from %o", (given) => {
    expect(apiUserInput.safeParse(given).success).toBe(false);
  });
});

describe("a token of a product without scopes", () => {
  it("has permissions for devices, and none of a user's", async () => {
    const { deps, product, enter } = await accountsWorld();
    const { access_token } = await enter();
    const whole = await deps.tokenCache.lookUp(access_token);
    expect(whole.fleet).toBe(fleet);
    const limited = { ...whole, fleet: product.fleet, product: product.id };
    await deps.accounts.addToken(limited);
    deps.tokenCache.evict(() => true);
    const caller = authenticateCaller(deps);
    expect(await caller({ token: access_token, access: "devices:update" })).toMatchObject({
      fleet: product.fleet,
    });
    await expect(caller({ token: access_token, access: "user" })).rejects.toMatchObject(forbidden);
  });
});
