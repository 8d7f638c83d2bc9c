import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type AssignableRole, assignableRole, canAccess } from "#shared/account/team/role.ts";
import { operatorScope, scopes } from "#shared/api/scopes.ts";
import { type GatewayRoute as Route, routes } from "#shared/routes/table.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { claimProof } from "../support/claimProof.ts";
import { type ApiResponse, apiClient } from "../support/client.ts";
import { startTestCloud } from "../support/testCloud.ts";

/**
 * Ids of resources by the parameters of routes: those of a user, or of resources that do not exist.
 */
type RouteParameters = Readonly<Record<string, string>>;

let cloud: Cloud;
let ownerResources: RouteParameters;
let strangerResources: RouteParameters;
let strangerToken: string;
/** Tokens of members of the team of the owner's product, by role. */
const memberTokens = new Map<AssignableRole, string>();

const missingResources: RouteParameters = {
  device: "f".repeat(24),
  product: "999999998",
  integration: "00000000-0000-4000-8000-000000000000",
  client: "nobodys-client",
  username: "nobody@api.thermostat-999999998",
  invitation: "999999998-000000000000",
};

const path = (route: Route, routeParameters: RouteParameters): string =>
  route.path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) =>
    encodeURIComponent(routeParameters[name] ?? (name === "name" ? "led" : "anything")),
  );

/**
 * A valid body for each route, so that only the owner of a resource can be the reason of a refusal.
 */
const bodyFor = ({ method, path: pathTemplate }: Route, device: string): object | undefined => {
  if (method === "GET" || method === "DELETE") return undefined;
  if (method === "PUT" && pathTemplate.endsWith("/devices")) {
    return { action: "groups", devices: [device], metadata: { add: ["stolen"] } };
  }
  if (/\/groups(\/\{group\})?$/.test(pathTemplate)) return { name: "stolen" };
  if (pathTemplate.endsWith("/events")) return { name: "x", data: "1" };
  if (pathTemplate.endsWith("/backfill")) return { from: "2026-01-01T00:00:00Z" };
  if (/\/(integrations|webhooks)(\/\{integration\})?$/.test(pathTemplate)) {
    return { event: "x", url: "https://example.com/" };
  }
  if (pathTemplate.endsWith("/team")) return { friendly_name: "robot", scopes: ["devices:list"] };
  if (pathTemplate.endsWith("/token")) return {};
  if (pathTemplate.includes("/team/")) return { scopes: ["devices:list"] };
  if (pathTemplate.endsWith("/clients")) return { name: "app", type: "installed" };
  if (pathTemplate.includes("/clients/")) return { name: "app" };
  if (pathTemplate.endsWith("/devices")) return { ids: [device] };
  if (pathTemplate.endsWith("/devices/{device}")) return { name: "stolen" };
  return {};
};

/** The paths of routes that need a resource which does not exist here, or fields. */
const needsMore =
  /\{(name|integration|job|group|version|release|report|usage_limit|agreement)\}|\/(last|impact)$/;

/** Creates every kind of resource for a user, except team members. */
const createResources = async (token: string, username: string): Promise<RouteParameters> => {
  const ask = apiClient({ api: cloud.api }, token);
  const product = (await ask("POST", "/v1/products", { product: { name: "Thermostat" } })).body;
  const id = String(product.product?.id ?? product.id);
  const device = z
    .object({ id: z.string() })
    .parse(await cloud.admin({ addDevice: { username, name: "lamp" } }));
  await ask("POST", `/v1/products/${id}/devices`, { id: device.id });
  const hook = { event: "secret-event", url: "https://example.com/secret" };
  const integration = await ask("POST", "/v1/integrations", hook);
  const client = await ask("POST", "/v1/clients", { name: "secret-app", type: "installed" });
  const robot = await ask("POST", `/v1/products/${id}/team`, {
    friendly_name: "secret-robot",
    scopes: ["devices:list"],
  });
  const invited = await ask("POST", `/v1/products/${id}/team`, { username: "secret@example.com" });
  return {
    invitation: invited.body.invitation.id,
    device: device.id,
    product: id,
    integration: integration.body.id,
    client: client.body.client.id,
    username: robot.body.created.username,
  };
};

