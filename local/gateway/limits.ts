/** Limits of the HTTP API: API Gateway's quotas where it has one. The unit is last in each name. */

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const requestBytesMax = 10_485_760;
export const requestHeaderBytesMax = 10_240;
/** A larger request is read up to this size, so that its client can read the response, then cut. */
export const drainBytesMax = 4 * requestBytesMax;
/** Integration timeout when the template has none. */
export const integrationMsDefault = 29_000;
/** Idle timeout of a streamed response. */
export const streamIdleMsMax = 300_000;
/** Maximum size of the prelude of a streamed response. */
export const preludeBytesMax = 16_384;

/**
 * Keep-alive timeout of idle connections: long, so that a client rarely uses a connection that is
 * just closing.
 */
export const connectionIdleMs = 60_000;
/** Maximum connections of all clients. */
export const connectionsMax = 2_000;
/** Time that requests in flight have during a stop. */
export const stopMsMax = 1_000;
