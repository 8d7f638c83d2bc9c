import * as z from "zod/mini";
import { eventText } from "../../event/deviceEvent.ts";
import { renderJson, templateRenderer } from "../../template/renderTemplate.ts";
import { templateVariables } from "../../template/templateVariables.ts";
import type { Common, RenderInput } from "./kind.ts";
import { integrationBytesMax } from "./limits.ts";

/** A custom message for kinds that send JSON messages: an object or a text. */
export const messageTemplate = z.optional(
  z.union([z.record(z.string(), z.unknown()), z.string().check(z.maxLength(integrationBytesMax))]),
);

/**
 * Returns the JSON text of a message: the rendered template, or the event's data with its origin
 * and the fields in `more`.
 */
export const message = (
  integration: Pick<Common, "product"> & { readonly json?: z.output<typeof messageTemplate> },
  { event, version }: RenderInput,
  more: Readonly<Record<string, string>> = {},
): string => {
  const { json } = integration;
  if (json !== undefined) {
    const renderText = templateRenderer(() =>
      templateVariables(event, { product: integration.product, version }),
    );
    return typeof json === "string"
      ? renderText(json)
      : JSON.stringify(renderJson(json, renderText));
  }
  return JSON.stringify({
    data: eventText(event),
    device_id: event.device,
    event: event.name,
    published_at: new Date(event.publishedAt).toISOString(),
    ...more,
  });
};
