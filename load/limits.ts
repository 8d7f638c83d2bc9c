/** Units a second of one lane, and seconds of a run. */
export const rateMax = 20_000;
export const secondsMax = 600;
/** Units of one run, which bounds the memory of the books: 25 bytes for each unit. */
export const unitsMax = 2_000_000;
/** The default rate is this many times the documented one. */
export const overloadFactor = 5;
/** With `--mad`, the rate of one tenant is this many times that of each of the others. */
export const madFactor = 50;
/** Tenants beside the mad one. */
export const otherTenants = 3;
/** With `--mad`, the p99 of the others stays within this many times their p99 without it. */
export const madP99FactorMax = 2;
/** Latencies below this differ by chance on a machine with other processes. */
export const madP99FloorMs = 50;
/** Requests of one driver without an answer. Further ones are not sent. */
export const openRequestsMax = 1_000;
/** A request without an answer after this time is lost. Longer than the time limit of the API. */
export const answerMsMax = 40_000;
/**
 * The quota of IoT Core: publishes a second, and events without an acknowledgement, of a device.
 */
export const devicePublishesMax = 100;
export const deviceUnacknowledgedMax = 100;
/** Devices of a lane. */
export const devicesMax = 300;
/** Devices that are added or connected concurrently. */
export const connectingMax = 8;
/** How long the books stay open after the last unit, at most. */
export const drainMsMax = 300_000;
/** After this time without an arrival, missing units are looked for. */
export const quietMs = 20_000;
/** Waits for repeats after the last missing unit has arrived. */
export const repeatsMs = 1_000;
/** Distinct reasons of refusals and failures that a driver tells apart. */
export const reasonsMax = 20;
/** A part ends with an error after this time, in addition to its seconds. */
export const partMsMax = 900_000;
/** A unit that was sent this much after its due time is late: the driver did not keep up. */
export const lateMs = 100;
