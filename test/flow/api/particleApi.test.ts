import { createHash } from "node:crypto";
import type Particle from "particle-api-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { totpAt, totpStep } from "#shared/account/mfa/totp.ts";
import { imageBytesMax } from "#shared/firmware/limits.ts";
import { run } from "../../../admin/run.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { mailedToken, mailsTo } from "../support/mails.ts";
import { newProduct, particleClient } from "../support/particle.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let demo: Particle;

beforeAll(async () => {
  cloud = await startTestCloud({ openSignUp: true });
  demo = particleClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

const password = "a long password";
const current = "/v1/access_tokens/current";

/** Signs up a user and logs in. */
const someone = async (username: string) => {
  const client = particleClient(cloud);
  await client.createUser({ username, password });
  const { body } = await client.login({ username, password });
  return { token: body.access_token, client: particleClient(cloud, body.access_token) };
};

/** The rejection of particle-api-js, without the description. */
const rejection = (statusCode: number, error: string) => ({
  statusCode,
  errorDescription: expect.stringContaining(`HTTP error ${statusCode} from ${cloud.api}`),
  shortErrorDescription: expect.any(String),
  body: { ok: false, error, error_description: expect.any(String) },
});

describe("particle-api-js: users", () => {
  it("creates a user, logs in and shows the user", async () => {
    const anonymous = particleClient(cloud);
    const username = "ann@example.com";
    const accountInfo = { first_name: "Ann", business_account: true };
    const made = await anonymous.createUser({
      username,
      password,
      accountInfo,
      utm: { source: "x" },
    });
    expect(made).toEqual({ statusCode: 200, body: { ok: true } });
    const { body: login } = await anonymous.login({ username, password, tokenDuration: 60 });
    expect(login).toEqual({
      token_type: "bearer",
      access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      expires_in: 60,
      refresh_token: expect.any(String),
    });
    const ann = particleClient(cloud, login.access_token);
    expect((await ann.getUserInfo({})).body).toMatchObject({ username, account_info: accountInfo });
    await ann.setUserInfo({ accountInfo: { company_name: "Ä & B" } });
    expect((await ann.getUserInfo({})).body.account_info).toEqual({
      ...accountInfo,
      company_name: "Ä & B",
    });
  });

  it("changes a name and a password, and revokes all tokens on request", async () => {
    const { client: bob, token } = await someone("bob@example.com");
    const next = "another password";
    await bob.changeUserPassword({ currentPassword: password, password: next });
    await bob.changeUsername({ currentPassword: next, username: "rob@example.com" });
    const anonymous = particleClient(cloud);
    const confirmation = await mailedToken(cloud, "rob@example.com");
    expect((await bob.getUserInfo({})).body.username).toBe("bob@example.com");
    await anonymous.put({ uri: "/v1/user/change-address", data: { token: confirmation } });
    expect((await bob.getUserInfo({})).body.username).toBe("rob@example.com");
    const again = await anonymous.login({ username: "rob@example.com", password: next });
    const rob = particleClient(cloud, again.body.access_token);
    await rob.changeUserPassword({ currentPassword: next, password, invalidateTokens: true });
    for (const auth of [token, again.body.access_token]) {
      await expect(anonymous.getUserInfo({ auth })).rejects.toMatchObject({ statusCode: 401 });
    }
    await anonymous.login({ username: "rob@example.com", password });
  });

  it("mails a token for a password reset, and accepts a new password with it", async () => {
    const { client: zoe, token } = await someone("zoe@example.com");
    const anonymous = particleClient(cloud);
    const answers = [];
    for (const username of ["zoe@example.com", "nobody-of-that-name@example.com"]) {
      answers.push(await anonymous.resetPassword({ username }));
    }
    const done = { statusCode: 200, body: { ok: true } };
    expect(answers).toEqual([done, done]);
    const data = { token: await mailedToken(cloud, "zoe@example.com"), password: "a newer one" };
    const uri = "/v1/user/password-reset";
    expect(await anonymous.put({ uri, data })).toEqual(done);
    await expect(zoe.getUserInfo({ auth: token })).rejects.toMatchObject({ statusCode: 401 });
    await expect(anonymous.put({ uri, data })).rejects.toMatchObject(
      rejection(400, "invalid_grant"),
    );
    await expect(anonymous.login({ username: "zoe@example.com", password })).rejects.toMatchObject(
      rejection(400, "invalid_grant"),
    );
    await anonymous.login({ username: "zoe@example.com", password: data.password });
    expect(await mailsTo(cloud, "nobody-of-that-name@example.com")).toEqual([]);
  });

  it("deletes a user with their password, and reserves the name", async () => {
    const username = "max@example.com";
    const { client: max, token } = await someone(username);
    await expect(max.deleteUser({ password: "a wrong one" })).rejects.toMatchObject(
      rejection(400, "invalid_grant"),
    );
    const done = { statusCode: 200, body: { ok: true } };
    expect(await max.deleteUser({ password })).toEqual(done);
    await expect(max.getUserInfo({ auth: token })).rejects.toMatchObject({ statusCode: 401 });
    const anonymous = particleClient(cloud);
    await expect(anonymous.login({ username, password })).rejects.toMatchObject(
      rejection(400, "invalid_grant"),
    );
    await expect(anonymous.createUser({ username, password })).rejects.toMatchObject(
      rejection(409, "already_exists"),
    );
    await expect(demo.deleteUser({ password: cloud.user.password })).rejects.toMatchObject({
      body: { error_description: expect.stringContaining(cloud.device.id) },
    });
  });

  it("shows the current token, and revokes one token, the current one and all", async () => {
    const { client: eve, token } = await someone("eve@example.com");
    const { body } = await eve.get({ uri: current });
    expect(body).toMatchObject({ client: "particle-api", client_id: "particle-api", scopes: [] });
    const more: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const login = await eve.login({ username: "eve@example.com", password, tokenDuration: 0 });
      more.push(login.body.access_token);
    }
    const [first = "", second = "", third = ""] = more;
    expect((await eve.get({ uri: current, auth: first })).body).toMatchObject({ expires_at: null });
    const works = async (auth: string) =>
      await particleClient(cloud, auth)
        .getUserInfo({})
        .then(() => true)
        .catch(({ statusCode }) => statusCode);
    const done = { statusCode: 200, body: { ok: true } };
    expect(await particleClient(cloud).deleteAccessToken({ token: first })).toEqual(done);
    expect(await eve.deleteCurrentAccessToken({ auth: second })).toEqual(done);
    expect(await Promise.all([first, second, third, token].map(works))).toEqual([
      401,
      401,
      true,
      true,
    ]);
    expect(await eve.deleteActiveAccessTokens({})).toEqual(done);
    expect(await Promise.all([third, token].map(works))).toEqual([401, 401]);
  });

  it.each([
    ["a wrong password", 400, "invalid_grant", { username: "ann@example.com" }],
    ["an unknown user", 400, "invalid_grant", { username: "nobody@example.com" }],
  ])("rejects %s with a %i", async (_, status, error, { username }) => {
    const login = particleClient(cloud).login({ username, password: "a wrong password" });
    await expect(login).rejects.toMatchObject(rejection(status, error));
  });

  it("enables a second factor, logs in with it, and disables it", async () => {
    const username = "mia@example.com";
    const { client: mia } = await someone(username);
    const { body } = await mia.enableMfa({});
    const secret = body.secret ?? "";
    expect(new URL(body.qr_url).protocol).toBe("otpauth:");
    const step = totpStep(Date.now());
    const confirm = (mfaToken: string) => mia.confirmMfa({ mfaToken, otp: totpAt(secret, step) });
    await expect(confirm("x")).rejects.toMatchObject({ statusCode: 400 });
    const confirmed = await confirm(body.mfa_token);
    expect(confirmed.body).toMatchObject({ enrolled: true });
    expect((await mia.getUserInfo({})).body.mfa).toEqual({ enabled: true });
    const anonymous = particleClient(cloud);
    const refused = await anonymous.login({ username, password }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      statusCode: 403,
      body: { error: "mfa_required", error_description: expect.any(String) },
    });
    const mfaToken = z.object({ body: z.object({ mfa_token: z.string() }) }).parse(refused)
      .body.mfa_token;
    // The one-time password of the confirmation is used. The next one is valid early.
    await expect(anonymous.sendOtp({ mfaToken, otp: totpAt(secret, step) })).rejects.toMatchObject({
      statusCode: 400,
      body: { error: "invalid_grant" },
    });
    const login = await anonymous.sendOtp({ mfaToken, otp: totpAt(secret, step + 1) });
    expect(login.body).toMatchObject({ token_type: "bearer", expires_in: 7_776_000 });
    await particleClient(cloud, login.body.access_token).disableMfa({ currentPassword: password });
    await anonymous.login({ username, password });
    await expect(cloud.admin({ disableSecondFactor: { username } })).rejects.toThrow();
  });

  it("rejects a used name and a wrong current password", async () => {
    const taken = particleClient(cloud).createUser({ username: cloud.user.username, password });
    await expect(taken).rejects.toMatchObject(rejection(409, "already_exists"));
    const change = demo.changeUserPassword({ currentPassword: "not the password", password });
    await expect(change).rejects.toMatchObject(rejection(400, "invalid_grant"));
  });

  it("treats only a 401 as an invalid token", async () => {
    const dead = particleClient(cloud, "0".repeat(40));
    await expect(dead.listDevices({})).rejects.toMatchObject(rejection(401, "invalid_token"));
    const nothing = "0".repeat(24);
    const missing = (statusCode: number) => ({
      statusCode,
      shortErrorDescription: expect.not.stringMatching(/access token/i),
      body: { ok: false },
    });
    // particle-cli reports a 404 as an unknown function.
    for (const ask of [
      () => demo.callFunction({ deviceId: "nobody", name: "f", argument: "" }),
      () => demo.getVariable({ deviceId: nothing, name: "v" }),
    ]) {
      await expect(ask()).rejects.toMatchObject(missing(403));
    }
    for (const ask of [
      () => demo.getDevice({ deviceId: nothing }),
      () => demo.deleteIntegration({ integrationId: nothing }),
      () => demo.deleteWebhook({ hookId: nothing }),
      () => demo.getProduct({ product: 1 }),
      () => demo.deleteAccessToken({ token: nothing }),
      () => demo.deleteOAuthClient({ clientId: "nobody" }),
      () => demo.listBuildTargets({}),
    ]) {
      await expect(ask()).rejects.toMatchObject(missing(404));
    }
  });
});

