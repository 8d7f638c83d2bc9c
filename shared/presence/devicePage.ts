import * as z from "zod/mini";
import type { Device } from "../device/device.ts";
import { isInGroups } from "../device/group/isInGroups.ts";
import { flag } from "../input/flag.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { type DeviceState, lastConnectedAt } from "./deviceState.ts";
import {
  firmwareCharsMax,
  pageNumberMax,
  productDevicesPerPageDefault as perPageDefault,
  productDevicesPerPageMax as perPageMax,
} from "./limits.ts";
import { hasListFields, listFields, listInputOf } from "./list/listQuery.ts";

const filterFields = {
  deviceId: z._default(z.string(), ""),
  deviceName: z._default(z.string(), ""),
  serialNumber: z._default(z.string(), ""),
  /** Names of groups, separated by commas: devices in at least one of them. */
  groups: z._default(z.string(), ""),
  online: z.optional(flag),
  firmware: z.optional(z.string().check(z.maxLength(firmwareCharsMax))),
};

/** The order and the page in Particle's format. */
const numberedFields = {
  sortAttr: z.optional(z.enum(["deviceName", "deviceId", "firmwareVersion", "lastConnection"])),
  sortDir: z.optional(z.enum(["asc", "desc"])),
  page: z.optional(wholeNumber(1, pageNumberMax)),
  per_page: z.optional(wholeNumber(1, perPageMax)),
  perPage: z.optional(wholeNumber(1, perPageMax)),
};

const pageFields = z
  .object({ ...filterFields, ...numberedFields, ...listFields })
  .check(
    ...Object.keys(numberedFields).map((name) =>
      z.refine<Partial<Record<string, unknown>>>(
        (given) => given[name] === undefined || !hasListFields(given),
        { path: [name], error: `cannot be combined with ${Object.keys(listFields).join(", ")}` },
      ),
    ),
  );

/**
 * Filters, order and page of a list of devices. `per_page` is an alias of `perPage`. `isPaged`: the
 * client has requested a page. `list`: it has requested a page with a cursor.
 */
export const pageInput = z.pipe(
  pageFields,
  z.transform(({ page, per_page, perPage = per_page, ...rest }: z.output<typeof pageFields>) => ({
    ...rest,
    sortDir: rest.sortDir ?? "asc",
    page: page ?? 1,
    perPage: perPage ?? perPageDefault,
    isPaged: page !== undefined || perPage !== undefined,
    list: hasListFields(rest) ? listInputOf(rest, rest) : undefined,
  })),
);

export type PageInput = z.output<typeof pageInput>;

/** Filters devices by their rows. Devices have no serial numbers here. */
export const filterDevices = (devices: readonly Device[], input: PageInput): Device[] =>
  devices.filter(
    ({ id, name = "", groups = [] }) =>
      input.serialNumber === "" &&
      isInGroups({ groups }, input.groups) &&
      id.includes(input.deviceId.toLowerCase()) &&
      name.toLowerCase().includes(input.deviceName.toLowerCase()),
  );

/** Filters devices by their connections and sessions. */
export const filterStates = (
  states: readonly DeviceState[],
  { online, firmware }: PageInput,
): DeviceState[] =>
  states.filter(
    ({ presence, hello }) =>
      (online === undefined || presence.connected === online) &&
      (firmware === undefined || hello?.firmware === firmware),
  );

/** Whether a filter or the order needs connections and sessions. */
export const needsStates = ({ sortAttr, online, firmware }: PageInput): boolean =>
  sortAttr === "firmwareVersion" ||
  sortAttr === "lastConnection" ||
  online !== undefined ||
  firmware !== undefined;

/** Sorts items by a key; without a key, keeps their order. */
export const sortBy = <Item>(
  items: readonly Item[],
  { sortDir }: PageInput,
  keyOf: ((item: Item) => string | number) | undefined,
): Item[] => {
  if (keyOf === undefined) return [...items];
  const sign = sortDir === "asc" ? 1 : -1;
  return items.toSorted((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    return sign * (x < y ? -1 : x > y ? 1 : 0);
  });
};

/** The sort key from a device's row. */
export const deviceKey = ({ sortAttr }: PageInput): ((device: Device) => string) | undefined => {
  if (sortAttr === "deviceName") return ({ name = "" }) => name.toLowerCase();
  return sortAttr === "deviceId" ? ({ id }) => id : undefined;
};

/** The sort key from a device's state. */
export const stateKey = (
  input: PageInput,
): ((state: DeviceState) => string | number) | undefined => {
  if (input.sortAttr === "firmwareVersion") return ({ hello }) => hello?.firmware ?? "";
  if (input.sortAttr === "lastConnection") return lastConnectedAt;
  const keyOf = deviceKey(input);
  return keyOf && (({ device }) => keyOf(device));
};

/** One page of a list. */
export const pageOf = <Item>(items: readonly Item[], { page, perPage }: PageInput): Item[] =>
  items.slice((page - 1) * perPage, page * perPage);

export const pagesIn = (count: number, { perPage }: PageInput): number =>
  Math.ceil(count / perPage);