/** Creates a user who accepts an invitation to the owner's product. Returns their token. */
const joinTeam = async (role: AssignableRole): Promise<string> => {
  const username = `${role}@example.com`;
  await cloud.admin({ addUser: { username, password: "a long password" } });
  const { token } = z
    .object({ token: z.string() })
    .parse(await cloud.admin({ addToken: { username } }));
  const owner = apiClient(cloud, cloud.user.token);
  const { body } = await owner("POST", `/v1/products/${ownerResources.product}/team`, {
    username,
    role,
  });
  const member = apiClient(cloud, token);
  const accepted = await member("POST", `/v1/user/invitations/${body.invitation.id}`);
  expect(accepted).toMatchObject({ status: 200, body: { ok: true, product: { role } } });
  return token;
};

beforeAll(async () => {
  cloud = await startTestCloud();
  ownerResources = await createResources(cloud.user.token, cloud.user.username);
  const username = "other@example.com";
  await cloud.admin({ addUser: { username, password: "another password" } });
  ({ token: strangerToken } = z
    .object({ token: z.string() })
    .parse(await cloud.admin({ addToken: { username } })));
  strangerResources = await createResources(strangerToken, username);
  for (const role of assignableRole.options) memberTokens.set(role, await joinTeam(role));
});
afterAll(() => cloud.stop());

const send = (
  route: Route,
  routeParameters: RouteParameters,
  token?: string,
): Promise<ApiResponse> =>
  apiClient(cloud, token)(
    route.method,
    path(route, routeParameters),
    bodyFor(route, routeParameters.device ?? ""),
  );

const all: readonly Route[] = routes;
const signedIn = all.filter(({ access }) => access !== "everyone");
/** The routes with the id of a resource that has an owner. */
const owned = signedIn.filter(({ path: pathTemplate }) =>
  /\{(device|product|integration|client|username|invitation)\}/.test(pathTemplate),
);

describe("without a token", () => {
  it.each(signedIn)("$method $path answers only with a 401", async (route) => {
    const { status, body } = await send(route, ownerResources);
    expect({ status, error: body.error }).toEqual({ status: 401, error: "invalid_token" });
    expect(await send(route, ownerResources, "0".repeat(40))).toMatchObject({ status: 401 });
  });
});

describe("with another user's token (I6)", () => {
  it.each(owned)(
    "$method $path is refused with the response for a resource that does not exist",
    async (route) => {
      const { status, body } = await send(route, ownerResources, strangerToken);
      expect([403, 404]).toContain(status);
      const { status: absent, body: responseText } = await send(
        route,
        missingResources,
        strangerToken,
      );
      const plain = (answer: object, routeParameters: RouteParameters): string =>
        Object.values(routeParameters).reduce(
          (text, value) => text.replaceAll(value, "…"),
          JSON.stringify(answer),
        );
      expect({ status: absent, responseText: plain(responseText, missingResources) }).toEqual({
        status,
        responseText: plain(body, ownerResources),
      });
    },
  );

  it("their own product gives no access to the device of another user", async () => {
    const mixed = { ...ownerResources, product: strangerResources.product ?? "" };
    for (const route of owned.filter(({ path: pathTemplate }) =>
      /\{product\}.*\{(device|username)\}/.test(pathTemplate),
    )) {
      const { status } = await send(route, mixed, strangerToken);
      expect([route.path, [403, 404].includes(status)]).toEqual([route.path, true]);
    }
  });

  it("the device of another user cannot be added to their product", async () => {
    const ask = apiClient(cloud, strangerToken);
    const added = await ask("POST", `/v1/products/${strangerResources.product}/devices`, {
      ids: [ownerResources.device, missingResources.device],
    });
    expect(added.body).toMatchObject({
      updated: 0,
      nonmemberDeviceIds: [ownerResources.device, missingResources.device],
    });
    const named = await ask("POST", "/v1/devices", { product_id: ownerResources.product });
    expect([403, 404]).toContain(named.status);
  });

  it.each(
    signedIn
      .filter(
        ({ method, path: pathTemplate, stream }) =>
          method === "GET" && !pathTemplate.includes("{") && !stream,
      )
      .filter(({ access }) => access !== operatorScope),
  )("$method $path shows no data of other users", async (route) => {
    const { status, body } = await send(route, {}, strangerToken);
    expect(status).toBe(200);
    const responseText = JSON.stringify(body);
    // The audit log has the ids that the user named in the refused requests, and nothing more.
    const named = route.path === "/v1/audit" ? [] : Object.values(ownerResources);
    for (const value of [...named, cloud.user.username, cloud.device.fleet]) {
      expect(responseText).not.toContain(value);
    }
  });

  describe.each(assignableRole.options)(
    "and the token of a team member with the role %s",
    (role) => {
      const ofProducts = all.filter(({ path: pathTemplate }) =>
        pathTemplate.startsWith("/v1/products/{product}"),
      );

      it.each(ofProducts)("$method $path is allowed if the role has its scope", async (route) => {
        const token = memberTokens.get(role);
        // The path names another member, so this removes a member.
        const leaving = route.access === "teams.users:leave";
        const mayUse = canAccess(role, leaving ? "teams.users:remove" : route.access);
        if (!mayUse) {
          const { status, body } = await send(route, ownerResources, token);
          expect({ status, error: body.error }).toEqual({ status: 403, error: "unauthorized" });
        } else if (route.method === "GET" && !route.stream && !needsMore.test(route.path)) {
          expect(await send(route, ownerResources, token)).toMatchObject({ status: 200 });
        }
        // The role gives no access to other products.
        if (!route.stream) {
          const elsewhere = await send(
            route,
            { ...ownerResources, product: strangerResources.product ?? "" },
            token,
          );
          expect(elsewhere.status).toBe(404);
        }
      });

      it("lists the product with the role", async () => {
        const { body } = await apiClient(cloud, memberTokens.get(role))("GET", "/v1/products");
        expect(body.products).toMatchObject([{ id: Number(ownerResources.product), role }]);
      });
    },
  );

  it("none of these requests has changed the owner's resources", async () => {
    const ask = apiClient(cloud, cloud.user.token);
    const device = await ask(
      "GET",
      `/v1/products/${ownerResources.product}/devices/${ownerResources.device}`,
    );
    expect(device.body).toMatchObject({ id: ownerResources.device, name: "lamp" });
    expect((await ask("GET", `/v1/integrations/${ownerResources.integration}`)).status).toBe(200);
    const team = (await ask("GET", `/v1/products/${ownerResources.product}/team`)).body;
    expect(JSON.stringify(team)).toContain(ownerResources.username);
    expect(JSON.stringify((await ask("GET", "/v1/clients")).body)).toContain(ownerResources.client);
  });
});

