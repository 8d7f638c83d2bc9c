/** How many rows of the table of devices are gone through at once to have devices reconnect, how many are told side by side, and within how long at most they come back: a device goes by no longer delay. */
export const reconnectPageMax = 200;
export const reconnectAtOnceMax = 20;
export const reconnectSecondsMax = 3_600;
/** How often at most a worker looks whether the region's sessions are still the same. */
export const epochFreshMs = 100;
/** How long sessions are left alone after they could not be looked at. */
export const epochPauseMs = 5_000;
/** For so long after sessions were lost each device is looked at on its first message: longer than a weekly rhythm. */
export const recoveryWindowMs = 691_200_000;
/** The table may be losing rows still for so long; what was whole meanwhile is looked at again, after the time below. */
export const unstableMs = 60_000;
export const unstableRecheckMs = 5_000;
/** When a device that was found whole may be looked at again, and one that is being healed. */
export const completeRecheckMs = 86_400_000;
export const recoveryRecheckMs = 30_000;
/** At other times a worker looks at so many of the devices that it hears, in so long. */
export const sampleMs = 10_000;
export const sessionsSampledMax = 10;
/** How many devices a worker remembers of those it looked at, and of those it heard since its last look at the table. */
export const checkedDevicesMax = 100_000;
export const activeDevicesMax = 10_000;
/** How many sessions are looked at with one batch of events. */
export const sessionsCheckedMax = 500;
/** A device that confirmed that it was asked for hello, and says none, is asked again after this time. */
export const helloAskMs = 3_600_000;
/** A sweep looks at so many devices of a page, at so many in a run, and at each at most once in so long. */
export const sweepPageMax = 60;
export const sweepDevicesMax = 1_200;
export const sweepRoundMs = 3_600_000;
/** How often devices are watched, and swept. */
export const watchMinutes = 1;
export const watchTimeoutSeconds = 50;
/** The sweep ends after this time, and looking up silent devices this long before the time-out. */
export const sweepMs = 10_000;
export const watchMarginMs = 20_000;
/** Shards of rhythms are learned one after the other for so long in a run: the next one begins before this is over. */
export const profileUpdateMs = 5_000;
/** How many objects of what was heard are read in a run, and into how many rhythms are divided. */
export const activityObjectsMax = 1_000;
export const profileShards = 8;
/** Signs of a device that are closer together than this are one. */
export const heartbeatMsMin = 60_000;
/** The longest pause of one to two such periods counts: longer than a week. */
export const profilePeriodMs = 691_200_000;
/** For so long a rhythm is learned before a device is called silent by it. */
export const profileLearnMs = 86_400_000;
/** A device is overdue after so many of its pauses, but not before the time below; an announced one has this slack. */
export const overdueFactor = 3;
export const silentMsMin = 900_000;
export const wakeSlackMs = 30_000;
/** How many devices that are overdue are looked up in a run. */
export const silentChecksMax = 200;
/** How long an announced wake interval is believed, and of how many devices it is read in a run. */
export const wakeFreshMs = 86_400_000;
export const wakesReadMax = 5_000;
/** A device that was silent for so long is not followed any more. */
export const profileTtlMs = 5_184_000_000;
/** For how long healings are kept, and how many of them one page lists. */
export const recoveryDays = 30;
export const recoveriesPerPageMax = 100;
