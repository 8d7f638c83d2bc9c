import * as z from "zod/mini";
import { groupColorCharsMax, groupDescriptionCharsMax, groupNameCharsMax } from "./limits.ts";

/** The name of a group, as at Particle: it is the id of the group in its product. */
export const groupName = z
  .string()
  .check(
    z.maxLength(groupNameCharsMax),
    z.regex(/^[a-z0-9_-]+$/, "must be lowercase letters, digits, - and _"),
  );

export const groupDescription = z.string().check(z.maxLength(groupDescriptionCharsMax));

/** For a user interface, for example `#2ecc71` or `red`. */
export const groupColor = z
  .string()
  .check(
    z.maxLength(groupColorCharsMax),
    z.regex(/^(#[0-9A-Fa-f]{3,8}|[A-Za-z]+)?$/, "must be a color, such as #2ecc71 or red"),
  );

/** A group of devices of a product. The rows of the devices contain the membership. */
export const group = z.object({
  product: z.int(),
  name: z.string(),
  description: z.optional(z.string()),
  color: z.optional(z.string()),
  /** ISO 8601. */
  createdAt: z.string(),
  /** The former name, while the devices move from it. */
  renamedFrom: z.optional(z.string()),
});

export type Group = z.output<typeof group>;

/** The groups of products. */
export interface Groups {
  /** By name. */
  list(product: number): Promise<Group[]>;
  /** Strongly consistent in this region. */
  find(product: number, name: string): Promise<Group | undefined>;
  /** Fails with `already_exists`. */
  add(group: Group): Promise<void>;
  /** Fails with `not_found` if there is no group of this name. */
  replace(group: Group): Promise<void>;
  remove(product: number, name: string): Promise<void>;
}
