import { describe, expect, it } from "vitest";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { addApiUser } from "#shared/account/oauth/manageApiUsers.ts";
import { addOAuthClient, oauthClientInput } from "#shared/account/oauth/manageOAuthClients.ts";
import { addProduct, productInput } from "#shared/account/product/addProduct.ts";
import { changeProduct } from "#shared/account/product/changeProduct.ts";
import { productVersion } from "#shared/account/product/product.ts";
import { inviteMember } from "#shared/account/team/inviteMember.ts";
import { jobPageMax } from "#shared/delivery/limits.ts";
import type { Device } from "#shared/device/device.ts";
import { removableContacts } from "#shared/notice/subscription/removeContacts.ts";
import { removalMs } from "#shared/removal/limits.ts";
import { removeFirmwareOf } from "#shared/removal/removeFirmware.ts";
import { planRemoval, removalInput, removeProduct } from "#shared/removal/removeProduct.ts";
import { aSubscription } from "../../contracts/notice/notices.ts";
import { memoryTeamHints } from "../../memory/account/teams.ts";
import { cacheOf } from "../../memory/account/tokenCache.ts";
import { memoryDeadLetters } from "../../memory/delivery/deadLetters.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryUsageLimits } from "../../memory/delivery/usageLimits.ts";
import { memoryClaimCertificates } from "../../memory/device/claimCertificates.ts";
import { memoryGroups } from "../../memory/device/groups.ts";
import { memoryFirmwareVersions } from "../../memory/firmware/firmwareVersions.ts";
import { memoryImageReferences, memoryImages } from "../../memory/firmware/images.ts";
import { memoryKeyDocuments } from "../../memory/firmware/keyDocuments.ts";
import { memorySubscriptions } from "../../memory/notice/subscriptions.ts";
import { memoryReleases } from "../../memory/release/releases.ts";
import { aRelease } from "../../memory/release/samples.ts";
import { aDelivery, anIntegration, fleet } from "../../memory/samples.ts";
import { accountsWorld, username } from "../account/world.ts";

const owner = { username, fleet };
const ended = { reason: "gone" };

/**
 * A product with `devices` devices, an integration with a dead letter, two API users and an
 * invitation.
 */
const world = async (devices = 25) => {
  const { deps: accountDeps, product, clock, ...rest } = await accountsWorld();
  const integrations = memoryIntegrations([
    { ...anIntegration(), id: "i1", fleet: product.fleet },
    { ...anIntegration(), id: "other", fleet: "another" },
  ]);
  const productStore = new Map<string, Device>();
  for (let i = 0; i < devices; i += 1) {
    const id = String(i).padStart(24, "0");
    productStore.set(id, {
      id,
      fleet: product.fleet,
      product: product.id,
      createdAt: "",
      updatedAt: "",
    });
  }
  const deadLetters = memoryDeadLetters(clock.now);
  for (const integration of ["i1", "other"]) {
    const delivery = { ...aDelivery(), integration };
    await deadLetters.put({ ...ended, delivery, buriedAt: clock.now() });
  }
  const groups = memoryGroups();
  const createdAt = "2026";
  await groups.add({ product: product.id, name: "beta", createdAt });
  await groups.add({ product: product.id + 1, name: "beta", createdAt });
  const claims = memoryClaimCertificates();
  await claims.put({ id: "valid", pem: "PEM", product: product.id, createdAt: 1 });
  await claims.put({ id: "ended", pem: "PEM", product: product.id, createdAt: 1, endedAt: 2 });
  await claims.put({ id: "other", pem: "PEM", product: product.id + 1, createdAt: 1 });
  const released: string[] = [];
  const { images, of: imagesIn } = memoryImages();
  const firmware = {
    ...{ versions: memoryFirmwareVersions(), keyDocuments: memoryKeyDocuments() },
    ...{ releases: memoryReleases(), references: memoryImageReferences(), images },
    now: () => clock.now(),
    onError: (what: string) => expect.unreachable(what),
  };
  const subscriptions = memorySubscriptions();
  const deps = {
    contacts: removableContacts({ subscriptions }),
    subscriptions,
    ...accountDeps,
    hints: memoryTeamHints(),
    newId: () => "id",
    integrations,
    limits: memoryUsageLimits(),
    deadLetters,
    claims,
    groups,
    firmware,
    regions: ["r1", "r2"],
    devices: {
      find: async (id: string) => productStore.get(id),
      list: async (of: string, max: number) =>
        [...productStore.values()].filter((device) => device.fleet === of).slice(0, max),
    },
    release: async (device: Device) => {
      released.push(device.id);
      productStore.set(device.id, { ...device, fleet: "nobody" });
    },
    wait: async () => {},
  };
  const input = { friendly_name: "robot", scopes: ["devices:list" as const] };
  const { token } = await addApiUser(input, product, deps);
  const client = oauthClientInput.parse({ name: "app", type: "installed" });
  await addOAuthClient(client, { product: product.id }, deps);
  await inviteMember({ username: "bob@example.com", role: "viewer" }, { product, by: owner }, deps);
  const remove = (given: object, about = product) =>
    removeProduct(removalInput.parse(given), { product: about, by: owner }, deps);
  return { ...rest, deps, product, clock, released, remove, token, imagesIn };
};

