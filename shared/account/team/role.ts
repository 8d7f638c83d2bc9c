import * as z from "zod";
import { type Access, type Right, rights, type Scope, scopes } from "../../api/scopes.ts";
import { Failure } from "../../platform/failure.ts";

/** What a person may be in a product, the most powerful first. */
export const roles = ["owner", "administrator", "developer", "support", "viewer"] as const;

export type Role = (typeof roles)[number];

/** A role that can be given: the owner is the one whose product it is. */
export const givenRole = z.enum(["administrator", "developer", "support", "viewer"]);

export type GivenRole = z.output<typeof givenRole>;

/** Particle's names of the same roles. */
const otherNames: ReadonlyMap<string, GivenRole> = new Map([
  ["admin", "administrator"],
  ["view-only", "viewer"],
]);

/** The role that a client names, in small or capital letters, also by Particle's name of it. */
export const roleInput = z
  .string()
  .trim()
  .toLowerCase()
  .transform((name) => otherNames.get(name) ?? name)
  .pipe(givenRole);

type Permission = Scope | Right;

/** Reads and changes nothing. */
const viewing: readonly Permission[] = [
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
const supporting: readonly Permission[] = [...viewing, "devices:ping", "devices.function:call"];

/** Everything that concerns devices, events and integrations; nothing that gives access to others. */
const developing: readonly Permission[] = [
  ...viewing,
  ...scopes.filter((scope) => !viewing.includes(scope)),
];

const ofOwnersOnly: readonly Permission[] = ["products:remove", "products:transfer"];

const administering: readonly Permission[] = [
  ...scopes,
  ...rights.filter((right) => !ofOwnersOnly.includes(right)),
];

const permissions: Readonly<Record<Role, ReadonlySet<string>>> = {
  owner: new Set<string>([...scopes, ...rights]),
  administrator: new Set<string>(administering),
  developer: new Set<string>(developing),
  support: new Set<string>(supporting),
  viewer: new Set<string>(viewing),
};

/** Whether a role is enough for a route of a product. */
export const roleMay = (role: Role, access: Access): boolean =>
  access === "everyone" ||
  access === "token" ||
  permissions[role].has(access) ||
  (access === "user" && role === "owner");

/** Fails with `unauthorized` when a role is not enough for a route of a product; a program has none. */
export const requireRole = (role: Role | undefined, access: Access): void => {
  if (role !== undefined && roleMay(role, access)) return;
  const named = role === undefined ? "You have no role in this product" : `Your role is ${role}`;
  throw new Failure(`${named}: this needs a role that includes ${access}`, {
    code: "unauthorized",
  });
};
