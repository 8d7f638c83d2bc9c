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

/** How many devices were passed by, and about how many the broker was asked. */
export interface SweepResult {
  readonly passed: number;
  readonly asked: number;
}

/**
 * Goes on with a round through all devices, and asks the broker about each whose session here may be wrong: that heals
 * whatever became of its presence events. A round begins an hour after the last one began, or at once when sessions were
 * lost since. Whoever dies on the way has the same page passed by again.
 */
export const sweepPresence = async (deadline: number, deps: Deps): Promise<SweepResult> => {
  const { devices, sweeps, epochs, now } = deps;
  const begun = (await epochs.find()) ?? (await epochs.begin(now()));
  let place = currentPosition(await sweeps.find(), { now: now(), begun });
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

/** Where to go on; `undefined` when the round is over and the next one is not due. */
const currentPosition = (
  known: SweepPosition | undefined,
  { now, begun }: { now: number; begun: number },
): SweepPosition | undefined => {
  if (known === undefined || known.roundAt < begun) return { roundAt: now };
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
  for (const error of failures) onError("device not swept", error);
  // One that fails is passed by; when all do, so would the next page's.
  if (failures.length > 0 && failures.length === suspects.length) throw failures[0];
  return suspects.length;
};

/** What was written just now is not doubted: more may be on its way. */
const shouldReconcile = (session: Session | undefined, now: number): boolean =>
  session === undefined || session.at <= now - presenceSettleMs;
