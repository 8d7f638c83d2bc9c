import * as z from "zod";
import { wholeNumber } from "../input/wholeNumber.ts";
import {
  pageNumberMax,
  productDevicesPerPageDefault as perPageDefault,
  productDevicesPerPageMax as perPageMax,
} from "../limits.ts";
import type { Device } from "./device.ts";
import type { DeviceState } from "./deviceState.ts";
import { lastHandshake } from "./listDevices.ts";

/** Which of a product's devices somebody wants to see. `perPage` and `per_page` are the same. */
export const pageInput = z
  .object({
    deviceId: z.string().default(""),
    deviceName: z.string().default(""),
    serialNumber: z.string().default(""),
    groups: z.string().default(""),
    sortAttr: z.enum(["deviceName", "deviceId", "firmwareVersion", "lastConnection"]).optional(),
    sortDir: z.enum(["asc", "desc"]).default("asc"),
    page: wholeNumber(1, pageNumberMax).default(1),
    per_page: wholeNumber(1, perPageMax).optional(),
    perPage: wholeNumber(1, perPageMax).optional(),
  })
  .transform(({ per_page, perPage, ...rest }) => ({
    ...rest,
    perPage: per_page ?? perPage ?? perPageDefault,
  }));

type PageInput = z.output<typeof pageInput>;

/** The devices that are asked for: no device has a serial number or is in a group here. */
export const chosen = (devices: readonly Device[], input: PageInput): Device[] =>
  devices.filter(
    ({ id, name = "" }) =>
      input.serialNumber === "" &&
      input.groups === "" &&
      id.includes(input.deviceId.toLowerCase()) &&
      name.toLowerCase().includes(input.deviceName.toLowerCase()),
  );

/** Whether the order depends on what only sessions know. */
export const needsStates = ({ sortAttr }: PageInput): boolean =>
  sortAttr === "firmwareVersion" || sortAttr === "lastConnection";

/** In the order that is asked for; without one, as they came. */
export const sortedBy = <Item>(
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

/** What devices are sorted by before anything is known of their sessions. */
export const deviceKey = ({ sortAttr }: PageInput): ((device: Device) => string) | undefined => {
  if (sortAttr === "deviceName") return ({ name = "" }) => name.toLowerCase();
  return sortAttr === "deviceId" ? ({ id }) => id : undefined;
};

/** What devices are sorted by when it takes their sessions to know. */
export const stateKey = ({
  sortAttr,
}: PageInput): ((state: DeviceState) => string | number) | undefined => {
  if (sortAttr === "firmwareVersion") return ({ hello }) => hello?.firmware ?? "";
  return sortAttr === "lastConnection" ? lastHandshake : undefined;
};

/** One page of what there is. */
export const pageOf = <Item>(items: readonly Item[], { page, perPage }: PageInput): Item[] =>
  items.slice((page - 1) * perPage, page * perPage);

export const pagesIn = (count: number, { perPage }: PageInput): number =>
  Math.ceil(count / perPage);