describe("with a limited token", () => {
  /**
   * Creates a token of each limited kind: a user's client with scopes, a product's client, an API
   * user.
   */
  const limitedTokens = async (): Promise<string[]> => {
    const ask = apiClient(cloud, cloud.user.token);
    const made = [
      await ask("POST", "/v1/clients", { name: "narrow", scope: "devices:list" }),
      await ask("POST", `/v1/products/${ownerResources.product}/clients`, { name: "of product" }),
    ];
    const byClient = made.map(async ({ body: { client } }) => {
      const grant = `grant_type=client_credentials&client_id=${client.id}&client_secret=${client.secret}`;
      return (await apiClient(cloud)("POST", "/oauth/token", grant)).body.access_token;
    });
    const robot = await ask("POST", `/v1/products/${ownerResources.product}/team`, {
      friendly_name: "narrow",
      scopes: ["devices:list"],
    });
    return [...(await Promise.all(byClient)), robot.body.created.tokens[0].token];
  };

  it.each(
    signedIn.filter(
      ({ access, stream }) =>
        !scopes.some((scope) => scope === access) && access !== operatorScope && !stream,
    ),
  )("$method $path shows no data of the owner and revokes no other token", async (route) => {
    const ask = apiClient(cloud, cloud.user.token);
    for (const token of await limitedTokens()) {
      const tokensBefore = (await ask("GET", "/v1/access_tokens")).body;
      const { status, body } = await send(route, ownerResources, token);
      expect(status).toBe(route.access === "token" && status !== 403 ? 200 : 403);
      const responseText = JSON.stringify(body);
      expect(responseText).not.toContain(cloud.user.username);
      const others = z.array(z.object({ id: z.string() })).parse(tokensBefore);
      const shown = others.filter(({ id }) => responseText.includes(id));
      expect(shown.length).toBeLessThanOrEqual(1);
      const after = JSON.stringify((await ask("GET", "/v1/access_tokens")).body);
      const ended = others.filter(({ id }) => !after.includes(id));
      expect(ended.length).toBeLessThanOrEqual(route.method === "DELETE" ? 1 : 0);
    }
    expect((await ask("GET", "/v1/user")).status).toBe(200);
  });

  it("no other token can be revoked by its id", async () => {
    const ask = apiClient(cloud, cloud.user.token);
    const own = (await ask("GET", "/v1/access_tokens")).body;
    for (const token of await limitedTokens()) {
      for (const { id } of own) {
        const { status } = await apiClient(cloud, token)("DELETE", `/v1/access_tokens/${id}`);
        expect(status).toBe(404);
      }
    }
    expect((await ask("GET", "/v1/user")).status).toBe(200);
  });
});

