/** What bounds signed requests on this machine, with the unit last. */

/** A WebSocket handshake must be made within this time of its signature, whatever the signature says. */
export const presignedSecondsMax = 86_400;
/** How far a client's clock may differ from ours in a signed request. */
export const clockSkewMs = 300_000;