describe("particle-api-js: firmware of a product", () => {
  const image = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));

  it("uploads, lists, shows, changes, downloads and does not release an untested version", async () => {
    const { id: product, slug } = await newProduct(demo, "Firmware");
    const uploaded = await demo.uploadProductFirmware({
      file: image,
      version: 2,
      title: "Zwei – é",
      description: "Second",
      product: slug,
    });
    const shown = {
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      version: 2,
      title: "Zwei – é",
      description: "Second",
      name: "firmware.bin",
      size: image.length,
      product_default: false,
      uploaded_on: expect.any(String),
      product_id: product,
      uploaded_by: { username: cloud.user.username },
      groups: [],
      device_count: 0,
      mandatory: false,
      sha256: createHash("sha256").update(image).digest("hex"),
      signed: false,
      released_at: null,
    };
    expect(uploaded).toEqual({ statusCode: 201, body: { ...shown, current: false } });
    const all = await demo.listProductFirmware({ product: slug });
    expect(all).toEqual({ statusCode: 200, body: [shown] });
    expect((await demo.getProductFirmware({ product: slug, version: 2 })).body).toEqual(shown);
    const change = { product: slug, version: 2, title: "Two" };
    const { body } = await demo.updateProductFirmware(change);
    expect(body).toMatchObject({ title: "Two", description: "Second" });
    const bytes = await demo.downloadProductFirmware({ product: slug, version: 2 });
    expect(Buffer.compare(new Uint8Array(bytes), image)).toBe(0);
    const exposure = `/v1/products/${product}/firmware/2/exposure`;
    expect((await demo.get({ uri: exposure })).body).toMatchObject({
      title: "Two",
      devices: [],
      cursor: null,
    });
    const headers = { authorization: `Bearer ${cloud.user.token}` };
    const csv = await fetch(`${cloud.api}${exposure}?format=csv`, { headers });
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(await csv.text()).toMatch(/^id,name,in_product,[\w,]+\r\n$/);
    const release = { product: slug, version: 2, product_default: true, groups: [] };
    await expect(demo.releaseProductFirmware(release)).rejects.toMatchObject({
      statusCode: 409,
      shortErrorDescription: expect.stringContaining("no device of the product runs version 2"),
    });
    const removed = await demo.delete({ uri: `/v1/products/${product}/firmware/2` });
    expect(removed.statusCode).toBe(204);
    await expect(demo.downloadProductFirmware({ product, version: 2 })).rejects.toMatchObject({
      statusCode: 404,
      body: { ok: false, error: "not_found" },
    });
  });

  it("refuses bad uploads with an error that says why", async () => {
    const { id: product } = await newProduct(demo, "Bad firmware");
    const upload = (file: Buffer, version = 1) =>
      demo.uploadProductFirmware({ file, version, title: "T", description: "", product });
    await upload(image);
    await expect(upload(image)).rejects.toMatchObject(rejection(409, "already_exists"));
    for (const bytes of [imageBytesMax + 1, 6_000_000, 11_000_000]) {
      await expect(upload(Buffer.alloc(bytes), 2)).rejects.toMatchObject({
        ...rejection(413, "too_large"),
        shortErrorDescription: expect.stringContaining(String(imageBytesMax)),
      });
    }
    await upload(Buffer.alloc(imageBytesMax, 7), 3);
    const whole = await demo.downloadProductFirmware({ product, version: 3 });
    expect(Buffer.compare(new Uint8Array(whole), Buffer.alloc(imageBytesMax, 7))).toBe(0);
    const form = new FormData();
    form.append("file", new File([image], "a.bin"));
    form.append("version", "4");
    form.append("title", "Four");
    const encoded = new Response(form);
    const cut = Buffer.from(await encoded.arrayBuffer()).subarray(0, 60_000);
    const type = encoded.headers.get("content-type") ?? "";
    const response = await fetch(`${cloud.api}/v1/products/${product}/firmware`, {
      method: "POST",
      headers: { authorization: `Bearer ${cloud.user.token}`, "content-type": type },
      body: cut,
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: "invalid_request" },
    ]);
  });
});

