import * as z from "zod";
import { eventNameBytesMax } from "../event/limits.ts";
import { flag } from "../input/flag.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { pageNumberMax } from "../presence/limits.ts";
import { type KindName, kinds } from "./kind/kinds.ts";
import { integrationNameCharsMax, integrationsPerFleetMax } from "./limits.ts";
import type { Integration } from "./model/integration.ts";

const isKind = (name: string): name is KindName => Object.hasOwn(kinds, name);

/** Filters of a list of integrations. With `page` or `per_page` the reply is one page. */
export const listInput = z.object({
  /** The trigger begins with this. */
  event: z.string().max(eventNameBytesMax).optional(),
  /** The name contains this, in capital or small letters. */
  name: z.string().max(integrationNameCharsMax).optional(),
  integration_type: z
    .string()
    .refine(isKind, `must be one of ${Object.keys(kinds).join(", ")}`)
    .optional(),
  disabled: z.optional(flag),
  page: wholeNumber(1, pageNumberMax).optional(),
  per_page: wholeNumber(1, integrationsPerFleetMax).optional(),
});

/** The same for a list of webhooks alone. */
export const webhookListInput = listInput.omit({ integration_type: true });

export type ListInput = z.output<typeof listInput>;

/** Whether some integrations are asked for, and not all. */
export const isFiltered = ({ page, per_page, ...filter }: ListInput): boolean =>
  Object.values(filter).some((value) => value !== undefined);

/** The integrations that are asked for, in the order in which they were created. */
export const filterIntegrations = (
  all: readonly Integration[],
  { event, name, integration_type: kind, disabled }: ListInput,
): Integration[] =>
  all
    .filter(
      (one) =>
        (event === undefined || one.event.startsWith(event)) &&
        (name === undefined || one.name.toLowerCase().includes(name.toLowerCase())) &&
        (kind === undefined || one.kind === kind) &&
        (disabled === undefined || one.disabled === disabled),
    )
    .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));

/** One page of a list, or nothing when the whole list is asked for. */
export const paginate = <Item>(
  items: readonly Item[],
  { page, per_page }: ListInput,
): { items: Item[]; total: number; pages: number } | undefined => {
  if (page === undefined && per_page === undefined) return undefined;
  const size = per_page ?? integrationsPerPageDefault;
  const from = ((page ?? 1) - 1) * size;
  return {
    items: items.slice(from, from + size),
    total: items.length,
    pages: Math.ceil(items.length / size),
  };
};

const integrationsPerPageDefault = 25;
