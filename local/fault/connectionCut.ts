/** A request that was cut without a response, as when a service stops. */
export class ConnectionCut extends Error {
  override readonly name = "ConnectionCut";
  readonly code = "ECONNRESET";
}
