import { dayMs } from "../../platform/durations.ts";
import type { Incident, IncidentUpdate } from "../../status/incident.ts";
import { isOpen } from "../../status/incident.ts";
import { fanOutAgeMs, fanOutPageMax, noticeDays, reportAfterMs } from "../limits.ts";
import {
  includesPlace,
  type Subscription,
  type Subscriptions,
} from "../subscription/subscription.ts";
import { type FanOut, type FanOuts, type Notices, reportUpdate } from "./notice.ts";

interface Deps {
  readonly fanOuts: FanOuts;
  readonly notices: Pick<Notices, "add">;
  readonly subscriptions: Pick<Subscriptions, "page">;
  readonly now: () => number;
}

/**
 * Creates the notices of every update that has none: one for each subscription that includes a
 * component of the incident and that was confirmed before the update. Each page of subscriptions is
 * stored before the position of the fan-out, and a notice is added once: a run after a crash
 * continues at the page, and nobody gets a second notice. The updates themselves are the queue: a
 * writer of an update does nothing else. Stops at `deadline` (milliseconds since 1970). Returns the
 * fan-outs with notices that wait.
 */
export const fanOutUpdates = async (
  incidents: readonly Incident[],
  deadline: number,
  deps: Deps,
): Promise<FanOut[]> => {
  const known = new Map(
    (await deps.fanOuts.list(deps.now() - noticeDays * dayMs)).map((one) => [keyOf(one), one]),
  );
  for (const { incident, update, at } of incidents.flatMap((one) => updatesOf(one, deps.now()))) {
    const key = keyOf({ incident: incident.id, update });
    if (known.get(key)?.isComplete === true || deps.now() >= deadline) continue;
    const begun = known.get(key) ?? newFanOut(incident, update, deps.now());
    known.set(key, await addNotices(begun, { incident, at, deadline }, deps));
  }
  return [...known.values()].filter((one) => one.isOpen);
};

const keyOf = ({ incident, update }: Pick<FanOut, "incident" | "update">): string =>
  `${incident}#${update}`;

interface Due {
  readonly incident: Incident;
  readonly update: string;
  readonly at: number;
}

/** The recent updates of an incident, and its report when it has ended. */
const updatesOf = (incident: Incident, now: number): Due[] => {
  const { updates, resolvedAt, type } = incident;
  const due: Due[] = updates.map(({ id, at }: IncidentUpdate) => ({ incident, update: id, at }));
  if (type === "incident" && !isOpen(incident) && resolvedAt !== undefined) {
    const at = resolvedAt + reportAfterMs;
    if (at <= now) due.push({ incident, update: reportUpdate, at });
  }
  return due.filter(({ at }) => at > now - fanOutAgeMs);
};

const newFanOut = ({ id }: Incident, update: string, now: number): FanOut => ({
  incident: id,
  update,
  isComplete: false,
  isOpen: true,
  dueAt: now,
  createdAt: now,
  revision: 0,
});

const addNotices = async (
  begun: FanOut,
  { incident, at, deadline }: { incident: Incident; at: number; deadline: number },
  { fanOuts, notices, subscriptions, now }: Deps,
): Promise<FanOut> => {
  let state = begun;
  while (now() < deadline) {
    const { after } = state;
    const page = await subscriptions.page({ limit: fanOutPageMax, after });
    const wanted = page.subscriptions.filter((one) => isRecipient(one, { incident, state, at }));
    await Promise.all(wanted.map((one) => notices.add(noticeFor(one, state, now()))));
    const { next } = page;
    state = {
      ...state,
      ...(next !== undefined && { after: next }),
      isComplete: next === undefined,
      dueAt: Math.min(state.dueAt, now()),
    };
    const written = await fanOuts.put(state);
    // Another run or a replay has changed it: the next run continues.
    if (written === undefined) return { ...begun, isOpen: false };
    state = written;
    if (state.isComplete) break;
  }
  return state;
};

const isRecipient = (
  subscription: Subscription,
  { incident, state, at }: { incident: Incident; state: FanOut; at: number },
): boolean => {
  if (state.update === reportUpdate && subscription.product === undefined) return false;
  if (subscription.confirmedAt > at) return false;
  const { affected } = incident;
  // A general notice names no component, and is for everyone.
  return affected.length === 0 || affected.some((place) => includesPlace(subscription, place));
};

const noticeFor = (
  { id, channel }: Subscription,
  { incident, update }: FanOut,
  now: number,
): Parameters<Notices["add"]>[0] => ({
  incident,
  update,
  subscription: id,
  kind: channel.kind,
  target: channel.kind === "email" ? channel.address : channel.url,
  state: "waiting",
  attempts: 0,
  sent: 0,
  dueAt: now,
  createdAt: now,
});
