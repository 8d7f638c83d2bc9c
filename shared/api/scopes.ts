/** What an API user's token may be limited to: Particle's names. */
export const scopes = [
  "devices:list",
  "devices:get",
  "devices:import",
  "devices:update",
  "devices:remove",
  "devices:ping",
  "devices.function:call",
  "devices.variable:get",
  "events:get",
  "events:send",
  "integrations:list",
  "integrations:get",
  "integrations:create",
  "integrations:update",
  "integrations:remove",
  "products:list",
  "products:get",
] as const;

export type Scope = (typeof scopes)[number];

/**
 * Rights that only a person has: a limited token could make itself a wider one with them. In a product, the role of the
 * person decides; Particle's names where Particle has one.
 */
export const rights = [
  "products:update",
  "products:remove",
  "products:transfer",
  "teams.users:list",
  "teams.users:invite",
  "teams.users:update",
  "teams.users:remove",
  "teams.users:leave",
  "teams.log:get",
  "clients:list",
  "clients:create",
  "clients:update",
  "clients:remove",
  "archive:get",
  "archive:update",
] as const;

/** A right that only a person has, by their role in the product. */
export type Right = (typeof rights)[number];

/**
 * Who may use a route: `everyone`; the holder of any `token`; a `user` whose token is not limited; or, by a scope,
 * also an API user whose token has it. In a product, a scope or a right also needs a role that has it.
 */
export type Access = "everyone" | "token" | "user" | Scope | Right;