describe("the admin tool", () => {
  const admin = async (...args: string[]) => {
    const deps = {
      environment: { STATE: cloud.state },
      askPassword: async () => password,
      wait: async () => {},
      say: () => {},
    };
    return JSON.parse(await run([...args, "--json"], deps));
  };

  it("lists, disables, enables and removes a user, and revokes their tokens", async () => {
    const username = "leaver@example.com";
    const { client: leaver, token } = await someone(username);
    const status = () =>
      leaver.getUserInfo({}).then(
        ({ statusCode }) => statusCode,
        ({ statusCode }: { statusCode: number }) => statusCode,
      );
    expect(await admin("user", "list")).toContainEqual(
      expect.objectContaining({ username, disabled: false }),
    );
    expect(await admin("user", "disable", username)).toMatchObject({ plan: { tokens: 1 } });
    await admin("user", "disable", username, "--yes");
    const logIn = () => particleClient(cloud).login({ username, password });
    await expect(logIn()).rejects.toMatchObject(rejection(400, "invalid_grant"));
    expect(await status()).toBe(401);
    await admin("user", "enable", username);
    expect(await status()).toBe(200);
    expect(await admin("token", "revoke", username, "--yes")).toMatchObject({ revoked: 1 });
    await expect(particleClient(cloud, token).listDevices({})).rejects.toMatchObject({
      statusCode: 401,
    });
    const device = await admin("device", "provision", username, "--name", "left");
    await expect(admin("user", "remove", username, "--yes")).rejects.toThrow(/devices/);
    await admin("device", "disable", device.id, "--yes");
    await admin("device", "enable", device.id);
    expect(await admin("device", "list", "--user", username)).toMatchObject([{ id: device.id }]);
    await admin("device", "remove", device.id, "--yes");
    expect(await admin("user", "remove", username, "--yes")).toMatchObject({ removed: true });
    await expect(logIn()).rejects.toMatchObject(rejection(400, "invalid_grant"));
    const again = particleClient(cloud).createUser({ username, password });
    await expect(again).rejects.toMatchObject(rejection(409, "already_exists"));
  });
});

