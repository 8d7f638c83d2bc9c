import { createHash } from "node:crypto";
import * as z from "zod/mini";

/** The states of a notice. `skipped`: its subscription or its update has ended. */
export const noticeStates = ["waiting", "delivered", "dead", "skipped"] as const;

export type NoticeState = (typeof noticeStates)[number];

/** The update name of the report that a product's contacts get after an incident. */
export const reportUpdate = "report";

/** One update of an incident, or the report after it, for one subscriber: a delivery. */
export const notice = z.object({
  incident: z.string(),
  /** The id of the update, or `reportUpdate`. */
  update: z.string(),
  subscription: z.string(),
  /** The address, or the URL of the webhook. */
  target: z.string(),
  kind: z.enum(["email", "webhook"]),
  state: z.enum(noticeStates),
  /** The number of attempts since the notice was created or replayed. */
  attempts: z.int(),
  /** The messages of a webhook that are sent: a later attempt continues with the next one. */
  sent: z.int(),
  /** The time of the next attempt, in milliseconds since 1970. */
  dueAt: z.number(),
  createdAt: z.number(),
  /** The time of the last attempt. */
  triedAt: z.optional(z.number()),
  /** The reason of the last failure. */
  error: z.optional(z.string()),
});

export type Notice = z.output<typeof notice>;

/** The key of a notice within its incident: an update has one notice for each subscriber. */
export const noticeKey = ({ update, subscription }: Pick<Notice, "update" | "subscription">) =>
  `${update}#${subscription}`;

/** The id that is the same for every attempt of a message: `webhook-id`. */
export const noticeId = ({ incident, ...key }: Notice, message: number): string => {
  const name = `${incident}#${noticeKey(key)}#${message}`;
  return `msg_${createHash("sha256").update(name).digest("base64url").slice(0, 27)}`;
};

/** A page of notices. */
export interface NoticePage {
  readonly notices: readonly Notice[];
  readonly next?: string;
}

/** The notices of incidents, for all regions. Rows expire after `noticeDays`. */
export interface Notices {
  /** Adds a notice unless there is one with its key. */
  add(notice: Notice): Promise<void>;
  /** Replaces a notice. */
  put(notice: Notice): Promise<void>;
  /** A page of the notices of an incident, or of one of its updates, by key. */
  page(
    of: { readonly incident: string; readonly update?: string | undefined },
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<NoticePage>;
}

/** The progress of the notices of one update. */
export const fanOut = z.object({
  incident: z.string(),
  update: z.string(),
  /** The id of the last subscription whose notice exists. */
  after: z.optional(z.string()),
  /** Whether every subscriber has a notice. */
  isComplete: z.boolean(),
  /** Whether a notice waits, or may be missing. */
  isOpen: z.boolean(),
  /** The time when a notice is due next, in milliseconds since 1970. */
  dueAt: z.number(),
  createdAt: z.number(),
  /** The number of writes: the condition of the next write (optimistic locking). */
  revision: z.int(),
});

export type FanOut = z.output<typeof fanOut>;

/** The fan-outs of recent updates, for all regions. Rows expire after `noticeDays`. */
export interface FanOuts {
  /** The fan-outs that were created at or after `since`. */
  list(since: number): Promise<readonly FanOut[]>;
  find(of: Pick<FanOut, "incident" | "update">): Promise<FanOut | undefined>;
  /**
   * Writes a fan-out with the next revision and returns it. Returns `undefined` if the stored
   * revision is not that of `fanOut`; the revision of a new one is 0.
   */
  put(fanOut: FanOut): Promise<FanOut | undefined>;
}
