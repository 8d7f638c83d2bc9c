import { product } from "../route/router.ts";

/** The path of a route for the fleet on the screen: of the user, or of a product. */
export const fleetPath = (path: string): string =>
  product.value === undefined ? `/v1${path}` : `/v1/products/${product.value}${path}`;

/** The path of a device of the fleet. */
export const devicePath = (device: string, rest = ""): string =>
  fleetPath(`/devices/${encodeURIComponent(device)}${rest}`);

/** The path of an integration of the fleet. */
export const integrationPath = (integration: string, rest = ""): string =>
  fleetPath(`/integrations/${encodeURIComponent(integration)}${rest}`);

/** The path of the events of the fleet, or of those whose names begin with a prefix. */
export const eventsPath = (prefix = ""): string => {
  const events = product.value === undefined ? "/v1/devices/events" : fleetPath("/events");
  return prefix === "" ? events : `${events}/${encodeURIComponent(prefix)}`;
};
