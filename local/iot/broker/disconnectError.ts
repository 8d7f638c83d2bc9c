import type { DisconnectReason } from "./connections.ts";

/** Why the broker closes a connection. IoT Core says it in its logs only, never to an MQTT 3.1.1 client. */
export class DisconnectError extends Error {
  override readonly name = "Refused";
  readonly reason: DisconnectReason;

  constructor(message: string, reason: DisconnectReason) {
    super(message);
    this.reason = reason;
  }
}

/** The client asked for something that its policies do not allow. */
export const notAllowed = (what: string): DisconnectError =>
  new DisconnectError(`not allowed: ${what}`, "AUTH_ERROR");

/** The client broke a rule or a limit of the protocol. */
export const badRequest = (what: string): DisconnectError =>
  new DisconnectError(what, "CLIENT_ERROR");
