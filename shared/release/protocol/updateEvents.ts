import type { PublishedUpdate } from "../../presence/session.ts";
import type { UpdateReport } from "../model/updateReport.ts";

/** An event about a device, by the name and data of Particle's cloud. */
interface UpdateEvent {
  readonly name: string;
  readonly data: string;
}

/** What happened to an update, and when the cloud received the message about it. */
export interface UpdateStep {
  readonly release: string;
  /** The new firmware. */
  readonly version: number;
  readonly sha256: string;
  readonly stage: PublishedUpdate["stage"];
  readonly at: number;
  /** The running image, if the device has reported it. */
  readonly image?: string | undefined;
  /** The reason of the last reset. */
  readonly reset?: string | undefined;
  /** Whether the device takes updates. */
  readonly updates?: boolean | undefined;
}

/** The stage that a report shows; `undefined` for one that has no event. */
export const stageOf = (state: UpdateReport["state"]): UpdateStep["stage"] | undefined => {
  switch (state) {
    case "accepted":
    case "downloading":
      return "started";
    case "verified":
    case "restarting":
      return "sent";
    case "failed":
      return "failed";
    default:
      // The hello before `confirmed` has shown the new image.
      return undefined;
  }
};

// The trailing blank is Particle's.
const started = [
  { name: "spark/status", data: "auto-update" },
  { name: "spark/flash/status", data: "started " },
];
const sent = [{ name: "spark/flash/status", data: "success " }];
const failed = [{ name: "spark/flash/status", data: "failed" }];

const updated = ({ image, reset = "update", updates = true }: UpdateStep): UpdateEvent[] => [
  { name: "spark/device/last_reset", data: reset },
  { name: "particle/device/updates/forced", data: "false" },
  ...(image === undefined ? [] : [{ name: "spark/device/app-hash", data: image }]),
  { name: "particle/device/updates/pending", data: "false" },
  { name: "particle/device/updates/enabled", data: String(updates) },
];

/**
 * The events of a step that are not published yet, in Particle's order, and what is published then.
 * `undefined` if the step publishes nothing: it is repeated, or older than the last one. Messages
 * of a device may arrive twice and in any order.
 */
export const eventsOf = (
  before: PublishedUpdate | undefined,
  step: UpdateStep,
): { readonly update: PublishedUpdate; readonly events: readonly UpdateEvent[] } | undefined => {
  const { release, stage, at, version, sha256 } = step;
  const known = before?.release === release ? before : undefined;
  if (known !== undefined && at <= known.at && !isLateHello(known, step)) return undefined;
  const events = eventsAfter(known?.stage, step);
  if (events.length === 0) return undefined;
  const latest = Math.max(at, known?.at ?? 0);
  return { update: { release, stage, at: latest, version, sha256 }, events };
};

/** The hello after an update waits for the device's `online`: a later report may overtake it. */
const isLateHello = (known: PublishedUpdate, step: UpdateStep): boolean =>
  step.stage === "updated" && (known.stage === "started" || known.stage === "sent");

/** The events that reports would have caused which arrive later than the hello. */
const missingBefore = (stage: PublishedUpdate["stage"] | undefined): readonly UpdateEvent[] => {
  if (stage === undefined) return [...started, ...sent];
  return stage === "started" ? sent : [];
};

const eventsAfter = (
  stage: PublishedUpdate["stage"] | undefined,
  step: UpdateStep,
): readonly UpdateEvent[] => {
  const isBegun = stage === "started" || stage === "sent" || stage === "updated";
  switch (step.stage) {
    case "started":
      // After a failure, it is another attempt.
      return isBegun ? [] : started;
    case "sent":
      if (stage === "sent" || stage === "updated") return [];
      return stage === "started" ? sent : [...started, ...sent];
    case "updated":
      return [...missingBefore(stage), ...(stage === "updated" ? [] : updated(step))];
    case "failed":
      if (stage === "failed") return [];
      return isBegun ? failed : [...started, ...failed];
  }
};
