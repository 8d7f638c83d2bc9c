/** Bounds of a run. The unit is last in the name. */

/** Installation of the Python packages. */
export const installMsMax = 600_000;
/** Start of an emulator until it answers. */
export const startMsMax = 60_000;
/** An emulator that has not exited this long after SIGTERM is killed. */
export const stopMsMax = 5_000;
/** One command of the CDK CLI. */
export const cdkMsMax = 600_000;
/** All contracts against one emulator. */
export const contractsMsMax = 600_000;
/** From a device's event to the webhook, including the start of the functions. */
export const eventMsMax = 60_000;
/** Output of a process that is kept for messages. */
export const outputCharsMax = 8_000_000;
/** Text of a finding. */
export const findingCharsMax = 300;
/** All probes against one emulator. */
export const probesMsMax = 300_000;
