import { isOtherRegion } from "../connection.ts";
import { offerLeaseMs } from "../limits.ts";
import { attemptsOf } from "./attempt.ts";
import { type DeviceSituation, deviceStatus, runsRelease } from "./deviceStatus.ts";
import type { Enrolment } from "./enrolment.ts";
import type { UpdateHello } from "./observe.ts";
import type { Release } from "./release.ts";
import { isOffering } from "./releaseStatus.ts";

/** What the cloud tells a connected device. */
export type ActionKind = "offer" | "rollback" | "cancel" | "nothing";

/** A device on a connection. */
export interface ConnectedSituation extends DeviceSituation {
  readonly release: Pick<Release, "window" | "forced" | "rollback">;
  readonly enrolment: Pick<Enrolment, "wave" | "current" | "excluded" | "before">;
  /** Identifies the connection: a device receives it once per connection. */
  readonly connection: string;
  readonly hello?: Pick<UpdateHello, "slots" | "other"> | undefined;
}

/** What a connected device receives next. */
export const nextAction = (of: ConnectedSituation): ActionKind => {
  if (mayRollBack(of)) return "rollback";
  if (mustCancel(of)) return "cancel";
  return mayOffer(of) ? "offer" : "nothing";
};

/**
 * Whether a connected device may be offered the update, if a slot of the window is free: once per
 * connection, and again when the lease of a worker has ended that did not offer it.
 */
export const mayOffer = (of: ConnectedSituation): boolean => {
  if (!isOffering(of.status)) return false;
  const status = deviceStatus(of);
  const { seen, now, connection } = of;
  const isReserved =
    seen.reserved?.connection === connection &&
    now < seen.reserved.at + offerLeaseMs &&
    (seen.unsent?.at ?? -1) < seen.reserved.at;
  if (isReserved) return false;
  switch (status.state) {
    case "waiting":
      if (status.why === "retry") return now >= (status.until ?? now);
      return seen.offered?.connection !== connection || isOver(of);
    case "downloading":
      // It is back on a new connection with its former image: it may have lost its progress.
      return (
        status.why !== "restarting" &&
        status.why !== "observed" &&
        runsRelease(seen) === false &&
        seen.offered?.connection !== connection &&
        (hasMoved(of) || (seen.offered?.at ?? 0) < now - offerLeaseMs)
      );
    default:
      return false;
  }
};

/**
 * Whether a device works on an update that was offered in another region. It receives one offer in
 * each region that it is in: the URL of the other one may not work.
 */
export const hasMoved = (of: ConnectedSituation): boolean => {
  const { offered } = of.seen;
  const isElsewhere = offered !== undefined && isOtherRegion(offered.connection, of.connection);
  return isElsewhere && deviceStatus(of).state === "downloading";
};

/** The offer on this connection has ended: the device deferred it until now, or had no slot. */
const isOver = ({ seen, now }: ConnectedSituation): boolean => {
  const { deferred, cancelled, offered } = seen;
  const offeredAt = offered?.at ?? -1;
  const isDeferred = deferred !== undefined && deferred.until <= now && deferred.at >= offeredAt;
  return isDeferred || (cancelled !== undefined && cancelled.at >= offeredAt);
};

/** Whether a device that runs the release must boot its other slot. */
const mayRollBack = ({
  release,
  status,
  enrolment,
  seen,
  hello,
  connection,
  now,
}: ConnectedSituation): boolean => {
  if (status.rollback === undefined || release.rollback === "version") return false;
  if (enrolment.current === true || !isAffected({ enrolment, seen })) return false;
  if (runsRelease(seen) !== true || isRollingBack({ seen, connection, now })) return false;
  const { slots = 1, other } = hello ?? {};
  const former = enrolment.before?.sha256;
  return slots >= 2 && (other === undefined || former === undefined || other === former);
};

/** The device has just received the command on this connection. It restarts, and comes back. */
const isRollingBack = ({
  seen: { rollback },
  connection,
  now,
}: Pick<ConnectedSituation, "seen" | "connection" | "now">): boolean =>
  rollback?.connection === connection && now < rollback.at + offerLeaseMs;

/** Whether the release has touched the device: it was offered the update, or works on it. */
export const isAffected = ({
  enrolment,
  seen,
}: Pick<DeviceSituation, "enrolment" | "seen">): boolean => {
  const { offeredAt, activeAt } = attemptsOf(seen);
  return enrolment.current !== true && (offeredAt !== undefined || activeAt !== undefined);
};

/** Whether a device must stop an update that it has not installed yet. */
const mustCancel = (of: ConnectedSituation): boolean => {
  if (of.status.phase === "running" || of.status.phase === "completed") return false;
  const status = deviceStatus(of);
  return status.state === "downloading" && status.why !== "observed" && status.why !== "restarting";
};