describe("particle-api-js: OAuth clients", () => {
  it("creates, lists, changes and deletes those of a user, and logs in as the owner", async () => {
    const { client: owner } = await someone("owner@example.com");
    // The library's type has neither the documented wrapper object nor the secret.
    const made = await owner.createOAuthClient({ name: "Night shift", type: "installed" });
    expect(made.body).toMatchObject({ ok: true, client: { name: "Night shift" } });
    const { id, secret } = (made.body as unknown as { client: { id: string; secret: string } })
      .client;
    const service = particleClient(cloud, undefined, { clientId: id, clientSecret: secret });
    const { body } = await service.loginAsClientOwner({});
    const mine = await service.getUserInfo({ auth: body.access_token });
    expect(mine.body.username).toBe("owner@example.com");
    await owner.updateOAuthClient({ clientId: id, name: "Day shift" });
    const { clients } = (await owner.listOAuthClients({})).body;
    expect(clients).toEqual([{ id, name: "Day shift", type: "installed" }]);
    expect(await owner.deleteOAuthClient({ clientId: id })).toEqual({ statusCode: 204, body: {} });
    await expect(service.loginAsClientOwner({})).rejects.toMatchObject(
      rejection(400, "invalid_client"),
    );
    expect((await owner.listOAuthClients({})).body.clients).toEqual([]);
  });

  it("creates those of a product; their tokens are valid for the product only", async () => {
    const { client: owner } = await someone("maker@example.com");
    const product = await newProduct(owner, "Lamp");
    const input = {
      name: "App",
      type: "web",
      redirect_uri: "https://example.com/",
      product: product.id,
    } as const;
    const { body } = await owner.createOAuthClient(input);
    const { id, secret } = (body as unknown as { client: { id: string; secret: string } }).client;
    const listed = await owner.listOAuthClients({ product: product.slug });
    expect(listed.body.clients).toMatchObject([{ id, type: "web", product_id: product.id }]);
    const service = particleClient(cloud, undefined, { clientId: id, clientSecret: secret });
    const auth = (await service.loginAsClientOwner({})).body.access_token;
    expect((await service.listDevices({ auth, product: product.id })).body).toMatchObject({
      devices: [],
    });
    await owner.updateOAuthClient({ clientId: id, name: "Other", product: product.id });
    await owner.deleteOAuthClient({ clientId: id, product: product.id });
    expect((await owner.listOAuthClients({ product: product.id })).body.clients).toEqual([]);
  });
});

