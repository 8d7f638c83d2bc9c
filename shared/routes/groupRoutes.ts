import * as z from "zod/mini";
import { groupColor, groupDescription, groupName } from "../device/group/group.ts";
import {
  devicesGroupedMax,
  groupNameCharsMax,
  groupsPerDeviceMax,
} from "../device/group/limits.ts";
import { firmwareVersionMax } from "../device/limits.ts";
import { flag } from "../input/flag.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { noBody } from "./replies.ts";
import { route } from "./route.ts";

const group = z.strictObject({
  name: z.string(),
  description: z.nullable(z.string()),
  color: z.nullable(z.string()),
  /** The firmware version that is released to the group. */
  fw_version: z.nullable(z.int()),
});

const countedGroup = z.extend(group, { device_count: z.int() });

/** Bodies of replies about groups. */
export type GroupBody = z.input<typeof group>;

const aGroup: GroupBody = {
  name: "beta",
  description: "Tests new firmware first",
  color: "#2ecc71",
  fw_version: 7,
};

const description = {
  description: z.optional(groupDescription),
  color: z.optional(groupColor),
};

/** A longer name would not fit into the key of a row. */
const groupPath = z.string().check(z.maxLength(groupNameCharsMax));
const names = z.array(groupName).check(z.maxLength(groupsPerDeviceMax));

/** Names of groups, separated by commas. */
const namesInText = z.pipe(
  z.string(),
  z.pipe(
    z.transform((text: string) =>
      text
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
    ),
    z.array(groupName),
  ),
);

const counts = <Version extends z.ZodMiniType>(version: Version) =>
  z.array(z.strictObject({ version, total: z.int() }));

const impact = z.strictObject({
  devices: z.strictObject({
    firmware_update: z.strictObject({
      total: z.int(),
      /** By the version that the devices would install. */
      by_version: counts(z.int()),
      /** By the version that they run; `null` if it is unknown or not a number. */
      by_running_version: counts(z.nullable(z.int())),
      /** The product has more devices than were counted. */
      at_least: z.boolean(),
    }),
  }),
});

/** The body of a reply about the impact of a release. */
export type ImpactBody = z.input<typeof impact>;

/** The operations on groups of devices of a product. */
export const groupRoutes = {
  listGroups: route({
    method: "GET",
    path: "/v1/products/{product}/groups",
    access: "groups:list",
    summary: "List the groups of a product by name",
    /** `name`: a part of the name. */
    input: z.object({ name: z._default(z.string().check(z.maxLength(groupNameCharsMax)), "") }),
    replies: { 200: z.strictObject({ groups: z.array(group) }) },
    example: { input: { name: "bet" }, reply: { groups: [aGroup] } },
    errors: [],
  }),
  showGroup: route({
    method: "GET",
    path: "/v1/products/{product}/groups/{group}",
    access: "groups:get",
    summary: "Show a group with the number of its devices",
    input: z.object({ group: groupPath }),
    replies: { 200: z.strictObject({ group: countedGroup }) },
    example: { input: { group: "beta" }, reply: { group: { ...aGroup, device_count: 12 } } },
    errors: [],
  }),
  createGroup: route({
    method: "POST",
    path: "/v1/products/{product}/groups",
    access: "groups:create",
    audit: { action: "group.create", id: "name" },
    summary: "Create a group of devices",
    input: z.object({ name: groupName, ...description }),
    replies: { 201: z.strictObject({ group }) },
    example: {
      input: { name: "beta", description: "Tests new firmware first", color: "#2ecc71" },
      reply: { group: { ...aGroup, fw_version: null } },
    },
    errors: ["already_exists", "limit_reached"],
  }),
  changeGroup: route({
    method: "PUT",
    path: "/v1/products/{product}/groups/{group}",
    access: "groups:update",
    audit: { action: "group.update", id: "group" },
    summary: "Change the name, the description or the color of a group",
    input: z
      .object({ group: groupPath, name: z.optional(groupName), ...description })
      .check(
        z.refine(
          ({ group: _, ...change }) => Object.values(change).some((value) => value !== undefined),
          "there is nothing to change: name, description or color",
        ),
      ),
    replies: { 200: z.strictObject({ group }) },
    example: { input: { group: "beta", color: "#2ecc71" }, reply: { group: aGroup } },
    errors: ["already_exists", "conflict"],
  }),
  removeGroup: route({
    method: "DELETE",
    path: "/v1/products/{product}/groups/{group}",
    access: "groups:remove",
    audit: { action: "group.remove", id: "group" },
    summary: "Remove a group; its devices stay in the product",
    input: z.object({ group: groupPath }),
    replies: { 204: noBody },
    example: { input: { group: "beta" }, reply: undefined },
    errors: ["conflict"],
  }),
  assignGroups: route({
    method: "PUT",
    path: "/v1/products/{product}/devices",
    access: "devices:update",
    audit: { action: "device.assign_groups" },
    summary: "Add devices of a product to groups, and remove them from groups",
    input: z.object({
      action: z.literal("groups"),
      devices: z.array(z.string()).check(z.minLength(1), z.maxLength(devicesGroupedMax)),
      metadata: z.object({ add: z._default(names, []), remove: z._default(names, []) }),
    }),
    replies: {
      200: z.strictObject({
        ok: z.literal(true),
        /** The number of the devices, and the groups: for the audit log. */
        devices: z.int(),
        added: z.readonly(z.array(z.string())),
        removed: z.readonly(z.array(z.string())),
      }),
    },
    example: {
      input: {
        action: "groups",
        devices: ["0123456789abcdef01234567"],
        metadata: { add: ["beta"], remove: [] },
      },
      reply: { ok: true, devices: 1, added: ["beta"], removed: [] },
    },
    errors: ["limit_reached", "conflict"],
  }),
  showImpact: route({
    method: "GET",
    path: "/v1/products/{product}/impact",
    access: "groups.impact:get",
    summary: "Count the devices that a release of a firmware version to groups would update",
    input: z.object({
      action: z.literal("edit_groups_for_firmware"),
      firmware_version: wholeNumber(1, firmwareVersionMax),
      /** The groups that the version is released to afterwards; absent: none. */
      groups: z._default(namesInText, []),
      /** Whether the version is the default of the product afterwards; absent: as it is now. */
      product_default: z.optional(flag),
    }),
    replies: { 200: impact },
    example: {
      input: { action: "edit_groups_for_firmware", firmware_version: 8, groups: "beta,staff" },
      reply: {
        devices: {
          firmware_update: {
            total: 12,
            by_version: [{ version: 8, total: 12 }],
            by_running_version: [{ version: 7, total: 12 }],
            at_least: false,
          },
        },
      },
    },
    errors: [],
  }),
};
