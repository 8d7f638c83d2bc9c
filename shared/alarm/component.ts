import * as z from "zod/mini";

/**
 * A part of the product as its users see it: a row of the status page. In the order of the page.
 */
export const component = z.enum([
  "connectivity",
  "events",
  "integrations",
  "calls",
  "streams",
  "api",
  "management",
]);

export type Component = z.output<typeof component>;

/** All components, in the order of the status page. */
export const components: readonly Component[] = component.options;

/** The name of each component for people. */
export const componentNames: Readonly<Record<Component, string>> = {
  connectivity: "Device connectivity",
  events: "Events",
  integrations: "Integrations",
  calls: "Functions and variables",
  streams: "Event streams",
  api: "REST API",
  management: "Device management",
};
