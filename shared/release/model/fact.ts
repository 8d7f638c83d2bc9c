import * as z from "zod/mini";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());
const common = { release: text, region: text, at: time };
const decided = { ...common, by: text, reason: z.optional(z.string()) };

/**
 * What has happened to a release: a row that is written once and never changed. The state of a
 * release follows from the set of its facts, in any order. `by` is a user, or `godwit`.
 */
export const fact = z.discriminatedUnion("kind", [
  /** All devices are enrolled. `places`: how many of them were in each region. */
  z.object({
    ...common,
    kind: z.literal("enrolled"),
    targeted: z.int().check(z.nonnegative()),
    places: z.record(text, z.int().check(z.nonnegative())),
  }),
  z.object({ ...common, kind: z.literal("wave"), wave: z.int().check(z.nonnegative()) }),
  z.object({ ...decided, kind: z.literal("halted"), halt: text }),
  /** A person ended this halt. */
  z.object({ ...decided, kind: z.literal("resumed"), halt: text }),
  /** The devices go back. `to` is the release of the former version. */
  z.object({ ...decided, kind: z.literal("rollback"), to: z.optional(text) }),
  z.object({ ...decided, kind: z.literal("cancelled") }),
  z.object({ ...common, kind: z.literal("superseded"), by: text }),
  z.object({ ...common, kind: z.literal("completed") }),
  /** The devices of a rollback are back. The release may have been complete before. */
  z.object({ ...common, kind: z.literal("rolled_back") }),
]);

export type Fact = z.output<typeof fact>;

/** Who decides without a person. */
export const automatic = "godwit";

/** The key of a fact: the same fact of the same region is one row. */
export const factKey = (one: Fact): string => `${one.kind}#${subject(one)}#${one.region}`;

const subject = (one: Fact): string => {
  switch (one.kind) {
    case "wave":
      return String(one.wave);
    case "halted":
    case "resumed":
      return one.halt;
    case "superseded":
      return one.by;
    default:
      return "1";
  }
};
