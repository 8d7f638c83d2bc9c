import type { DisconnectReason } from "./connections.ts";

/**
 * The reason to close a connection. IoT Core reports it only in its logs, never to an MQTT 3.1.1
 * client.
 */
export class DisconnectError extends Error {
  override readonly name = "Refused";
  readonly reason: DisconnectReason;

  constructor(message: string, reason: DisconnectReason) {
    super(message);
    this.reason = reason;
  }
}

/** The client requested an operation that its policies do not allow. */
export const notAllowed = (what: string): DisconnectError =>
  new DisconnectError(`not allowed: ${what}`, "AUTH_ERROR");

/** The client violated the protocol or a limit. */
export const badRequest = (what: string): DisconnectError =>
  new DisconnectError(what, "CLIENT_ERROR");
