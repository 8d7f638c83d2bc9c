import fc from "fast-check";
import { harms, type Observations } from "#shared/release/model/progress.ts";
import { updateErrors } from "#shared/release/model/updateReport.ts";

const at = fc.integer({ min: 0, max: 40 });
const connection = fc.constantFrom("a", "b");

/** One observation of a device, within a short time: so that many happen at the same moment. */
export const anObservation: fc.Arbitrary<Observations> = fc.oneof(
  fc.record({ at, connection }).map((reserved) => ({ reserved })),
  at.map((time) => ({ unsent: { at: time } })),
  fc.record({ at, connection }).map((offered) => ({ offered, offers: [offered.at] })),
  at.map((time) => ({ accepted: { at: time } })),
  fc.record({ at, offset: fc.nat(3) }).map((downloading) => ({ downloading })),
  at.map((time) => ({ verified: { at: time } })),
  at.map((time) => ({ restarting: { at: time } })),
  at.map((time) => ({ confirmed: { at: time } })),
  fc.record({ at, until: fc.nat(60) }).map((deferred) => ({ deferred })),
  at.map((time) => ({ vetoed: { at: time } })),
  fc.record({ at, enabled: fc.boolean() }).map((updates) => ({ updates })),
  fc.record({ at, status: fc.constantFrom(403, 503) }).map((unavailable) => ({ unavailable })),
  fc
    .record({ at, error: fc.constantFrom(...updateErrors) })
    .map((failed) => ({ failures: [failed] })),
  at.map((time) => ({ seen: { release: { first: time, last: time } }, resets: [time] })),
  at.map((time) => ({ seen: { other: { first: time, last: time } } })),
  fc
    .record({ at, harm: fc.option(fc.constantFrom(...harms), { nil: undefined }) })
    .map(({ at: time, harm }) => ({ assessed: { at: time, ...(harm && { harm }) } })),
  fc
    .record({ at, why: fc.constantFrom("locked" as const, "development" as const) })
    .map((excluded) => ({ excluded })),
  at.map((time) => ({ excluded: { at: time } })),
  fc.record({ at, connection }).map((rollback) => ({ rollback })),
  at.map((time) => ({ cancelled: { at: time } })),
  fc
    .record({ at, patienceMs: fc.nat(9), intervalMs: fc.nat(3), publishes: fc.boolean() })
    .map((former) => ({ former })),
);
