/** Days of uptime on the page. */
export const uptimeDays = 90;
/** Days for which the records of an incident are kept. */
export const incidentDays = 400;
/** Maximum number of records that are read: the newest ones. */
export const incidentRecordsMax = 2_000;
/**
 * An alarm that starts within this time after an open incident of its region belongs to it,
 * whatever its components: one fault starts many alarms.
 */
export const joinMs = 15 * 60_000;
/** An automatic incident is resolved when none of its alarms has fired for this time. */
export const quietMs = 5 * 60_000;
/**
 * Maximum number of changes of one automatic incident that are kept: the first ones and the last.
 */
export const alarmChangesMax = 100;
/** Maximum number of firing alarms that an incident names. */
export const incidentAlarmsMax = 50;
/**
 * A region whose alarms were read before this time is shown as degraded: its state is unknown. The
 * second run that fails may start a little early: with two minutes, it would often be the third.
 */
export const unreadableMs = 105_000;

/** Maximum length of an incident's name. */
export const incidentNameLengthMax = 200;
/** Maximum length of an update. */
export const updateLengthMax = 5_000;
/** Maximum length of a postmortem (Markdown). */
export const postmortemLengthMax = 50_000;
/** Maximum number of affected components of one update. */
export const affectedMax = 100;

/** Time-out of the function `status`, which runs every minute. */
export const statusTimeoutSeconds = 50;
/** Days of the history on the page. */
export const historyDays = 365;
/** All files are written again after this time, even if they have not changed. */
export const rewriteMs = 60 * 60_000;
/** Concurrent writes of files. */
export const filesAtOnceMax = 8;
