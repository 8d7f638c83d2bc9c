import * as z from "zod/mini";
import { eventText } from "../../event/deviceEvent.ts";
import { fillJson, fillTemplates } from "../../template/renderTemplate.ts";
import { variables } from "../../template/variables.ts";
import type { Common, Sending } from "./kind.ts";
import { integrationBytesMax } from "./limits.ts";

/** What a message says in place of the default, for the kinds that send JSON messages: an object, or a text. */
export const messageTemplate = z.optional(
  z.union([z.record(z.string(), z.unknown()), z.string().check(z.maxLength(integrationBytesMax))]),
);

/** The JSON text of a message: what the template makes of the event, or its data, where it is from, and what more is given. */
export const message = (
  integration: Pick<Common, "product"> & { readonly json?: z.output<typeof messageTemplate> },
  { event, version }: Sending,
  more: Readonly<Record<string, string>> = {},
): string => {
  const { json } = integration;
  if (json !== undefined) {
    const fill = fillTemplates(variables(event, { product: integration.product, version }));
    return typeof json === "string" ? fill(json) : JSON.stringify(fillJson(json, fill));
  }
  return JSON.stringify({
    data: eventText(event),
    device_id: event.device,
    event: event.name,
    published_at: new Date(event.publishedAt).toISOString(),
    ...more,
  });
};
