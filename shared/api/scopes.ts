/** The scopes of a limited token, with Particle's names. */
export const scopes = [
  "devices:list",
  "devices:get",
  "devices:import",
  "devices:update",
  "devices:remove",
  "devices:ping",
  "devices.function:call",
  "devices.variable:get",
  "devices.diagnostics:get",
  "devices.diagnostics:update",
  "devices.diagnostics.metadata:get",
  "groups:list",
  "groups:get",
  "groups:create",
  "groups:update",
  "groups:remove",
  "groups.impact:get",
  "events:get",
  "events:send",
  "firmware:list",
  "firmware:get",
  "firmware:create",
  "firmware:update",
  "firmware:remove",
  "firmware:release",
  "firmware.binary:get",
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
 * Rights that only a person has: with one of them, a limited token could create an unlimited one.
 * In a product, the role of the person decides. The names are Particle's where Particle has one.
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
  "clients:list",
  "clients:create",
  "clients:update",
  "clients:remove",
  "archive:get",
  "archive:update",
  "firmware.keys:update",
  "audit:get",
] as const;

/**
 * The scope of an operator of the deployment. No user, role, product or client has it: only the
 * admin function creates tokens with it.
 */
export const operatorScope = "operations";

/** A right of a person, by their role in the product. */
export type Right = (typeof rights)[number];

/**
 * The access that a route requires.
 *
 * | Value | Callers |
 * |---|---|
 * | `everyone` | all, without a token |
 * | `token` | all with a valid token |
 * | `user` | users with an unlimited token |
 * | a scope | users and API users whose token has the scope; in a product, their role must have it too |
 * | `operations` | operators: tokens of the admin function with this scope |
 * | a right | users with an unlimited token; in a product, their role must have the right |
 */
export type Access = "everyone" | "token" | "user" | typeof operatorScope | Scope | Right;
