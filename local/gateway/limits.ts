/** What bounds the HTTP API on this machine, with the unit last: API Gateway's quotas where it has one. */

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
export const requestBytesMax = 10_485_760;
export const requestHeaderBytesMax = 10_240;
/** A longer request is read this far, so that its client gets to see the answer, and then cut. */
export const drainBytesMax = 4 * requestBytesMax;
/** What an integration gets when its template says nothing. */
export const integrationMsDefault = 29_000;
/** A streamed response with nothing in it for this time is cut. */
export const streamIdleMsMax = 300_000;
/** The prelude of a streamed response ends within this. */
export const preludeBytesMax = 16_384;

/** A connection without a request is kept for this time, so that a client seldom uses one that just ends. */
export const connectionIdleMs = 60_000;
/** Connections of all clients together. */
export const connectionsMax = 2_000;
/** How long requests may go on when everything stops. */
export const stopMsMax = 1_000;
