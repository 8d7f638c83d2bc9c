/** All alarms of Godwit have a name with this prefix: the beginning of the names of its stacks. */
export const alarmNamePrefix = "Godwit-";
/** Alarms of a region that are read in one run; above it, a read fails. */
export const alarmsReadMax = 5_000;
/** Alarms of a run whose contributors are read, and contributors that are kept for each of them. */
export const contributorReadsMax = 20;
export const contributorsMax = 20;
/** Mute rules of a region that are read in one run. */
export const muteRulesReadMax = 50;
