import { isEndpoint } from "./endpoints.ts";
import { parseObject } from "./json.ts";
import { endpointsMax, reconnectDelayMsMax } from "./limits.ts";
import { isFleet } from "./topic.ts";

/** What the cloud asks of a device. */
export type Control =
  | { readonly command: "hello" }
  | {
      readonly command: "reconnect";
      /** Come back within this time. */
      readonly delayMs: number;
    }
  | { readonly command: "signal"; readonly on: boolean }
  | { readonly command: "fleet"; readonly fleet: string }
  | {
      readonly command: "endpoints";
      /** URLs of brokers. */
      readonly endpoints: readonly string[];
    };

/**
 * Reads what comes on `control/{device}`. `undefined` when there is nothing to do: for a ping, whose answer
 * is the PUBACK, and for whatever a later cloud may say.
 */
export const parseControl = (payload: string): Control | undefined => {
  const { command, delay, on, fleet, endpoints } = parseObject(payload) ?? {};
  switch (command) {
    case "hello":
      return { command };
    case "reconnect": {
      const delayMs = typeof delay === "number" && delay > 0 ? delay : 0;
      return { command, delayMs: Math.min(delayMs, reconnectDelayMsMax) };
    }
    case "signal":
      return typeof on === "boolean" ? { command, on } : undefined;
    case "fleet":
      return typeof fleet === "string" && isFleet(fleet) ? { command, fleet } : undefined;
    case "endpoints": {
      const urls = Array.isArray(endpoints) ? endpoints.slice(0, endpointsMax) : [];
      const valid = urls.filter((url) => isEndpoint(url, true));
      return valid.length > 0 ? { command, endpoints: valid } : undefined;
    }
    default:
      return undefined;
  }
};

/** The ids in what comes on `acks/{device}`. */
export const parseAcks = (payload: string): string[] => {
  const { ids } = parseObject(payload) ?? {};
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
};