describe("with an API user's token", () => {
  it("a route is allowed for its own scope only", async () => {
    const ask = apiClient(cloud, strangerToken);
    const tokenFor = async (given: readonly string[]): Promise<string> => {
      const { body } = await ask("POST", `/v1/products/${strangerResources.product}/team`, {
        friendly_name: "r",
        scopes: given,
      });
      return body.created.tokens[0].token;
    };
    const gets = all.filter(
      ({ method, path: pathTemplate, access, stream }) =>
        method === "GET" &&
        !stream &&
        pathTemplate.startsWith("/v1/products/{product}") &&
        !needsMore.test(pathTemplate) &&
        scopes.some((scope) => scope === access),
    );
    const reading = [...new Set(gets.map(({ access }) => access))];
    expect(reading.length).toBeGreaterThan(3);
    for (const scope of reading) {
      const token = await tokenFor([scope]);
      for (const route of gets) {
        const { status } = await send(route, strangerResources, token);
        expect([route.path, scope, status]).toEqual([
          route.path,
          scope,
          route.access === scope ? 200 : 403,
        ]);
        const foreign = await send(route, ownerResources, token);
        expect([403, 404]).toContain(foreign.status);
      }
    }
  });

  it("with every scope, it acts only inside its product on routes without a product", async () => {
    const owner = apiClient(cloud, strangerToken);
    const product = Number(strangerResources.product);
    const provision = async (name: string): Promise<string> =>
      (await owner("POST", "/v1/devices", { provision: true, name })).body.id;
    const own = await provision("own");
    const handedOver = { provision: true, name: "unclaimed" };
    const { body: keyed } = await owner("POST", "/v1/devices", handedOver);
    const unclaimed: string = keyed.id;
    await owner("DELETE", `/v1/devices/${unclaimed}`, { keep_certificate: true });
    const { body } = await owner("POST", `/v1/products/${product}/team`, {
      friendly_name: "all",
      scopes,
    });
    const token: string = body.created.tokens[0].token;
    const ask = apiClient(cloud, token);
    const isOpen = ({ path: pathTemplate, access, stream }: Route): boolean =>
      !pathTemplate.includes("{product}") && !stream && scopes.some((scope) => scope === access);

    // A device of the owner is outside of the product for every route.
    for (const route of all.filter((one) => isOpen(one) && one.path.includes("{device}"))) {
      const { status } = await send(route, { ...strangerResources, device: own }, token);
      // particle-cli reports a 404 as an unknown function of the device.
      const refusal = route.path.endsWith("/{name}") ? 403 : 404;
      expect([route.method, route.path, status]).toEqual([route.method, route.path, refusal]);
    }
    const claimed = await ask("POST", "/v1/devices", { id: own });
    expect(claimed).toMatchObject({ status: 403, body: { error: "device_not_claimable" } });
    expect((await owner("GET", `/v1/devices/${own}`)).body).toMatchObject({ name: "own" });

    // Devices that it adds belong to the product and the owner.
    const made = await ask("POST", "/v1/devices", { provision: true, name: "made" });
    expect(made.body).toMatchObject({ product_id: product });
    expect(await ask("POST", "/v1/devices", { id: unclaimed })).toMatchObject({ status: 403 });
    const proof = await claimProof(ask, { id: unclaimed, privateKey: keyed.private_key });
    expect(await ask("POST", "/v1/devices", proof)).toMatchObject({ status: 200 });
    const list = await ask("GET", `/v1/products/${product}/devices`);
    for (const id of [made.body.id, unclaimed]) {
      expect(list.body.devices).toContainEqual(
        expect.objectContaining({ id, product_id: product }),
      );
    }
    const hook = await ask("POST", "/v1/integrations", { event: "x", url: "https://example.com/" });
    expect(hook.status).toBe(201);
    const shown = await owner("GET", `/v1/products/${product}/integrations/${hook.body.id}`);
    expect(shown.status).toBe(200);

    // A device that is removed from the product belongs to its owner again.
    expect((await ask("DELETE", `/v1/devices/${made.body.id}`)).body).toEqual({ ok: true });
    expect((await owner("GET", `/v1/devices/${made.body.id}`)).body).toMatchObject({
      name: "made",
      product_id: null,
    });
  });
});