const confirmed = { confirm: "thermostat-100000001", release_devices: true };
const unconfirmed = { code: "needs_confirmation", status: 409 };

describe("the removal of a product", () => {
  it("removes its contacts, and no others", async () => {
    const { deps, product, remove } = await world();
    const ids = [`p${product.id}-a`, `p${product.id}1-b`, "s-c"];
    for (const id of ids) await deps.subscriptions.put(aSubscription(id));
    await remove(confirmed);
    const left = await deps.subscriptions.page({ limit: 9 });
    expect(left.subscriptions.map(({ id }) => id)).toEqual(ids.slice(1));
  });

  it("and a change name the version that they expect, and lose to a faster request", async () => {
    const stale = { code: "precondition_failed", status: 412 };
    const description = "faster";
    for (const isFasterBeforeRead of [true, false]) {
      const { deps, product, released } = await world();
      const faster = () => deps.productStore.change(product.id, { description }, product);
      // Another request changes the product before this one reads it, or before it writes it.
      if (isFasterBeforeRead) await faster();
      const about = {
        product: (await deps.accounts.findProduct(product.id)) ?? product,
        by: owner,
        expected: new Set([productVersion(product)]),
      };
      const productStore: typeof deps.productStore = {
        ...deps.productStore,
        change: async (...given) => {
          await faster();
          return deps.productStore.change(...given);
        },
        beginRemoval: async (...given) => {
          await faster();
          return deps.productStore.beginRemoval(...given);
        },
      };
      const watched = { ...deps, productStore };
      const input = removalInput.parse(confirmed);
      await expect(removeProduct(input, about, watched)).rejects.toMatchObject(stale);
      const change = changeProduct({ platform_id: 7 }, about, watched);
      await expect(change).rejects.toMatchObject(stale);
      expect(await deps.accounts.findProduct(product.id)).toEqual({ ...product, description });
      expect(released).toEqual([]);
    }
  });

  it("removes its firmware, the images of it alone, and ends its releases", async () => {
    const { deps, product, remove, imagesIn } = await world();
    const { versions, keyDocuments, references, images, releases } = deps.firmware;
    const other = product.id + 1;
    const [own, shared] = ["a".repeat(64), "b".repeat(64)];
    const uploads = [
      { product: product.id, version: 1, sha256: own },
      { product: product.id, version: 2, sha256: shared },
      { product: other, version: 1, sha256: shared },
    ];
    for (const upload of uploads) {
      await references.add(upload);
      await images.put(upload.sha256, Buffer.from(upload.sha256));
      await versions.add({
        ...{ title: "", description: "", mandatory: false, name: "a.bin", size: 1 },
        ...{ uploadedBy: username, uploadedAt: 1, groups: {}, revision: 1, ...upload },
      });
    }
    const document = { payloadType: "", payload: "", signatures: [] };
    for (const id of [product.id, other]) {
      await keyDocuments.add(id, 1, document);
      await releases.add(aRelease({ product: id, id: `release-${id}` }));
    }
    expect(await planRemoval(product, deps)).toMatchObject({ firmwareVersions: 2 });
    expect(await remove(confirmed)).toEqual({ left: 0 });
    expect(await versions.list(product.id)).toEqual([]);
    expect(await keyDocuments.list(product.id)).toEqual([]);
    expect(imagesIn("here")).toEqual([shared]);
    expect(await versions.list(other)).toHaveLength(1);
    expect(await keyDocuments.list(other)).toHaveLength(1);
    expect(await releases.active()).toEqual([{ product: other, id: `release-${other}` }]);
  });

  it("is not complete while another request changes a firmware version", async () => {
    const { deps, product } = await world();
    const { versions, keyDocuments } = deps.firmware;
    await keyDocuments.add(product.id, 1, { payloadType: "", payload: "", signatures: [] });
    await versions.add({
      ...{ title: "", description: "", mandatory: false, name: "a.bin", size: 1, groups: {} },
      ...{ uploadedBy: username, uploadedAt: 1, revision: 1 },
      ...{ product: product.id, version: 1, sha256: "a".repeat(64) },
    });
    const list: typeof versions.list = async (id) => {
      const found = await versions.list(id);
      for (const one of found) await versions.replace({ ...one, title: "changed" });
      return found;
    };
    const changing = { ...deps.firmware, versions: { ...versions, list } };
    const later = deps.firmware.now() + 60_000;
    expect(await removeFirmwareOf(product.id, later, changing)).toEqual({ left: 1 });
    expect(await keyDocuments.list(product.id)).toHaveLength(1);
    expect(await removeFirmwareOf(product.id, later, deps.firmware)).toEqual({ left: 0 });
    expect(await versions.list(product.id)).toEqual([]);
  });

  it("is planned without a change", async () => {
    const { deps, product } = await world();
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await planRemoval(product, deps)).toEqual({
        devices: 25,
        integrations: 1,
        deadLetters: 1,
        apiUsers: 1,
        clients: 1,
        members: 0,
        invitations: 1,
        claimCertificates: 1,
        firmwareVersions: 0,
      });
    }
    expect(await deps.accounts.findProduct(product.id)).toEqual(product);
  });

  it.each([
    {},
    { release_devices: true },
    { confirm: "another" },
    { confirm: confirmed.confirm },
    { confirm: confirmed.confirm, release_devices: "false" },
  ])("is refused without a valid confirmation: %j", async (given) => {
    const { deps, product, remove, released } = await world();
    await expect(remove(given)).rejects.toMatchObject(unconfirmed);
    expect(await deps.accounts.findProduct(product.id)).toEqual(product);
    expect(released).toEqual([]);
  });

  it.each(["thermostat-100000001", "Thermostat", "100000001"])(
    "removes everything of the product, and nothing else (%s)",
    async (confirm) => {
      const { deps, product, remove, released, token } = await world();
      const limit = { fleet: product.fleet, scope: "product", period: "day", limit: 1 } as const;
      await deps.limits.add({ id: "a", action: "park", createdAt: 0, revision: 0, ...limit });
      expect(await remove({ ...confirmed, confirm })).toEqual({ left: 0 });
      expect((await deps.limits.ofFleet(product.fleet)).limits).toEqual([]);
      expect(new Set(released).size).toBe(25);
      expect(released).toHaveLength(25);
      expect((await deps.integrations.fleetRouting(product.fleet)).integrations).toEqual([]);
      expect((await deps.integrations.fleetRouting("another")).integrations).toHaveLength(1);
      const letters = async (id: string) =>
        (await deps.deadLetters.list(id, { limit: 9 })).deadLetters.length;
      expect([await letters("i1"), await letters("other")]).toEqual([0, 1]);
      expect(await deps.apiUsers.list(product.id)).toEqual([]);
      expect(await deps.clients.list({ product: product.id })).toEqual([]);
      expect(await deps.teams.find(product.id)).toBeUndefined();
      expect(await deps.groups.list(product.id)).toEqual([]);
      expect(await deps.groups.list(product.id + 1)).toHaveLength(1);
      expect(await deps.hints.list("bob@example.com")).toEqual([]);
      expect(await deps.accounts.listProducts(username)).toEqual([]);
      deps.tokenCache.evict(() => true);
      await expect(deps.tokenCache.lookUp(token)).rejects.toMatchObject({ code: "invalid_token" });
      await addProduct(productInput.parse({ name: "Thermostat" }), owner, deps);
    },
  );

  it("ends the claim certificates of the product and has every region revoke them", async () => {
    const { deps, remove, clock } = await world(0);
    await remove(confirmed);
    expect(await deps.claims.find("valid")).toMatchObject({ endedAt: clock.ms });
    expect(await deps.claims.find("ended")).toMatchObject({ endedAt: 2 });
    expect(await deps.claims.find("other")).not.toHaveProperty("endedAt");
    expect(await deps.claims.listPending(9)).toEqual([{ id: "valid", since: clock.ms }]);
  });

  it("removes a product without devices when it is confirmed by name", async () => {
    const { remove } = await world(0);
    expect(await remove({ confirm: "Thermostat" })).toEqual({ left: 0 });
  });

  it("continues after an interruption at any step when its owner repeats it", async () => {
    for (let crashAt = 0; crashAt < 60; crashAt += 5) {
      const { deps, product, clock } = await world();
      let calls = 0;
      const dying = new Proxy(deps.devices, {
        get: (target, key) => {
          calls += 1;
          if (calls === crashAt) throw new Error("dead");
          return Reflect.get(target, key);
        },
      });
      const about = { product, by: owner };
      const input = removalInput.parse(confirmed);
      await removeProduct(input, about, { ...deps, devices: dying }).catch(() => {});
      const token = { ...owner, hash: "", client: "", createdAt: "" };
      const tokenCache = cacheOf(token);
      const caller = authenticateCaller({ ...deps, tokenCache, now: clock.now });
      const asked = { token: "t", product: String(product.id), access: "products:remove" } as const;
      const again = await caller(asked);
      await removeProduct(input, { product: again.product ?? product, by: owner }, deps);
      expect(await deps.devices.list(product.fleet, 100)).toEqual([]);
      expect((await deps.integrations.fleetRouting(product.fleet)).integrations).toEqual([]);
      const reading = caller({ ...asked, access: "products:get" });
      await expect(reading).rejects.toMatchObject({ code: "not_found" });
    }
  });

  it("stops after its time limit, returns the number of remaining devices, and hides the product", async () => {
    const { deps, product, clock, remove } = await world();
    const { release } = deps;
    deps.release = async (device) => {
      clock.ms += removalMs / 8;
      await release(device);
    };
    const { left } = await remove(confirmed);
    expect(left).toBeGreaterThan(0);
    expect(await deps.accounts.findProduct(product.id)).toBeUndefined();
    const rest = await deps.accounts.findProduct(product.id, { removed: true });
    let now = left;
    // The confirmation is checked once: a product whose removal has started needs no second check
    // of its devices.
    while (now > 0) now = (await remove({ confirm: confirmed.confirm }, rest)).left;
    expect(await deps.devices.list(product.fleet, 100)).toEqual([]);
  });

  it("stops after its time limit also within dead letters, and continues later", async () => {
    const { deps, clock, remove, product } = await world(0);
    for (let i = 0; i < 3 * jobPageMax; i += 1) {
      const delivery = { ...aDelivery(), id: `d${i}`, integration: "i1" };
      await deps.deadLetters.put({ ...ended, delivery, buriedAt: clock.now() });
    }
    const { list } = deps.deadLetters;
    deps.deadLetters.list = (...asked) => {
      clock.ms += removalMs;
      return list(...asked);
    };
    expect(await remove(confirmed)).toEqual({ left: 1 });
    let turns = 1;
    while ((await remove(confirmed)).left > 0) turns += 1;
    expect(turns).toBeLessThan(9);
    expect((await deps.integrations.fleetRouting(product.fleet)).integrations).toEqual([]);
  });

  it("invalidates tokens of its API users that no list contains", async () => {
    const { deps, product, remove } = await world(0);
    const token = {
      username: "robot+1@api.godwit",
      fleet: product.fleet,
      product: product.id,
      scopes: ["devices:list"],
      hash: "",
      client: "api-user",
      createdAt: "",
    };
    const tokenCache = cacheOf(token);
    const use = () =>
      authenticateCaller({ ...deps, tokenCache })({ token: "t", access: "devices:list" });
    expect(await use()).toMatchObject({ fleet: product.fleet });
    await remove(confirmed);
    await expect(use()).rejects.toMatchObject({ code: "not_found" });
  });
});
