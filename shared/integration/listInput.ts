import * as z from "zod/mini";
import { eventNameBytesMax } from "../event/limits.ts";
import { cursorText } from "../input/cursor.ts";
import { flag } from "../input/flag.ts";
import { keysetPage } from "../input/keysetPage.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { pageNumberMax } from "../presence/limits.ts";
import { countedSoFar, type TargetHealth } from "../resilience/targetHealth.ts";
import { type KindName, kinds } from "./kind/kinds.ts";
import { integrationNameCharsMax, integrationsPerFleetMax } from "./limits.ts";
import type { Integration } from "./model/integration.ts";
import type { FleetRouting } from "./model/integrations.ts";

const isKind = (name: string): name is KindName => Object.hasOwn(kinds, name);

const arrayFields = {
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
};

/** The states of an integration, by its setting and by the health of its target in this region. */
export const integrationStates = ["healthy", "failing", "disabled"] as const;

/** The fields of a list with a cursor. One of them makes the reply a page with a cursor. */
const cursorFields = {
  limit: z.optional(wholeNumber(1, integrationsPerFleetMax)),
  cursor: z.optional(cursorText),
  /** The name, the trigger or the URL contains this, in capital or small letters. */
  search: z.optional(z.string().check(z.maxLength(integrationNameCharsMax))),
  state: z.optional(z.enum(integrationStates)),
};

const hasCursorFields = (given: Partial<Record<string, unknown>>): boolean =>
  Object.keys(cursorFields).some((name) => given[name] !== undefined);

/** Filters of a list of integrations, as an array, as a numbered page, or with a cursor. */
export const listInput = z.object({ ...arrayFields, ...cursorFields }).check(
  ...["page", "per_page"].map((name) =>
    z.refine<Partial<Record<string, unknown>>>(
      (given) => given[name] === undefined || !hasCursorFields(given),
      {
        path: [name],
        error: `cannot be combined with ${Object.keys(cursorFields).join(", ")}`,
      },
    ),
  ),
);

/** Filters of a list of webhooks alone. With `page` or `per_page` the reply is one page. */
export const webhookListInput = z.omit(z.object(arrayFields), { integration_type: true });

export type ListInput = z.output<typeof listInput>;

export type IntegrationState = (typeof integrationStates)[number];

/**
 * The state of an integration. Failures before its owner enabled it again do not count. `now` in
 * milliseconds since 1970.
 */
const integrationState = (
  { disabled, enabledAt }: Pick<Integration, "disabled" | "enabledAt">,
  health: TargetHealth | undefined,
  now: number,
): IntegrationState => {
  if (disabled) return "disabled";
  if (health === undefined) return "healthy";
  const { since, openUntil = 0 } = countedSoFar(health, { enabledAt, now });
  return since !== undefined || openUntil > now ? "failing" : "healthy";
};

/** An integration of a list with a cursor. One that cannot be read has only its id. */
export type ListedIntegration =
  | { readonly integration: Integration; readonly state: IntegrationState }
  | { readonly unreadable: string };

/**
 * A page of a fleet's integrations with a cursor, in the order in which they were created;
 * `undefined` if the input requests no cursor. Integrations that cannot be read are last, and only
 * in a list without a filter, because whether they match is unknown.
 */
export const integrationPage = (
  { integrations, unreadable, healthRecords }: Omit<FleetRouting, "listenedUntil" | "archive">,
  input: ListInput,
  now: number,
): { items: ListedIntegration[]; cursor?: string } | undefined => {
  if (!hasCursorFields(input)) return undefined;
  const { limit = integrationsPerPageDefault, cursor, page, per_page, ...filter } = input;
  const health = new Map(healthRecords.map((one) => [one.integration, one]));
  const readable = filterIntegrations(integrations, input)
    .map((integration) => ({
      integration,
      state: integrationState(integration, health.get(integration.id), now),
    }))
    .filter(({ integration, state }) => {
      const isWanted = filter.state === undefined || filter.state === state;
      return isWanted && isFound(integration, filter.search ?? "");
    });
  const others = isFiltered(filter) ? [] : [...unreadable.keys()].map((id) => ({ unreadable: id }));
  return keysetPage<ListedIntegration>([...readable, ...others], {
    keyOf: (one) =>
      "unreadable" in one
        ? [lastCreation, one.unreadable]
        : [one.integration.createdAt, one.integration.id],
    order: "asc",
    list: filter,
    limit,
    cursor,
  });
};

/** Sorts after every ISO 8601 time. */
const lastCreation = "~";

const isFound = (integration: Integration, search: string): boolean => {
  const { name, event } = integration;
  const url = integration.kind === "Webhook" ? integration.url : "";
  return [name, event, url].some((text) => text.toLowerCase().includes(search.toLowerCase()));
};

/** Whether some integrations are asked for, and not all. */
export const isFiltered = ({
  page,
  per_page,
  limit,
  cursor,
  ...filter
}: Partial<ListInput>): boolean => Object.values(filter).some((value) => value !== undefined);

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
