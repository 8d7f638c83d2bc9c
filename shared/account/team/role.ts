import * as z from "zod/mini";
import { type Access, type Right, rights, type Scope, scopes } from "../../api/scopes.ts";
import { Failure } from "../../platform/failure.ts";

/** The roles in a product, most powerful first. */
export const roles = ["owner", "administrator", "developer", "support", "viewer"] as const;

export type Role = (typeof roles)[number];

/** The roles that can be assigned. The owner is set by a transfer. */
export const assignableRole = z.enum(["administrator", "developer", "support", "viewer"]);

export type AssignableRole = z.output<typeof assignableRole>;

/** Particle's names for these roles. */
const particleNames: ReadonlyMap<string, AssignableRole> = new Map([
  ["admin", "administrator"],
  ["view-only", "viewer"],
]);

/** A role from a client, not case-sensitive, also with Particle's name for it. */
export const roleInput = z.pipe(
  z.pipe(
    z.string().check(z.trim(), z.toLowerCase()),
    z.transform((name: string) => particleNames.get(name) ?? name),
  ),
  assignableRole,
);

type Permission = Scope | Right;

/** Read-only access. */
const viewerPermissions: readonly Permission[] = [
  "devices:list",
  "devices:get",
  "devices.variable:get",
  "devices.diagnostics:get",
  "devices.diagnostics.metadata:get",
  "groups:list",
  "groups:get",
  "groups.impact:get",
  "events:get",
  "firmware:list",
  "firmware:get",
  "integrations:list",
  "integrations:get",
  "products:list",
  "products:get",
  "teams.users:list",
  "teams.users:leave",
  "archive:get",
];

/**
 * Also calls functions of devices, pings them and asks for vitals; changes nothing in the product.
 */
const supportPermissions: readonly Permission[] = [
  ...viewerPermissions,
  "devices:ping",
  "devices.function:call",
  "devices.diagnostics:update",
];

/** Full access to devices, events and integrations; cannot grant access to others. */
const developerPermissions: readonly Permission[] = [
  ...viewerPermissions,
  ...scopes.filter((scope) => !viewerPermissions.includes(scope)),
];

const ownerOnlyRights: readonly Permission[] = ["products:remove", "products:transfer"];

const administratorPermissions: readonly Permission[] = [
  ...scopes,
  ...rights.filter((right) => !ownerOnlyRights.includes(right)),
];

const permissions: Readonly<Record<Role, ReadonlySet<string>>> = {
  owner: new Set<string>([...scopes, ...rights]),
  administrator: new Set<string>(administratorPermissions),
  developer: new Set<string>(developerPermissions),
  support: new Set<string>(supportPermissions),
  viewer: new Set<string>(viewerPermissions),
};

/** Whether a role grants access to a route of a product. */
export const canAccess = (role: Role, access: Access): boolean =>
  access === "everyone" ||
  access === "token" ||
  permissions[role].has(access) ||
  (access === "user" && role === "owner");

/**
 * Fails with `unauthorized` unless the role grants access to a route of a product. A program has no
 * role.
 */
export const requireRole = (role: Role | undefined, access: Access): void => {
  if (role !== undefined && canAccess(role, access)) return;
  const named = role === undefined ? "You have no role in this product" : `Your role is ${role}`;
  throw new Failure(`${named}: this requires a role that includes ${access}`, {
    code: "unauthorized",
  });
};
