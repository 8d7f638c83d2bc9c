import { reconnectBaseMs as baseMs, reconnectCapMs as capMs } from "../../../device/limits.ts";
import { secondsUntilConnected } from "../../../drill/scenarios/herdModel.ts";

/** How long devices that lost their connections together take to connect again. */
export interface HerdTime {
  readonly devices: number;
  readonly connectsPerSecond: number;
  /** Seconds until half of them, 99 %, and all are connected. */
  readonly halfSeconds: number;
  readonly mostSeconds: number;
  readonly allSeconds: number;
}

/** The time of a herd with the backoff of the device client and a quota of connects. */
export const herdTime = (devices: number, connectsPerSecond: number): HerdTime => {
  const herd = { devices, connectsPerSecond, baseMs, capMs };
  return {
    devices,
    connectsPerSecond,
    halfSeconds: secondsUntilConnected(herd, 0.5),
    mostSeconds: secondsUntilConnected(herd, 0.99),
    allSeconds: secondsUntilConnected(herd, 1),
  };
};
