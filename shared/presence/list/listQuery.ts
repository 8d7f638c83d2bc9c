import * as z from "zod/mini";
import { deviceNameCharsMax } from "../../device/limits.ts";
import { cursorText } from "../../input/cursor.ts";
import { wholeNumber } from "../../input/wholeNumber.ts";
import { listPageDefault, listPageMax } from "../limits.ts";

const orders = z.enum(["asc", "desc"]);

/** The fields of a list with a cursor. One of them makes the reply a page with a cursor. */
export const listFields = {
  limit: z.optional(wholeNumber(1, listPageMax)),
  cursor: z.optional(cursorText),
  /** A part of the name or of the id, case-insensitive. */
  search: z.optional(z.string().check(z.maxLength(deviceNameCharsMax))),
  sort: z.optional(z.enum(["name", "last_heard", "created"])),
  order: z.optional(orders),
};

type ListFields = z.output<z.ZodMiniObject<typeof listFields>>;

/** Whether a request has a field of a list with a cursor. */
export const hasListFields = (given: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(listFields).some((name) => given[name] !== undefined);

/** The filters that every list of devices has. */
interface Filters {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly serialNumber: string;
  readonly groups: string;
  readonly online?: boolean | undefined;
  readonly firmware?: string | undefined;
}

/** Filters and order of a list of devices: what the pages of one list have in common. */
export interface DeviceListQuery extends Filters {
  readonly search: string;
  readonly sort: "name" | "last_heard" | "created";
  readonly order: "asc" | "desc";
}

/** A page of a list of devices. */
export interface DeviceListInput {
  readonly query: DeviceListQuery;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** By default, names are in ascending order, and times begin with the latest. */
export const listInputOf = (
  { limit = listPageDefault, cursor, search = "", sort = "name", order }: ListFields,
  { deviceId, deviceName, serialNumber, groups, online, firmware }: Filters,
): DeviceListInput => ({
  limit,
  cursor,
  query: {
    ...{ deviceId, deviceName, serialNumber, groups, online, firmware },
    search,
    sort,
    order: order ?? (sort === "name" ? "asc" : "desc"),
  },
});
