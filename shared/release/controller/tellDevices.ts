import { minuteMs } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { controlledAtOnceMax, handshakesCheckedMax } from "../limits.ts";
import { nextAction } from "../model/nextAction.ts";
import type { Observations } from "../model/progress.ts";
import type { Release } from "../model/release.ts";
import { isOffering } from "../model/releaseStatus.ts";
import { completeOffer, offerNow, type ProgressDeps } from "../progress.ts";
import { observe, readSituation, type Situation } from "../situation.ts";
import { updateHelloOf } from "../updateHello.ts";
import type { Census, CensusDevice } from "./census.ts";
import type { ControllerDeps } from "./deps.ts";
import { type Place, placeOf } from "./place.ts";

/** Devices whose sessions are read at a time while free slots are filled. */
const chunk = 200;

interface TellDeps extends ProgressDeps, Pick<ControllerDeps, "link" | "sessions" | "onError"> {}

/**
 * Tells connected devices of this region what the release means for them: offers while slots are
 * free, and after a halt the end of an update or the way back. Sessions and rows are read again
 * directly before each message: a halt that was stored meanwhile wins.
 */
export const tellDevices = async (
  census: Census,
  deadline: number,
  deps: TellDeps,
): Promise<void> => {
  const { release, status } = census;
  const isOpen = isOffering(status);
  let free = isOpen ? await freeSlotsOf(release.id, deps) : Number.POSITIVE_INFINITY;
  const all = [...census.devices.values()].filter(isOpen ? isOfferable : isToStop);
  const isWaiting = isOpen && !release.immediate;
  const candidates = isWaiting ? someOf(all, deps.now()) : all;
  for (let from = 0; from < candidates.length && free > 0; from += chunk) {
    if (deps.now() >= deadline) return;
    const some = candidates.slice(from, from + chunk);
    const connected = (await connectedHere(some, deps)).filter(
      ({ place }) => !isWaiting || hasSaidHello(place, release),
    );
    await mapConcurrently(connected, controlledAtOnceMax, async ({ one, place }) => {
      if (free <= 0 || deps.now() >= deadline) return;
      try {
        if (await tell(census, one.enrolment.device, place, deps)) free -= 1;
      } catch (error) {
        deps.onError("telling a device about a release failed", error);
      }
    });
  }
};

/**
 * The devices that this run looks at of a release that waits for their hellos: the next ones of
 * each minute, so that a large release costs little.
 */
const someOf = (all: readonly CensusDevice[], now: number): readonly CensusDevice[] => {
  if (all.length <= handshakesCheckedMax) return all;
  const from = (Math.floor(now / minuteMs) * handshakesCheckedMax) % all.length;
  return [...all.slice(from), ...all.slice(0, from)].slice(0, handshakesCheckedMax);
};

/**
 * Whether a device has said hello since the release was made. Its hello found no open wave or no
 * free slot, or a worker did not know the release yet.
 */
const hasSaidHello = ({ session }: Place, { createdAt }: Release): boolean =>
  (session?.helloAt ?? 0) >= createdAt;

const isOfferable = ({ status, seen }: CensusDevice): boolean =>
  status.state === "waiting" || (status.state === "downloading" && seen.offered !== undefined);

const isToStop = ({ status }: CensusDevice): boolean =>
  status.state === "downloading" || status.state === "installed" || status.state === "failed";

const freeSlotsOf = async (release: string, { pace }: Pick<TellDeps, "pace">): Promise<number> => {
  const row = await pace.find(release);
  return row === undefined || row.paused !== undefined ? 0 : row.allowed - row.admitted.length;
};

const connectedHere = async (
  devices: readonly CensusDevice[],
  { sessions, region }: TellDeps,
): Promise<{ one: CensusDevice; place: Place }[]> => {
  const found = await sessions.list(devices.map(({ enrolment }) => enrolment.device));
  const ofDevice = Map.groupBy(found, ({ device }) => device);
  return devices.flatMap((one) => {
    const place = placeOf(ofDevice.get(one.enrolment.device) ?? []);
    return place.isConnected && place.region === region ? [{ one, place }] : [];
  });
};

/** Returns whether the device was offered the update. */
const tell = async (
  { release }: Census,
  device: string,
  { connection = "", session }: Place,
  deps: TellDeps,
): Promise<boolean> => {
  const situation = await readSituation(release, device, deps);
  if (situation === undefined) return false;
  const hello = updateHelloOf(session?.hello);
  const action = nextAction({ ...situation, connection, hello });
  switch (action) {
    case "offer": {
      const taken = await offerNow(situation, connection, deps);
      if (taken.kind !== "offer") return false;
      const result = await deps.link.sendOffer(device, release);
      await completeOffer({ id: device }, release, { result, connection }, deps);
      return true;
    }
    case "rollback": {
      const result = await deps.link.sendRollback(device, release);
      await confirm(situation, result, { rollback: { at: deps.now(), connection } }, deps);
      return false;
    }
    case "cancel": {
      const result = await deps.link.sendCancel(device, release);
      await confirm(situation, result, { cancelled: { at: deps.now() } }, deps);
      return false;
    }
    case "nothing":
      return false;
  }
};

/** A message that was not sent is repeated by the next run. */
const confirm = async (
  situation: Situation,
  result: string,
  observation: Observations,
  deps: TellDeps,
): Promise<void> => {
  if (result === "confirmed") await observe(situation, observation, deps);
};
