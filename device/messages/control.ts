import { isEndpoint } from "../connection/endpoints.ts";
import { endpointsMax, reconnectDelayMsMax } from "../limits.ts";
import { parseObject } from "../platform/json.ts";
import { parseUpdateCommand, type UpdateCommand } from "../update/offer.ts";
import { isFleet } from "./topic.ts";

/** A command of the cloud. */
export type Control =
  | { readonly command: "hello" }
  | {
      readonly command: "reconnect";
      /** Reconnect after a random delay up to this. */
      readonly delayMs: number;
    }
  | { readonly command: "signal"; readonly on: boolean }
  | { readonly command: "fleet"; readonly fleet: string }
  | {
      readonly command: "endpoints";
      /** Broker URLs. */
      readonly endpoints: readonly string[];
    }
  | { readonly command: "rotate" }
  | { readonly command: "vitals" }
  | { readonly command: "certificate"; readonly answer: CertificateAnswer }
  | UpdateCommand;

/** The cloud's answer to a certificate signing request of the device. */
export interface CertificateAnswer {
  /** SHA-256 of the signing request, in hex. */
  readonly request: string;
  /** PEM; absent if the request was rejected. */
  readonly certificate?: string;
  /** Milliseconds since 1970. */
  readonly issuedAt?: number;
  /** Milliseconds since 1970; absent if the certificate does not expire. */
  readonly expiresAt?: number;
  /** Reason for the rejection. */
  readonly error?: string;
  /** Earliest time for the next request. */
  readonly retryAfterSeconds?: number;
}

/**
 * Parses a message on `control/{device}`. Returns `undefined` if there is nothing to do: for a
 * ping, whose answer is the PUBACK, and for commands of later versions of the cloud.
 */
export const parseControl = (payload: string): Control | undefined => {
  const message = parseObject(payload) ?? {};
  const { command, delay, on, fleet, endpoints } = message;
  switch (command) {
    case "hello":
    case "rotate":
    case "vitals":
      return { command };
    case "certificate": {
      const answer = parseAnswer(message);
      return answer && { command, answer };
    }
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
      return parseUpdateCommand(message);
  }
};

const parseAnswer = (answer: Readonly<Record<string, unknown>>): CertificateAnswer | undefined => {
  const { request, certificate, issued_at: issuedAt, expires_at: expiresAt } = answer;
  const { error, message, retry_after: retryAfterSeconds } = answer;
  if (typeof request !== "string") return undefined;
  const reason = typeof message === "string" ? message : error;
  return {
    request,
    ...(typeof certificate === "string" && { certificate }),
    ...(typeof issuedAt === "number" && { issuedAt }),
    ...(typeof expiresAt === "number" && { expiresAt }),
    ...(typeof reason === "string" && { error: reason }),
    ...(typeof retryAfterSeconds === "number" && { retryAfterSeconds }),
  };
};

/** Parses a message on `acks/{device}`: the ids of stored events. */
export const parseAcks = (payload: string): string[] => {
  const { ids } = parseObject(payload) ?? {};
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
};
