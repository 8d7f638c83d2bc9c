import * as z from "zod/mini";
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
  event: z.optional(z.string().check(z.maxLength(eventNameBytesMax))),
  /** The name contains this, in capital or small letters. */
  name: z.optional(z.string().check(z.maxLength(integrationNameCharsMax))),
  integration_type: z.optional(
    z.string().check(z.refine(isKind, `must be one of ${Object.keys(kinds).join(", ")}`)),
  ),
  disabled: z.optional(flag),
  page: z.optional(wholeNumber(1, pageNumberMax)),
  per_page: z.optional(wholeNumber(1, integrationsPerFleetMax)),
});

/** The same for a list of webhooks alone. */
export const webhookListInput = z.omit(listInput, { integration_type: true });

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
