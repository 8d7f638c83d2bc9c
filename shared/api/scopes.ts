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
 * Who may use a route: `everyone`; whoever holds a `token`; a `user` whose token is not limited; or, with
 * them, an API user whose token has the scope.
 */
export type Access = "everyone" | "token" | "user" | Scope;
