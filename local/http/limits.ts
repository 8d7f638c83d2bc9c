/** What bounds HTTP requests on this machine, with the unit last. */

/** The headers of a request arrive within this time, else its connection is closed. */
export const requestHeadersMs = 10_000;
/** The whole request does. */
export const requestMs = 30_000;
/** How often a server looks for connections whose requests take too long. */
export const slowRequestsEveryMs = 1_000;

/** Levels of lists and objects in a JSON body. DynamoDB takes 32 levels of values, each of which is two of JSON. */
export const jsonDepthMax = 128;
/** Bodies that are read at the same time by one server, all together. */
export const bodiesBytesMax = 268_435_456;
/** Connections to one inner service. */
export const connectionsMax = 4_096;

/** A WebSocket handshake must be made within this time of its signature, whatever the signature says. */
export const presignedSecondsMax = 86_400;
/** How far a client's clock may differ from ours in a signed request. */
export const clockSkewMs = 300_000;
