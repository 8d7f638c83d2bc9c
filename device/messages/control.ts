import { isEndpoint } from "../connection/endpoints.ts";
import { endpointsMax, reconnectDelayMsMax } from "../limits.ts";
import { parseObject } from "../platform/json.ts";
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
    }
  | { readonly command: "rotate" }
  | { readonly command: "certificate"; readonly answer: CertificateAnswer };

/** What the cloud answers to a signing request of the device. */
export interface CertificateAnswer {
  /** SHA-256 of the signing request, in hex. */
  readonly request: string;
  /** PEM; absent when the request was refused. */
  readonly certificate?: string;
  /** Milliseconds since 1970. */
  readonly issuedAt?: number;
  /** Milliseconds since 1970; absent when the certificate does not expire. */
  readonly expiresAt?: number;
  /** Why the request was refused. */
  readonly error?: string;
  /** When it is worth another try. */
  readonly retryAfterSeconds?: number;
}

/**
 * Reads what comes on `control/{device}`. `undefined` when there is nothing to do: for a ping, whose answer
 * is the PUBACK, and for whatever a later cloud may say.
 */
export const parseControl = (payload: string): Control | undefined => {
  const said = parseObject(payload) ?? {};
  const { command, delay, on, fleet, endpoints } = said;
  switch (command) {
    case "hello":
    case "rotate":
      return { command };
    case "certificate": {
      const answer = parseAnswer(said);
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
      return undefined;
  }
};

const parseAnswer = (said: Readonly<Record<string, unknown>>): CertificateAnswer | undefined => {
  const { request, certificate, issued_at: issuedAt, expires_at: expiresAt } = said;
  const { error, message, retry_after: retryAfterSeconds } = said;
  if (typeof request !== "string") return undefined;
  const why = typeof message === "string" ? message : error;
  return {
    request,
    ...(typeof certificate === "string" && { certificate }),
    ...(typeof issuedAt === "number" && { issuedAt }),
    ...(typeof expiresAt === "number" && { expiresAt }),
    ...(typeof why === "string" && { error: why }),
    ...(typeof retryAfterSeconds === "number" && { retryAfterSeconds }),
  };
};

/** The ids in what comes on `acks/{device}`. */
export const parseAcks = (payload: string): string[] => {
  const { ids } = parseObject(payload) ?? {};
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
};
