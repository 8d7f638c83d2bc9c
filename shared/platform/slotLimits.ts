import * as z from "zod/mini";

const count = z.int().check(z.positive());

const limit = z.object({
  /** Slots of one user. */
  perUser: count,
  /** Slots of all users together; absent where the concurrency of the function is the maximum. */
  inRegion: z.optional(count),
});

const callLimit = z.extend(limit, {
  /** Executions that the calls of one user may use at the same time, on average. */
  executionsPerUser: count,
});

/**
 * Event streams. Lambda does not notify a stream whose client has disconnected, so a client that
 * reconnects holds several: a part of the user's, which are a part of the fleet's.
 */
const streamLimit = z.object({
  /** Streams of one client: one token, address, program and filter. */
  perClient: count,
  perUser: count,
  /** Streams of all users of one fleet. */
  perFleet: count,
  inRegion: z.optional(count),
});

/**
 * The concurrency slots of a region, by what holds an execution while it waits: calls that wait for
 * a device, event streams, tests or previews of integrations, and reads of a whole fleet. They
 * depend on the size of the deployment.
 */
export const slotLimits = z.object({
  calls: callLimit,
  streams: streamLimit,
  tests: limit,
  reads: limit,
});

export type SlotLimits = z.output<typeof slotLimits>;
