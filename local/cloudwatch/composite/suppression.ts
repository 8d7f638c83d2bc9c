/**
 * Why a composite alarm performs no actions. `until` is in ms since 1970.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
 */
export type Suppression =
  | { readonly by: "WaitPeriod"; readonly until: number }
  | { readonly by: "ExtensionPeriod"; readonly until: number }
  | { readonly by: "Alarm" };

interface Periods {
  readonly waitMs: number;
  readonly extensionMs: number;
}

/**
 * After a change of the composite alarm. The suppressor suppresses its actions; otherwise a new
 * `WaitPeriod` starts, and an earlier period "is discarded".
 */
export const onCompositeChange = ({
  isSuppressing,
  waitMs,
  now,
}: Pick<Periods, "waitMs"> & { isSuppressing: boolean; now: number }): Suppression =>
  isSuppressing ? { by: "Alarm" } : { by: "WaitPeriod", until: now + waitMs };

/**
 * After a change of the suppressor: in ALARM it suppresses at once, and a `WaitPeriod` "is
 * discarded". When it leaves ALARM, an `ExtensionPeriod` starts.
 */
export const onSuppressorChange = (
  current: Suppression | undefined,
  {
    isSuppressing,
    extensionMs,
    now,
  }: Pick<Periods, "extensionMs"> & { isSuppressing: boolean; now: number },
): Suppression | undefined => {
  if (isSuppressing) return { by: "Alarm" };
  return current?.by === "Alarm" ? { by: "ExtensionPeriod", until: now + extensionMs } : current;
};

/** Whether a period has ended. */
export const hasExpired = (suppression: Suppression | undefined, now: number): boolean =>
  suppression !== undefined && suppression.by !== "Alarm" && now >= suppression.until;
