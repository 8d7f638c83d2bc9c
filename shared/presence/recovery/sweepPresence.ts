import type { Device, Devices } from "../../device/device.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { presenceAskedAtOnceMax, presenceSettleMs } from "../limits.ts";
import type { Epochs, Session, Sessions, SweepPosition, Sweeps } from "../session.ts";
import { sweepDevicesMax, sweepPageMax, sweepRoundMs } from "./limits.ts";
import { type RecoveryDeps, recoverSession } from "./recoverSession.ts";

interface Deps extends RecoveryDeps {
  readonly devices: Pick<Devices, "page">;
  readonly sessions: Pick<Sessions, "find" | "put" | "listHere">;
  readonly epochs: Epochs;
  readonly sweeps: Sweeps;
}

/** The number of devices that the sweep visited, and of queries of the broker. */
export interface SweepResult {
  readonly passed: number;
  readonly asked: number;
}

/**
 * Continues a round through all devices, and reconciles each session that may be wrong with the
 * broker. This corrects sessions whose presence events were lost. A round starts an hour after the
 * start of the last one, or at once if sessions were lost since. After a crash the sweep repeats
 * the page.
 */
export const sweepPresence = async (deadline: number, deps: Deps): Promise<SweepResult> => {
  const { devices, sweeps, epochs, now } = deps;
  const startedAt = (await epochs.find()) ?? (await epochs.begin(now()));
  let place = currentPosition(await sweeps.find(), { now: now(), startedAt });
  let passed = 0;
  let asked = 0;
  while (place !== undefined && passed < sweepDevicesMax && now() < deadline) {
    const page = await devices.page({ limit: sweepPageMax, after: place.after });
    asked += await sweepPage(page.devices, deps);
    passed += page.devices.length;
    const after: SweepPosition = { roundAt: place.roundAt, after: page.next };
    await sweeps.put(after);
    place = page.next === undefined ? undefined : after;
  }
  return { passed, asked };
};

/** The current position; `undefined` if the round has ended and the next one is not due. */
const currentPosition = (
  known: SweepPosition | undefined,
  { now, startedAt }: { now: number; startedAt: number },
): SweepPosition | undefined => {
  if (known === undefined || known.roundAt < startedAt) return { roundAt: now };
  if (known.after !== undefined) return known;
  return now >= known.roundAt + sweepRoundMs ? { roundAt: now } : undefined;
};

const sweepPage = async (page: readonly Device[], deps: Deps): Promise<number> => {
  const { sessions, now, onError } = deps;
  const found = await sessions.listHere(page.map(({ id }) => id));
  const byDevice = new Map(found.map((session) => [session.device, session]));
  const suspects = page.filter(({ id }) => shouldReconcile(byDevice.get(id), now()));
  const failures: unknown[] = [];
  await mapConcurrently(suspects, presenceAskedAtOnceMax, async (device) => {
    await recoverSession(device, {}, deps).catch((error: unknown) => failures.push(error));
  });
  for (const error of failures) onError("reconciling a session failed", error);
  // The sweep skips a device that fails. If all of a page fail, it stops: the next page would fail
  // too.
  if (failures.length > 0 && failures.length === suspects.length) throw failures[0];
  return suspects.length;
};

/** A session that was just written is not reconciled: further events may be queued. */
const shouldReconcile = (session: Session | undefined, now: number): boolean =>
  session === undefined || session.at <= now - presenceSettleMs;