describe("particle-api-js: products", () => {
  it("lists them, and gets one by its number and by its slug", async () => {
    const { client: owner } = await someone("products@example.com");
    expect((await owner.listProducts({})).body.products).toEqual([]);
    const { id, slug } = await newProduct(owner, "My Lamp");
    const { body } = await owner.listProducts({});
    expect(body.products).toMatchObject([{ id, slug, name: "My Lamp", platform_id: 13 }]);
    for (const product of [id, String(id), slug]) {
      expect((await owner.getProduct({ product })).body.product).toEqual(body.products[0]);
    }
    await expect(demo.getProduct({ product: id })).rejects.toMatchObject({ statusCode: 404 });
  });

  it("deletes one with all its contents after the plan is confirmed", async () => {
    const { client: owner, token } = await someone("remover@example.com");
    const { id: product, slug } = await newProduct(owner, "Short-lived");
    const uri = `/v1/products/${product}`;
    const made = await owner.post<{ id: string }>({
      uri: `${uri}/devices`,
      data: { provision: true },
    });
    await owner.post({
      uri: `${uri}/integrations`,
      data: { event: "x", url: "https://example.com/" },
    });
    const remove = (query: string) => owner.delete({ uri: `${uri}?${query}` });
    expect((await remove("plan=true")).body).toMatchObject({
      plan: { devices: 1, integrations: 1, dead_letters: 0 },
      confirm: slug,
    });
    for (const query of ["", `confirm=${slug}`, "confirm=other&release_devices=true"]) {
      await expect(remove(query)).rejects.toMatchObject(rejection(409, "needs_confirmation"));
    }
    const { body } = await remove(`confirm=${slug}&release_devices=true`);
    expect(body).toEqual({ ok: true, removed: true });
    await expect(owner.getProduct({ product })).rejects.toMatchObject({ statusCode: 404 });
    expect((await owner.listProducts({})).body.products).toEqual([]);
    // The device belongs to its claimer again.
    const listed = await particleClient(cloud, token).listDevices({});
    expect(listed.body).toMatchObject([{ id: made.body.id }]);
  });

  it("invites a member, who has access with their own token until they are removed", async () => {
    const { client: owner } = await someone("boss@example.com");
    const { client: mate } = await someone("mate@example.com");
    const { id: product } = await newProduct(owner, "Team lamp");
    const username = "mate@example.com";
    expect((await owner.inviteTeamMember({ product, username })).body).toMatchObject({ ok: true });
    await expect(mate.listDevices({ product })).rejects.toMatchObject({ statusCode: 404 });

    const mail = await until("mail", async () => (await mailsTo(cloud, username)).at(-1));
    expect(mail).toContain("boss@example.com invites you");

    const uri = "/v1/user/invitations";
    const { body } = await mate.get<{ invitations: { id: string }[] }>({ uri });
    expect(body.invitations).toMatchObject([{ username, product: { id: product } }]);
    await mate.post({ uri: `${uri}/${body.invitations[0]?.id}` });
    expect((await owner.listTeamMembers({ product })).body).toMatchObject({
      team: [
        { username: "boss@example.com", role: "owner", is_programmatic: false },
        { username, role: "developer", is_programmatic: false },
      ],
    });
    expect((await mate.listProducts({})).body.products).toMatchObject([{ id: product }]);
    const deviceList = async () => (await mate.listDevices({ product })).statusCode;
    await until("member", async () => (await deviceList().catch(() => 404)) === 200);

    const offer = { uri: `/v1/products/${product}/transfer`, data: { username } };
    await expect(owner.post(offer)).rejects.toMatchObject({
      statusCode: 409,
      body: { error: "needs_confirmation" },
    });
    const planned = await owner.post<{ confirm: string }>({
      ...offer,
      data: { username, plan: true },
    });
    expect(planned.body).toMatchObject({ plan: { from: "boss@example.com", to: username } });
    const { confirm } = planned.body;
    await owner.post({ ...offer, data: { username, confirm } });
    const transfers = "/v1/user/transfers";
    const offered = await mate.get<{ transfers: { id: string }[] }>({ uri: transfers });
    expect(offered.body.transfers).toMatchObject([{ username, product: { id: product } }]);
    await mate.post({ uri: `${transfers}/${offered.body.transfers[0]?.id}` });
    expect((await mate.getProduct({ product })).body).toMatchObject({
      product: { user: username },
    });
    await expect(owner.post(offer)).rejects.toMatchObject({ statusCode: 403 });
    // Restores the first role.
    const back = { username: "boss@example.com", confirm };
    await mate.post({ uri: offer.uri, data: back });
    const again = await owner.get<{ transfers: { id: string }[] }>({ uri: transfers });
    await owner.post({ uri: `${transfers}/${again.body.transfers[0]?.id}` });

    await owner.removeTeamMember({ product, username });
    expect((await mate.listProducts({})).body.products).toEqual([]);
    await until("removed", async () => (await deviceList().catch(() => 404)) === 404);
    type Entry = Record<"action" | "outcome", string> & { actor: { name: string } };
    const log = await owner.get<{ entries: Entry[] }>({ uri: `/v1/products/${product}/audit` });
    const done = log.body.entries.filter(({ outcome }) => outcome === "done");
    expect(done.map(({ action, actor }) => [action, actor.name])).toEqual(
      expect.arrayContaining([
        ["member.remove", "boss@example.com"],
        ["transfer.accept", "boss@example.com"],
        ["transfer.offer", username],
        ["transfer.accept", username],
        ["transfer.offer", "boss@example.com"],
        ["invitation.accept", username],
        ["member.create", "boss@example.com"],
      ]),
    );
    const before = expect.objectContaining({ username, role: "administrator" });
    const removed = expect.objectContaining({ action: "member.remove", before });
    expect(log.body.entries).toContainEqual(removed);
  });
});

