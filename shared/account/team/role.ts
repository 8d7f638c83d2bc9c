import * as z from "zod";
import { type Access, type Right, rights, type Scope, scopes } from "../../api/scopes.ts";
import { Failure } from "../../platform/failure.ts";

/** What a person may be in a product, the most powerful first. */
export const roles = ["owner", "administrator", "developer", "support", "viewer"] as const;

export type Role = (typeof roles)[number];

/** A role that can be given: the owner is the one whose product it is. */
export const assignableRole = z.enum(["administrator", "developer", "support", "viewer"]);

export type AssignableRole = z.output<typeof assignableRole>;

/** Particle's names of the same roles. */
const particleNames: ReadonlyMap<string, AssignableRole> = new Map([
  ["admin", "administrator"],
  ["view-only", "viewer"],
]);

/** The role that a client names, in small or capital letters, also by Particle's name of it. */
export const roleInput = z
  .string()
  .trim()
  .toLowerCase()
  .transform((name) => particleNames.get(name) ?? name)
  .pipe(assignableRole);

type Permission = Scope | Right;

/** Reads and changes nothing. */
const viewerPermissions: readonly Permission[] = [
  "devices:list",
  "devices:get",
  "devices.variable:get",
  "events:get",
  "integrations:list",
  "integrations:get",
  "products:list",
  "products:get",
  "teams.users:list",
  "teams.users:leave",
  "archive:get",
];

/** Talks to devices; does not change what the product is made of. */
const supportPermissions: readonly Permission[] = [
  ...viewerPermissions,
  "devices:ping",
  "devices.function:call",
];

/** Everything that concerns devices, events and integrations; nothing that gives access to others. */
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

/** Whether a role is enough for a route of a product. */
export const canAccess = (role: Role, access: Access): boolean =>
  access === "everyone" ||
  access === "token" ||
  permissions[role].has(access) ||
  (access === "user" && role === "owner");

/** Fails with `unauthorized` when a role is not enough for a route of a product; a program has none. */
export const requireRole = (role: Role | undefined, access: Access): void => {
  if (role !== undefined && canAccess(role, access)) return;
  const named = role === undefined ? "You have no role in this product" : `Your role is ${role}`;
  throw new Failure(`${named}: this requires a role that includes ${access}`, {
    code: "unauthorized",
  });
};
