import type { AlarmStates } from "../alarm/alarmStates.ts";
import { alarmReading } from "./alarmReadings.ts";
import type { Reading } from "./reading.ts";

interface AlarmCheckDeps {
  /** The region whose alarms are read. */
  readonly region: string;
  readonly alarms: AlarmStates;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Reads the alarms of a region in which the deployment has only alarms, such as those of the domain
 * name: no event of theirs reaches a watcher. If they cannot be read, there is no reading: the
 * comparison with the templates reports it.
 */
export const openAlarmCheck =
  ({ region, alarms, now, onError }: AlarmCheckDeps): (() => Promise<Reading[]>) =>
  async () => {
    const at = now();
    try {
      return [alarmReading(region, await alarms.active(region), at)];
    } catch (error) {
      onError("the alarms of the domain name were not read", error);
      return [];
    }
  };