describe("particle-api-js: integrations", () => {
  it.each(["a user", "a product"])(
    "creates, changes, lists and deletes those of %s",
    async (whose) => {
      const product = whose === "a user" ? {} : { product: (await newProduct(demo, "Bell")).id };
      const made = await demo.createIntegration({
        ...product,
        event: "ding",
        deviceId: "",
        settings: {
          integration_type: "Webhook",
          url: "https://example.com/a",
          requestType: "PUT",
          json: { "{{k}}": "{{{v}}}" },
        },
      });
      expect(made.statusCode).toBe(201);
      const { id, created_at } = made.body;
      const settings = { integration_type: "Webhook", url: "https://example.com/b" };
      const edited = await demo.editIntegration({
        ...product,
        integrationId: id,
        event: "dong",
        settings,
      });
      const now = { id, created_at, event: "dong", ...settings, requestType: "POST" };
      expect(edited).toMatchObject({ statusCode: 200, body: { ok: true, ...now } });
      expect((await demo.listIntegrations(product)).body).toMatchObject([now]);
      const uri = `/v1/${"product" in product ? `products/${product.product}/` : ""}integrations/${id}`;
      const { body: shown } = await demo.get<{ integration: object }>({ uri });
      expect(shown.integration).toMatchObject(now);
      expect(shown.integration).not.toHaveProperty("json");
      const deleted = await demo.deleteIntegration({ ...product, integrationId: id });
      expect(deleted.body).toEqual({ ok: true });
      expect((await demo.listIntegrations(product)).body).toEqual([]);
    },
  );

  it("uses new settings for the next event", async () => {
    const first = await target();
    const second = await target();
    const settings = (url: string) => ({ integration_type: "Webhook", url });
    const { body } = await demo.createIntegration({ event: "e", settings: settings(first.url) });
    await demo.publishEvent({ name: "e", data: "1" });
    await until("the first target receives the event", () => first.received.length > 0);
    await demo.editIntegration({
      integrationId: body.id,
      event: "e",
      settings: settings(second.url),
    });
    await demo.publishEvent({ name: "e", data: "2" });
    await until("the second target receives the event", () => second.received.length > 0);
    expect([first.values("data"), second.values("data")]).toEqual([["1"], ["2"]]);
    await demo.deleteIntegration({ integrationId: body.id });
  });

  it.each(["a user", "a product"])("creates, lists and deletes webhooks of %s", async (whose) => {
    const product = whose === "a user" ? {} : { product: (await newProduct(demo, "Horn")).slug };
    const { url, received } = await target();
    const made = await demo.createWebhook({
      ...product,
      event: "toot",
      url,
      rejectUnauthorized: true,
      noDefaults: true,
      hook: {
        method: "POST",
        headers: { "X-Key": "k" },
        auth: { username: "u", password: "p" },
        json: { value: "{{{PARTICLE_EVENT_VALUE}}}" },
        query: { q: "{{PARTICLE_EVENT_NAME}}" },
        responseTemplate: "{{x}}",
      },
    });
    expect(made).toMatchObject({ statusCode: 201, body: { ok: true, event: "toot", url } });
    const { id } = made.body;
    expect((await demo.listWebhooks(product)).body).toMatchObject([
      { id, event: "toot", url, requestType: "POST", disabled: false },
    ]);
    expect((await demo.listIntegrations(product)).body).toMatchObject([
      { id, integration_type: "Webhook" },
    ]);
    await demo.publishEvent({ ...product, name: "toot/2", data: "zwölf", isPrivate: true });
    await until("the target receives the event", () => received.length > 0);
    expect(received[0]).toMatchObject({
      method: "POST",
      path: "/?q=toot%2F2",
      headers: { "x-key": "k", authorization: `Basic ${btoa("u:p")}` },
      body: '{"value":"zwölf"}',
    });
    expect((await demo.deleteWebhook({ ...product, hookId: id })).body).toEqual({ ok: true });
    expect((await demo.listWebhooks(product)).body).toEqual([]);
  });
});
